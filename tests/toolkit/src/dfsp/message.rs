use serde_json::{Value, json};

/// Whom a payment is for, as the scheme names parties.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PartyId {
    /// `MSISDN`, `IBAN`, ...
    pub kind: String,
    /// The number or name itself.
    pub identifier: String,
}

impl PartyId {
    /// A party by type and identifier.
    pub fn new(kind: impl Into<String>, identifier: impl Into<String>) -> Self {
        Self { kind: kind.into(), identifier: identifier.into() }
    }

    /// `/parties/MSISDN/123`
    pub fn target(&self) -> String {
        format!("/parties/{}/{}", self.kind, self.identifier)
    }

    pub(super) fn party(&self, fsp: &str, name: Option<&str>) -> Value {
        let id = json!({
            "partyIdType": self.kind,
            "partyIdentifier": self.identifier,
            "fspId": fsp,
        });
        match name {
            Some(name) => json!({ "partyIdInfo": id, "name": name }),
            None => json!({ "partyIdInfo": id }),
        }
    }
}

/// PUT /parties/{Type}/{ID}
pub(super) fn party_answer(party: &PartyId, fsp: &str, name: &str) -> Value {
    json!({ "party": party.party(fsp, Some(name)) })
}

/// PUT .../error
pub(super) fn error(code: u16, description: &str) -> Value {
    json!({ "errorInformation": { "errorCode": code.to_string(), "errorDescription": description } })
}

/// What a POST /quotes says.
pub(super) struct QuoteTerms<'a> {
    pub(super) quote_id: &'a str,
    pub(super) transaction_id: &'a str,
    pub(super) payer: Value,
    pub(super) payee: Value,
    pub(super) currency: &'a str,
    pub(super) amount: &'a str,
    pub(super) note: Option<&'a str>,
    pub(super) expiration: &'a str,
}

/// POST /quotes
pub(super) fn quote(terms: QuoteTerms<'_>) -> Value {
    let mut body = json!({
        "quoteId": terms.quote_id,
        "transactionId": terms.transaction_id,
        "payer": terms.payer,
        "payee": terms.payee,
        "amountType": "SEND",
        "amount": { "currency": terms.currency, "amount": terms.amount },
        "transactionType": {
            "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER",
        },
        "expiration": terms.expiration,
    });
    if let (Some(note), Some(members)) = (terms.note, body.as_object_mut()) {
        members.insert("note".to_owned(), Value::from(note));
    }
    body
}

/// Adds what an object says to another, objects member by member.
pub(super) fn merge(body: &mut Value, more: &Value) {
    let Some(more) = more.as_object() else { return };
    for (name, value) in more {
        match &mut body[name.as_str()] {
            known @ Value::Object(_) if value.is_object() => merge(known, value),
            known => *known = value.clone(),
        }
    }
}

/// What a POST /transfers says.
pub(super) struct TransferTerms<'a> {
    pub(super) transfer_id: &'a str,
    pub(super) payer_fsp: &'a str,
    pub(super) payee_fsp: &'a str,
    pub(super) amount: &'a Value,
    pub(super) ilp_packet: &'a str,
    pub(super) condition: &'a str,
    pub(super) expiration: &'a str,
}

/// POST /transfers
pub(super) fn transfer(terms: &TransferTerms<'_>) -> Value {
    json!({
        "transferId": terms.transfer_id,
        "payerFsp": terms.payer_fsp,
        "payeeFsp": terms.payee_fsp,
        "amount": terms.amount,
        "ilpPacket": terms.ilp_packet,
        "condition": terms.condition,
        "expiration": terms.expiration,
    })
}

/// PUT /transfers/{ID}
pub(super) fn fulfil(state: &str, fulfilment: &str, completed: &str) -> Value {
    json!({ "transferState": state, "fulfilment": fulfilment, "completedTimestamp": completed })
}

/// A text member, empty if it is missing: what a message says, without judging it.
pub(super) fn text<'a>(body: &'a Value, path: &str) -> &'a str {
    body.pointer(path).and_then(Value::as_str).unwrap_or_default()
}
