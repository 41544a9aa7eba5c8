//! An ISO bank: sends pacs.008 and pain.001, is credited by pacs.008, and reads of the answers only
//! what stands in their text.

use std::collections::{BTreeMap, BTreeSet};

use causeway_translate::PaymentId;
use causeway_translate::identity::BankReference;
use causeway_translate::record::CreditsOn;
use fspiop::time::DateTime;

use super::dfsp::{Doing, uuid};
use super::network::{Chance, Message};
use super::world::START_MS;

pub struct Bank {
    pub name: String,
    pub credits_on: CreditsOn,
    skew_ms: i64,
    number: usize,
    /// Its orders, by id, and the last words that it has heard of each (`ACSC`, `RJCT`).
    pub orders: BTreeMap<u128, BTreeSet<String>>,
    /// Credits that it was sent, and what it answers whenever it is asked.
    answers: BTreeMap<u128, Vec<Reply>>,
    /// What it has booked for good.
    pub credited: BTreeSet<u128>,
    /// The last words on credits.
    pub confirmed: BTreeSet<(u128, String)>,
}

/// A status that it sends.
#[derive(Debug, Clone)]
struct Reply {
    after_ms: u64,
    /// In the answer to the pacs.008 itself.
    inline: bool,
    status: &'static str,
    xml: String,
}

/// What a new order is to be.
#[derive(Debug, Clone)]
pub struct Wish {
    pub number: u64,
    /// Bits of the UETR.
    pub id: u128,
    /// pacs.008 or pain.001.
    pub interbank: bool,
    /// The creditor agent's number, where the bank names it.
    pub agent: Option<usize>,
    /// Account or telephone number.
    pub payee: String,
    pub amount: String,
}

impl Bank {
    pub fn new(number: usize, credits_on: CreditsOn, skew_ms: i64) -> Bank {
        Bank {
            name: format!("bank{number}"),
            credits_on,
            skew_ms,
            number,
            orders: BTreeMap::new(),
            answers: BTreeMap::new(),
            credited: BTreeSet::new(),
            confirmed: BTreeSet::new(),
        }
    }

    /// Sends an order; perhaps once more, perhaps with other terms under the same ids.
    pub fn order(&mut self, wish: &Wish, now_ms: u64, chance: &mut Chance) -> Vec<Doing> {
        let date = self.date(now_ms);
        let (id, family) = match wish.interbank {
            true => (wish.id, "pacs.008"),
            false => (self.reference(wish).bits(), "pain.001"),
        };
        let message = |amount: &str, about| {
            let xml = match wish.interbank {
                true => self.pacs_008(wish, amount, &date),
                false => self.pain_001(wish, amount, &date),
            };
            self.message(family, xml, about)
        };
        let (order, other) = (message(&wish.amount, Some(id)), message("77.77", None));
        let send = |after_ms, message| Doing::Send { after_ms, message, within_ms: None };
        let mut doings = vec![send(0, order.clone())];
        if chance.one_in(3) {
            doings.push(send(chance.below(25_000), order.clone()));
            doings.push(send(chance.below(40), order));
        }
        // Not before it knows that the first one has arrived: which of two came first is not known.
        if chance.one_in(6) {
            doings.push(send(60_000 + chance.below(20_000), other));
        }
        self.orders.insert(id, BTreeSet::new());
        doings
    }

    /// Takes one message.
    pub fn receive(
        &mut self,
        message: &Message,
        now_ms: u64,
        chance: &mut Chance,
    ) -> (u16, Vec<Doing>) {
        if !message.target.ends_with("pacs.008") && chance.one_in(15) {
            return (503, Vec::new());
        }
        let xml = String::from_utf8(message.body.clone()).unwrap();
        if message.target.ends_with("pacs.008") {
            return self.credit(&xml, message, now_ms, chance);
        }
        let id = between(&xml, "<MsgId>", "</MsgId>").and_then(PaymentId::of_message_id);
        let status = ["<TxSts>", "<GrpSts>"].iter().find_map(|tag| between(&xml, tag, "<"));
        if let (Some(id), Some(status)) = (id.map(PaymentId::bits), status) {
            self.told(id, status);
        }
        (200, Vec::new())
    }

    fn told(&mut self, id: u128, status: &str) {
        if status != "ACSC" && status != "RJCT" {
            return;
        }
        if let Some(words) = self.orders.get_mut(&id) {
            words.insert(status.to_owned());
        } else if self.answers.contains_key(&id) {
            self.confirmed.insert((id, status.to_owned()));
            if status == "ACSC" {
                self.credited.insert(id);
            }
        }
    }

    fn credit(
        &mut self,
        xml: &str,
        message: &Message,
        now_ms: u64,
        chance: &mut Chance,
    ) -> (u16, Vec<Doing>) {
        let id = between(xml, "<MsgId>", "</MsgId>").and_then(PaymentId::of_message_id).unwrap();
        let id = id.bits();
        if !self.answers.contains_key(&id) {
            if chance.one_in(12) {
                return (503, Vec::new());
            }
            let replies = self.mind(xml, message.timeout_ms.unwrap_or(4_000), now_ms, chance);
            // What it takes back is not booked.
            let accepts = replies.last().is_some_and(|reply| reply.status == "ACSC");
            if accepts && self.credits_on == CreditsOn::OwnAcceptance {
                self.credited.insert(id);
            }
            self.answers.insert(id, replies);
        }
        let doing = |reply: &Reply| match reply.inline {
            true => Doing::Inline(reply.xml.clone().into_bytes()),
            false => Doing::Send {
                after_ms: reply.after_ms,
                message: self.message("pacs.002", reply.xml.clone(), Some(id)),
                within_ms: None,
            },
        };
        (200, self.answers[&id].iter().map(doing).collect())
    }

    fn mind(&self, xml: &str, left_ms: u64, now_ms: u64, chance: &mut Chance) -> Vec<Reply> {
        let soon = 5 + chance.below(900);
        let reply = |after_ms, inline, status| Reply {
            after_ms,
            inline,
            status,
            xml: self.pacs_002(xml, status, now_ms),
        };
        let late = left_ms.saturating_sub(200) + chance.below(2_000);
        match chance.below(100) {
            0..=29 => vec![reply(0, true, "ACSC")],
            30..=64 => vec![reply(soon, false, "ACSC")],
            65..=70 => vec![reply(0, true, "RJCT")],
            71..=75 => vec![reply(soon, false, "RJCT")],
            76..=80 => vec![reply(0, true, "ACTC"), reply(soon, false, "ACSC")],
            81..=88 => vec![reply(late, false, "ACSC")],
            89..=92 => {
                vec![reply(0, true, "ACSC"), reply(soon + chance.below(2_000), false, "RJCT")]
            }
            _ => Vec::new(),
        }
    }

    fn pacs_002(&self, credit: &str, status: &str, now_ms: u64) -> String {
        let of = |tag: &str| {
            let open = format!("<{tag}>");
            between(credit, &open, "<").unwrap_or_default().to_owned()
        };
        let message_id = format!("{}-{status}", &of("MsgId")[..20]);
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt>
<GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>{}</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>{}</OrgnlMsgId><OrgnlMsgNmId>pacs.008.001.08</OrgnlMsgNmId></OrgnlGrpInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>{}</OrgnlEndToEndId><OrgnlTxId>{}</OrgnlTxId><OrgnlUETR>{}</OrgnlUETR><TxSts>{status}</TxSts></TxInfAndSts>
</FIToFIPmtStsRpt></Document>"#,
            self.date(now_ms),
            of("MsgId"),
            of("EndToEndId"),
            of("TxId"),
            of("UETR"),
        )
    }

    fn pacs_008(&self, wish: &Wish, amount: &str, date: &str) -> String {
        let Wish { number, payee, .. } = wish;
        let agent = wish.agent.map_or("UNKNXX22".to_owned(), bic);
        let (own, uetr, day) = (bic(self.number), uuid(wish.id), &date[..10]);
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.008.001.08"><FIToFICstmrCdtTrf>
<GrpHdr><MsgId>M{number}</MsgId><CreDtTm>{date}</CreDtTm><NbOfTxs>1</NbOfTxs><SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf>
<InstgAgt><FinInstnId><BICFI>{own}</BICFI></FinInstnId></InstgAgt></GrpHdr>
<CdtTrfTxInf><PmtId><InstrId>I{number}</InstrId><EndToEndId>E{number}</EndToEndId><TxId>T{number}</TxId><UETR>{uetr}</UETR></PmtId>
<IntrBkSttlmAmt Ccy="EUR">{amount}</IntrBkSttlmAmt><IntrBkSttlmDt>{day}</IntrBkSttlmDt><AccptncDtTm>{date}</AccptncDtTm><ChrgBr>SLEV</ChrgBr>
<Dbtr><Nm>Debtor</Nm></Dbtr><DbtrAcct><Id><Othr><Id>7{}001</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>{own}</BICFI></FinInstnId></DbtrAgt>
<CdtrAgt><FinInstnId><BICFI>{agent}</BICFI></FinInstnId></CdtrAgt><Cdtr><Nm>Creditor</Nm></Cdtr><CdtrAcct>{}</CdtrAcct>
</CdtTrfTxInf></FIToFICstmrCdtTrf></Document>"#,
            self.number,
            account(payee),
        )
    }

    fn pain_001(&self, wish: &Wish, amount: &str, date: &str) -> String {
        let Wish { number, payee, .. } = wish;
        let (own, day) = (bic(self.number), &date[..10]);
        format!(
            r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M{number}</MsgId><CreDtTm>{date}</CreDtTm><NbOfTxs>1</NbOfTxs><InitgPty><Nm>Debtor</Nm></InitgPty></GrpHdr>
<PmtInf><PmtInfId>P{number}</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>{day}</Dt></ReqdExctnDt>
<Dbtr><Nm>Debtor</Nm></Dbtr><DbtrAcct><Id><Othr><Id>7{}001</Id></Othr></Id></DbtrAcct><DbtrAgt><FinInstnId><BICFI>{own}</BICFI></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><EndToEndId>E{number}</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">{amount}</InstdAmt></Amt>
<Cdtr><Nm>Creditor</Nm></Cdtr><CdtrAcct>{}</CdtrAcct></CdtTrfTxInf></PmtInf></CstmrCdtTrfInitn></Document>"#,
            self.number,
            account(payee),
        )
    }

    fn reference(&self, wish: &Wish) -> PaymentId {
        let number = wish.number;
        let of = |letter: char| format!("{letter}{number}");
        PaymentId::of_bank_reference(&BankReference {
            bank: &self.name,
            message_id: &of('M'),
            payment_information_id: &of('P'),
            end_to_end_id: &of('E'),
            index: 0,
        })
    }

    fn message(&self, family: &str, xml: String, about: Option<u128>) -> Message {
        Message {
            from: self.name.clone(),
            method: "POST".to_owned(),
            target: format!("/iso20022/{family}"),
            destination: None,
            body: xml.into_bytes(),
            timeout_ms: None,
            about,
        }
    }

    fn date(&self, now_ms: u64) -> String {
        let now_ms = START_MS + i64::try_from(now_ms).unwrap() + self.skew_ms;
        DateTime::from_epoch_ms(now_ms).unwrap().as_str().to_owned()
    }
}

/// The BIC of a bank.
pub fn bic(number: usize) -> String {
    format!("BNK{}DEFF", char::from(b'A' + u8::try_from(number).unwrap()))
}

/// Whether a message of a bank's says yes.
pub fn accepts(message: &[u8]) -> bool {
    String::from_utf8_lossy(message).contains("<TxSts>ACSC<")
}

/// The payment that a pacs.002 of a bank's is about.
pub fn original_of(message: &[u8]) -> u128 {
    let text = String::from_utf8_lossy(message);
    let id = between(&text, "<OrgnlMsgId>", "<").and_then(PaymentId::of_message_id);
    id.unwrap().bits()
}

fn account(payee: &str) -> String {
    match payee.strip_prefix("49") {
        Some(rest) => format!(
            "<Id><Othr><Id>NOTPROVIDED</Id></Othr></Id><Prxy><Tp><Cd>TELE</Cd></Tp><Id>+49-{rest}</Id></Prxy>"
        ),
        None => format!("<Id><Othr><Id>{payee}</Id></Othr></Id>"),
    }
}

fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    let rest = &text[text.find(open)? + open.len()..];
    Some(&rest[..rest.find(close)?])
}
