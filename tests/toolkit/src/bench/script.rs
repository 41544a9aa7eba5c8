//! Every message of a run, made and signed before its clock starts.

use std::net::SocketAddr;
use std::num::NonZero;

use fspiop::ilp::{Secret, Terms, Version};
use serde_json::{Value, json};

use super::members::{AMOUNT, CURRENCY, MEMBERS, Member, Request, msisdn, parties_to};
use crate::{ToolkitError, clock};

/// For how long the transfers are good: the longest run with the time that it takes to sign it.
const VALIDITY_MS: i64 = 400_000;

/// Where messages are sent, and how many parties there are to be looked up.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    pub(super) hub: SocketAddr,
    pub(super) parties: u32,
}

/// The messages of one transaction, in the order in which they are sent.
pub(super) struct Script {
    pub(super) payer: usize,
    pub(super) payee: usize,
    pub(super) party: u32,
    pub(super) messages: [Vec<u8>; 6],
}

/// Which message of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// GET /parties, by the payer.
    Lookup,
    /// PUT /parties, by the payee.
    Party,
    /// POST /quotes, by the payer.
    Quote,
    /// PUT /quotes, by the payee.
    Terms,
    /// POST /transfers, by the payer.
    Prepare,
    /// PUT /transfers, by the payee.
    Fulfil,
}

impl Step {
    /// As reports name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Step::Lookup => "GET /parties",
            Step::Party => "PUT /parties",
            Step::Quote => "POST /quotes",
            Step::Terms => "PUT /quotes",
            Step::Prepare => "POST /transfers",
            Step::Fulfil => "PUT /transfers",
        }
    }
}

/// Makes the messages of `count` transactions from number `first` on, on all cores.
///
/// # Errors
/// [`ToolkitError`] if one cannot be made.
pub(super) fn scripts(
    members: &[Member],
    stage: Stage,
    first: u64,
    count: usize,
) -> Result<Vec<Script>, ToolkitError> {
    let drafts = drafts(stage, first, count);
    let secret = Secret::new(clock::fresh_uuid()?.as_bytes());
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    let write = |part: &[Draft]| -> Result<Vec<Script>, ToolkitError> {
        part.iter().map(|draft| draft.script(members, stage.hub, &secret)).collect()
    };
    std::thread::scope(|scope| {
        let parts = drafts.chunks(drafts.len().div_ceil(cores).max(1));
        let writing: Vec<_> = parts.map(|part| scope.spawn(move || write(part))).collect();
        let mut scripts = Vec::with_capacity(count);
        for written in writing {
            let broken = |_| ToolkitError::Key("signing broke off".to_owned());
            scripts.extend(written.join().map_err(broken)??);
        }
        Ok(scripts)
    })
}

/// Who, whom and under which number: the parties of a payee in turn, so that no two transactions at once look up the
/// same one.
struct Draft {
    number: u64,
    payer: usize,
    payee: usize,
    party: u32,
    /// Which of the payer's own parties pays.
    from: u32,
}

fn drafts(stage: Stage, first: u64, count: usize) -> Vec<Draft> {
    let mut next = [0_u32; MEMBERS];
    let numbers = (first..).take(count);
    let draft = |number| {
        let (payer, payee) = parties_to(number);
        let [party, from] = [payee, payer].map(|member| {
            let party = next[member];
            next[member] = (party + 1) % stage.parties.max(1);
            party
        });
        Draft { number, payer, payee, party, from }
    };
    numbers.map(draft).collect()
}

impl Draft {
    fn script(
        &self,
        members: &[Member],
        hub: SocketAddr,
        secret: &Secret,
    ) -> Result<Script, ToolkitError> {
        let Draft { payer, payee, party, .. } = *self;
        let nobody = || ToolkitError::Message("no such member".to_owned());
        let from = members.get(payer).ok_or_else(nobody)?;
        let to = members.get(payee).ok_or_else(nobody)?;
        let number = msisdn(payee, party);
        let ask = format!("/parties/MSISDN/{number}");
        let answer = json!({ "party": {
            "partyIdInfo": party_id(&number, &to.name), "name": "Payee of the bench",
        } });
        let quote = self.quote(from, to, &number);
        let (terms, fulfilment) = self.terms(&quote, secret)?;
        let transfer = self.transfer(from, to, &terms);
        let fulfil = json!({
            "transferState": "COMMITTED", "fulfilment": fulfilment,
            "completedTimestamp": clock::date_time(clock::now_epoch_ms()),
        });
        let quotes = format!("/quotes/{}", id(Kind::Quote, self.number));
        let transfers = format!("/transfers/{}", id(Kind::Transfer, self.number));
        let messages = [
            Request::new("GET", &ask).bytes(from, hub)?,
            Request::new("PUT", &ask).to(&from.name).body(&answer).bytes(to, hub)?,
            Request::new("POST", "/quotes").to(&to.name).body(&quote).bytes(from, hub)?,
            Request::new("PUT", &quotes).to(&from.name).body(&terms).bytes(to, hub)?,
            Request::new("POST", "/transfers").to(&to.name).body(&transfer).bytes(from, hub)?,
            Request::new("PUT", &transfers).to(&from.name).body(&fulfil).bytes(to, hub)?,
        ];
        Ok(Script { payer, payee, party, messages })
    }

    fn quote(&self, from: &Member, to: &Member, payee: &str) -> Value {
        let payer = msisdn(self.payer, self.from);
        json!({
            "quoteId": id(Kind::Quote, self.number),
            "transactionId": id(Kind::Transaction, self.number),
            "payer": { "partyIdInfo": party_id(&payer, &from.name) },
            "payee": { "partyIdInfo": party_id(payee, &to.name) },
            "amountType": "SEND",
            "amount": { "currency": CURRENCY, "amount": AMOUNT },
            "transactionType": {
                "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER",
            },
            "expiration": expiration(),
        })
    }

    /// PUT /quotes, and the fulfilment that its condition asks for.
    fn terms(&self, quote: &Value, secret: &Secret) -> Result<(Value, String), ToolkitError> {
        let mut answer = json!({
            "transferAmount": quote["amount"],
            "payeeReceiveAmount": quote["amount"],
            "expiration": expiration(),
        });
        let terms = Terms::of_quote(&strict(quote)?, &strict(&answer)?);
        let sealed = secret.seal(Version::V1, &terms);
        let sealed = sealed.map_err(|error| ToolkitError::Message(error.to_string()))?;
        answer["ilpPacket"] = Value::from(sealed.packet);
        answer["condition"] = Value::from(sealed.condition.to_string());
        Ok((answer, sealed.fulfilment.to_string()))
    }

    fn transfer(&self, from: &Member, to: &Member, terms: &Value) -> Value {
        json!({
            "transferId": id(Kind::Transfer, self.number),
            "payerFsp": from.name,
            "payeeFsp": to.name,
            "amount": terms["transferAmount"],
            "ilpPacket": terms["ilpPacket"],
            "condition": terms["condition"],
            "expiration": expiration(),
        })
    }
}

fn party_id(msisdn: &str, fsp: &str) -> Value {
    json!({ "partyIdType": "MSISDN", "partyIdentifier": msisdn, "fspId": fsp })
}

fn expiration() -> String {
    clock::date_time(clock::now_epoch_ms().saturating_add(VALIDITY_MS))
}

fn strict(body: &Value) -> Result<fspiop::json::Value, ToolkitError> {
    fspiop::json::parse(body.to_string().as_bytes())
        .map_err(|malformed| ToolkitError::Message(format!("JSON: {}", malformed.reason)))
}

/// What an id is of.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Quote = 1,
    Transaction = 2,
    Transfer = 3,
}

/// An id in the form of a UUIDv4 that ends with the transaction's number: callbacks are matched without a table.
fn id(kind: Kind, number: u64) -> String {
    format!("bec4be5c-0000-4{:03x}-8000-{number:012x}", kind as u32)
}

/// The number of the transaction that an id belongs to.
pub(super) fn number_of(id: &str) -> Option<u64> {
    u64::from_str_radix(id.get(24..36)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_transaction() {
        for kind in [Kind::Quote, Kind::Transaction, Kind::Transfer] {
            assert_eq!(number_of(&id(kind, 0xa_bcde)), Some(0xa_bcde));
            assert_eq!(id(kind, 1).len(), 36);
        }
        assert_eq!(number_of("short"), None);
    }

    #[test]
    fn parties_are_looked_up_in_turn() {
        let hub = SocketAddr::from(([127, 0, 0, 1], 1));
        let drafts = drafts(Stage { hub, parties: 5 }, 0, 1_000);
        for payee in 4..MEMBERS {
            let turn = drafts.iter().filter(|draft| draft.payee == payee).map(|draft| draft.party);
            assert!(turn.zip((0..5).cycle()).all(|(party, expected)| party == expected));
        }
    }
}
