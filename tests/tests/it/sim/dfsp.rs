//! A DFSP: pays, is paid, and is as its customers know DFSPs: quick, late, silent, wrong, of two
//! minds, with a clock of its own.

use std::collections::{BTreeMap, BTreeSet};

use causeway_translate::party::PartyKey;
use fspiop::amount::{Amount, Currency, CurrencyList, Money};
use fspiop::error::{ErrorCode, ErrorInformation};
use fspiop::identifiers::{CorrelationId, FspId};
use fspiop::ilp::{Fulfilment, Secret, Terms, Version as IlpVersion};
use fspiop::json::{self, ObjectWriter};
use fspiop::party::{PartiesPut, Party, PartyIdInfo};
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::route::{Match, Route};
use fspiop::time::DateTime;
use fspiop::transfer::{IlpPacketText, TransferState, TransfersPost, TransfersPut};
use fspiop::version::{Rules, Version};

use super::network::{Chance, Message};
use super::world::START_MS;

/// How long a quote is good.
const QUOTE_GOOD_FOR_MS: i64 = 60_000;
/// A payer asks so long after its expiration.
const GRACE_MS: u64 = 3_000;

/// What a participant does next.
#[derive(Debug)]
pub enum Doing {
    /// Sends this to the hub, again and again until it is acknowledged or that much time has passed.
    Send { after_ms: u64, message: Message, within_ms: Option<u64> },
    /// Looks at a payment of its own again.
    Wake { after_ms: u64, id: u128 },
    /// Answers the request with this body.
    Inline(Vec<u8>),
}

/// A payment that it makes.
#[derive(Debug)]
struct Paying {
    payee_fsp: String,
    sent: Option<TransfersPost>,
    /// Whether it was paid, by the hub's last word.
    told: Option<bool>,
    asked: u32,
}

pub struct Dfsp {
    pub name: String,
    skew_ms: i64,
    secret: Secret,
    currencies: CurrencyList,
    paying: BTreeMap<u128, Paying>,
    /// What it answers to each prepare, the same whenever it is asked.
    answers: BTreeMap<u128, Vec<(u64, Message)>>,
    /// What it has told its customers for good, by the hub's word: (payment, paid).
    pub told: BTreeSet<(u128, bool)>,
}

/// What a new payment is to be.
#[derive(Debug, Clone)]
pub struct Wish {
    pub id: u128,
    pub payee_fsp: String,
    pub payee: String,
    pub amount: String,
}

impl Dfsp {
    pub fn new(name: String, skew_ms: i64) -> Dfsp {
        Dfsp {
            secret: Secret::new(name.as_bytes()),
            name,
            skew_ms,
            currencies: CurrencyList::shipped(),
            paying: BTreeMap::new(),
            answers: BTreeMap::new(),
            told: BTreeSet::new(),
        }
    }

    /// Begins a payment with POST /quotes.
    pub fn pay(&mut self, wish: &Wish, now_ms: u64) -> Vec<Doing> {
        let id = uuid(wish.id);
        let payee_type = if wish.payee.starts_with('7') { "ACCOUNT_ID" } else { "MSISDN" };
        let body = format!(
            r#"{{"quoteId":"{id}","transactionId":"{id}",
            "payer":{{"partyIdInfo":{{"partyIdType":"MSISDN","partyIdentifier":"{}","fspId":"{}"}}}},
            "payee":{{"partyIdInfo":{{"partyIdType":"{payee_type}","partyIdentifier":"{}","fspId":"{}"}}}},
            "amountType":"SEND","amount":{{"amount":"{}","currency":"EUR"}},
            "transactionType":{{"scenario":"TRANSFER","initiator":"PAYER","initiatorType":"CONSUMER"}},
            "expiration":"{}"}}"#,
            number_of(&self.name),
            self.name,
            wish.payee,
            wish.payee_fsp,
            wish.amount,
            self.date(now_ms, QUOTE_GOOD_FOR_MS).as_str(),
        );
        let (payee_fsp, sent) = (wish.payee_fsp.clone(), None);
        self.paying.insert(wish.id, Paying { payee_fsp, sent, told: None, asked: 0 });
        let message =
            self.message("POST", "/quotes", &wish.payee_fsp, body.into_bytes(), Some(wish.id));
        vec![Doing::Send { after_ms: 0, message, within_ms: Some(10_000) }]
    }

    /// Takes one request, and answers it with a status.
    pub fn receive(
        &mut self,
        message: &Message,
        now_ms: u64,
        chance: &mut Chance,
    ) -> (u16, Vec<Doing>) {
        let currencies = self.currencies.clone();
        let rules = Rules::new(Version::V1_1, &currencies);
        let route = Match::find(&message.method, &message.target).unwrap().route(&rules).unwrap();
        let json = || json::parse(&message.body).unwrap();
        let doings = match route {
            Route::GetParty(party) => {
                let info = PartyIdInfo {
                    id_type: party.id_type,
                    identifier: party.identifier,
                    sub_id: party.sub_id,
                    fsp_id: None,
                    extensions: Vec::new(),
                };
                self.found(message, &PartyKey::of(&info), chance)
            }
            Route::PostQuote => {
                let post = QuotesPost::parse(&json(), &rules).unwrap();
                self.quote(message, &post, now_ms, chance)
            }
            Route::PutQuote(id) => {
                let put = QuotesPut::parse(&json(), &rules).unwrap();
                self.quoted(id.id().0, &put, now_ms, chance)
            }
            Route::PostTransfer => {
                let post = TransfersPost::parse(&json(), &rules).unwrap();
                self.prepared(&post, now_ms, chance)
            }
            Route::PutTransfer(id) => {
                let put = TransfersPut::parse(&json()).unwrap();
                self.heard(id.id().0, put.transfer_state);
                Vec::new()
            }
            Route::PutTransferError(id) => {
                let error = ErrorInformation::parse(&json()).unwrap();
                let open = [ErrorCode::TransferIdNotFound, ErrorCode::ModifiedRequest];
                if error.code.number() >= 3_000 && !open.contains(&error.code) {
                    self.heard(id.id().0, TransferState::Aborted);
                }
                Vec::new()
            }
            _ => Vec::new(),
        };
        (if message.method == "PUT" || message.method == "PATCH" { 200 } else { 202 }, doings)
    }

    /// Looks at a payment again: asks for what nobody has told.
    pub fn wake(&mut self, id: u128) -> Vec<Doing> {
        let Some(paying) = self.paying.get_mut(&id) else { return Vec::new() };
        if paying.told.is_some() {
            return Vec::new();
        }
        paying.asked += 1;
        let after_ms = 1_000 << paying.asked.min(5);
        let to = paying.payee_fsp.clone();
        let message =
            self.message("GET", &format!("/transfers/{}", uuid(id)), &to, Vec::new(), None);
        vec![
            Doing::Send { after_ms: 0, message, within_ms: Some(2_000) },
            Doing::Wake { after_ms, id },
        ]
    }

    fn found(&self, message: &Message, party: &PartyKey, chance: &mut Chance) -> Vec<Doing> {
        let info = party.id_info(Some(&self.name)).unwrap();
        let body = PartiesPut { party: Party::of(info) }.render();
        let put = self.message("PUT", &message.target, &message.from, body, None);
        vec![Doing::Send { after_ms: thinks(chance), message: put, within_ms: Some(5_000) }]
    }

    fn quote(
        &self,
        message: &Message,
        post: &QuotesPost,
        now_ms: u64,
        chance: &mut Chance,
    ) -> Vec<Doing> {
        let expiration = self.date(now_ms, QUOTE_GOOD_FOR_MS);
        let response = ObjectWriter::default()
            .with("transferAmount", &post.amount)
            .with("expiration", &expiration)
            .finish();
        let terms = Terms::of_quote(&post.to_value(), &response);
        let sealed = self.secret.seal(IlpVersion::V1, &terms).unwrap();
        let put = QuotesPut {
            transfer_amount: post.amount,
            payee_receive_amount: Some(post.amount),
            payee_fsp_fee: None,
            payee_fsp_commission: None,
            expiration,
            geo_code: None,
            ilp_packet: IlpPacketText::parse(&sealed.packet).unwrap(),
            condition: sealed.condition,
            extensions: Vec::new(),
        };
        let target = format!("/quotes/{}", post.quote_id.as_str());
        let about = Some(post.quote_id.id().0);
        let put = self.message("PUT", &target, &message.from, put.render(), about);
        vec![Doing::Send { after_ms: thinks(chance), message: put, within_ms: Some(5_000) }]
    }

    /// The first quote to come is taken.
    fn quoted(
        &mut self,
        id: u128,
        put: &QuotesPut,
        now_ms: u64,
        chance: &mut Chance,
    ) -> Vec<Doing> {
        let within_ms = chance.pick(&[3_000, 8_000, 15_000, 30_000]);
        let expiration = self.date(now_ms, within_ms);
        let Some(paying) = self.paying.get_mut(&id).filter(|one| one.sent.is_none()) else {
            return Vec::new();
        };
        let post = TransfersPost {
            transfer_id: CorrelationId::from_id(fspiop::identifiers::Id128(id)),
            payee_fsp: FspId::parse(&paying.payee_fsp).unwrap(),
            payer_fsp: FspId::parse(&self.name).unwrap(),
            amount: put.transfer_amount,
            ilp_packet: put.ilp_packet.clone(),
            condition: put.condition,
            expiration,
            extensions: Vec::new(),
        };
        paying.sent = Some(post.clone());
        let within_ms = within_ms.unsigned_abs();
        let mut message = self.prepare(&post, id);
        message.timeout_ms = chance.one_in(2).then_some(within_ms);
        let again = message.clone();
        let send =
            |after_ms, message| Doing::Send { after_ms, message, within_ms: Some(within_ms) };
        let mut doings = vec![send(0, message)];
        if chance.one_in(4) {
            doings.push(send(chance.below(20_000), again));
        }
        if chance.one_in(6) {
            let amount = Amount::from_units(post.amount.amount.units() + 10_000).unwrap();
            let currency = Currency::parse("EUR").unwrap();
            let other = TransfersPost { amount: Money { amount, currency }, ..post };
            doings.push(send(5 + chance.below(10_000), self.prepare(&other, id)));
        }
        doings.push(Doing::Wake { after_ms: within_ms + GRACE_MS, id });
        doings
    }

    fn prepare(&self, post: &TransfersPost, id: u128) -> Message {
        self.message("POST", "/transfers", post.payee_fsp.as_str(), post.render(), Some(id))
    }

    /// Makes up its mind once, and says the same again to whoever asks again.
    fn prepared(&mut self, post: &TransfersPost, now_ms: u64, chance: &mut Chance) -> Vec<Doing> {
        let id = post.transfer_id.id().0;
        if !self.answers.contains_key(&id) {
            let answers = self.mind(post, now_ms, chance);
            self.answers.insert(id, answers);
        }
        let send = |(after_ms, message): &(u64, Message)| Doing::Send {
            after_ms: *after_ms,
            message: message.clone(),
            within_ms: None,
        };
        self.answers[&id].iter().map(send).collect()
    }

    fn mind(&self, post: &TransfersPost, now_ms: u64, chance: &mut Chance) -> Vec<(u64, Message)> {
        let committed = || self.fulfil(post, TransferState::Committed, true, now_ms, None);
        let reserved = || self.fulfil(post, TransferState::Reserved, true, now_ms, None);
        let left_ms = post.expiration.epoch_ms() - START_MS - i64::try_from(now_ms).unwrap();
        let soon = 5 + chance.below(1_200);
        let late = left_ms + chance.around_ms(400);
        let late = u64::try_from(late).unwrap_or(0);
        match chance.below(100) {
            0..=39 => vec![(soon, committed())],
            40..=64 => vec![(soon, reserved())],
            65..=69 => {
                let done = self.fulfil(post, TransferState::Committed, true, now_ms, Some(soon));
                vec![(soon, done)]
            }
            70..=75 => vec![(soon, self.refuse(post))],
            76..=81 => vec![(late, committed())],
            82..=87 => vec![(late, reserved())],
            88..=90 => {
                vec![(soon, self.fulfil(post, TransferState::Committed, false, now_ms, None))]
            }
            91..=93 => vec![(soon, committed()), (soon + chance.below(900), self.refuse(post))],
            94..=95 => vec![(soon, self.refuse(post)), (soon + chance.below(900), reserved())],
            _ => Vec::new(),
        }
    }

    fn fulfil(
        &self,
        post: &TransfersPost,
        state: TransferState,
        right: bool,
        now_ms: u64,
        completed_after_ms: Option<u64>,
    ) -> Message {
        let fulfilment = self.secret.fulfilment_of(post.ilp_packet.as_str()).unwrap();
        let put = TransfersPut {
            fulfilment: Some(if right { fulfilment } else { Fulfilment([9; 32]) }),
            completed_timestamp: completed_after_ms.map(|after_ms| self.date(now_ms + after_ms, 0)),
            transfer_state: state,
            extensions: Vec::new(),
        };
        let target = format!("/transfers/{}", post.transfer_id.as_str());
        let about = right.then_some(post.transfer_id.id().0);
        self.message("PUT", &target, post.payer_fsp.as_str(), put.render(), about)
    }

    fn refuse(&self, post: &TransfersPost) -> Message {
        let error = ErrorInformation::of(ErrorCode::PayeeFspRejectedTransaction);
        let target = format!("/transfers/{}/error", post.transfer_id.as_str());
        let about = Some(post.transfer_id.id().0);
        self.message("PUT", &target, post.payer_fsp.as_str(), error.render(), about)
    }

    /// What the hub says of a payment of its own.
    fn heard(&mut self, id: u128, state: TransferState) {
        let paid = match state {
            TransferState::Committed => true,
            TransferState::Aborted => false,
            TransferState::Received | TransferState::Reserved => return,
        };
        if let Some(paying) = self.paying.get_mut(&id) {
            paying.told = Some(paid);
            self.told.insert((id, paid));
        }
    }

    fn message(
        &self,
        method: &str,
        target: &str,
        to: &str,
        body: Vec<u8>,
        about: Option<u128>,
    ) -> Message {
        Message {
            from: self.name.clone(),
            method: method.to_owned(),
            target: target.to_owned(),
            destination: Some(to.to_owned()),
            body,
            timeout_ms: None,
            about,
        }
    }

    fn date(&self, now_ms: u64, ahead_ms: i64) -> DateTime {
        let now_ms = START_MS + i64::try_from(now_ms).unwrap() + self.skew_ms;
        DateTime::from_epoch_ms(now_ms + ahead_ms).unwrap()
    }
}

/// The telephone number of a DFSP's customer.
pub fn number_of(dfsp: &str) -> String {
    format!("4917{}0000001", dfsp.trim_start_matches("dfsp"))
}

/// 128 bits as a UUID.
pub fn uuid(id: u128) -> String {
    fspiop::identifiers::Id128(id).to_uuid()
}

fn thinks(chance: &mut Chance) -> u64 {
    if chance.one_in(12) { chance.below(6_000) } else { chance.below(150) }
}
