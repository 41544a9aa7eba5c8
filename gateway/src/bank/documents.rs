//! The documents of the bank side: their kinds, keys and bodies.

use bytes::Bytes;
use causeway_translate::PaymentId;
use causeway_translate::order::Order;
use serde::Serialize;
use serde::de::DeserializeOwned;
use switch::Timestamp;
use switch_store::{CommitError, Document, DocumentKey, DocumentWrite, Expected};

use crate::delivery::Item;
use crate::node::Node;
use crate::outbound::{Outbound, Urgency};

/// A bank's order; the key is its id.
pub const ORDER: &str = "order";
/// A transfer to a bank; the key is its id.
pub const CREDIT: &str = "credit";
/// The terms that a bank's side answered a quote with; the key is the quote's id and the bank.
pub const QUOTE: &str = "quote";
/// A message as a bank sent it; the key is the order's id.
pub const EVIDENCE: &str = "evidence";
/// Orders that wait for a lookup; the key is the lookup's hash and the order's id.
pub const LOOKUP: &str = "lookup";
/// UETRs that stand for another id; the key is the UETR.
pub const ALIAS: &str = "alias";
/// Which order has a bank's own references; the key is the id that they give.
pub const REFERENCE: &str = "reference";
/// A bank's ILP secret; the key is its fspId.
pub const SECRET: &str = "ilp-secret";

/// The document of a payment.
pub fn key(kind: &'static str, id: PaymentId) -> DocumentKey {
    DocumentKey::new(kind, Bytes::copy_from_slice(&id.bits().to_be_bytes()))
}

/// The document of an order by the 128 bits of its id.
pub fn order_key(order: u128) -> DocumentKey {
    DocumentKey::new(ORDER, Bytes::copy_from_slice(&order.to_be_bytes()))
}

/// The payment of a key that [`key`] made.
pub fn payment_of(key: &DocumentKey) -> Option<PaymentId> {
    let bits = u128::from_be_bytes(key.key.as_ref().try_into().ok()?);
    Some(PaymentId::from(switch::TransferId(bits)))
}

/// The document of a quote that a bank's side answered.
pub fn quote_key(bank: &str, id: PaymentId) -> DocumentKey {
    let mut bytes = id.bits().to_be_bytes().to_vec();
    bytes.extend_from_slice(bank.as_bytes());
    DocumentKey::new(QUOTE, bytes)
}

/// Claims an order's references; none to claim where they gave the id itself.
pub fn reference(order: &Order) -> Option<DocumentWrite> {
    let key = key(REFERENCE, order.reference());
    let claim = DocumentWrite { expected: Expected::Absent, ..plain(key, order.id().uuid()) };
    (order.reference() != order.id()).then_some(claim)
}

/// The order that has claimed these references.
///
/// # Errors
/// The store does not answer.
pub async fn reference_of(
    node: &Node,
    reference: PaymentId,
) -> Result<Option<PaymentId>, CommitError> {
    let stored = node.document(&key(REFERENCE, reference)).await;
    let stored = stored.map_err(|_| CommitError::Unavailable)?;
    let text = stored.and_then(|stored| String::from_utf8(stored.body.to_vec()).ok());
    Ok(text.and_then(|text| PaymentId::parse(&text).ok()))
}

/// Where a bank's ILP secret is kept.
pub fn secret_key(bank: &str) -> DocumentKey {
    DocumentKey::new(SECRET, bank.to_owned())
}

/// What the keys of all orders that wait for this lookup of this bank begin with.
pub fn lookup_prefix(bank: &str, target: &str) -> Vec<u8> {
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    context.update(bank.as_bytes());
    context.update(&[0]);
    context.update(target.as_bytes());
    context.finish().as_ref().to_vec()
}

/// The note that an order waits for a lookup.
pub fn lookup_key(bank: &str, target: &str, id: PaymentId) -> DocumentKey {
    let mut bytes = lookup_prefix(bank, target);
    bytes.extend_from_slice(&id.bits().to_be_bytes());
    DocumentKey::new(LOOKUP, bytes)
}

/// The write of a journey over what is stored.
///
/// # Errors
/// It cannot be written, which is a fault of ours and logged: nothing is stored then.
pub fn journey<T: Serialize>(
    key: DocumentKey,
    journey: &T,
    expected: Expected,
    wake_at_ms: Option<i64>,
) -> Result<DocumentWrite, CommitError> {
    let body = serde_json::to_vec(journey).map_err(|error| {
        tracing::error!(kind = key.kind.as_ref(), %error, "a journey cannot be written");
        CommitError::Internal
    })?;
    let deadline = wake_at_ms.map(Timestamp);
    Ok(DocumentWrite { key, expected, body: Some(Bytes::from(body)), deadline })
}

/// A plain document.
pub fn plain(key: DocumentKey, body: impl Into<Bytes>) -> DocumentWrite {
    DocumentWrite { key, expected: Expected::Any, body: Some(body.into()), deadline: None }
}

/// Removes a document.
pub fn removed(key: DocumentKey) -> DocumentWrite {
    DocumentWrite { key, expected: Expected::Any, body: None, deadline: None }
}

/// A journey as stored.
///
/// # Errors
/// It cannot be read, which is logged. It is there, so whatever it is needed for must wait and not
/// be answered as if there were none.
pub fn read<T: DeserializeOwned>(key: &DocumentKey, document: &Document) -> Result<T, CommitError> {
    serde_json::from_slice(&document.body).map_err(|error| {
        tracing::error!(kind = key.kind.as_ref(), %error, "a journey cannot be read");
        CommitError::Internal
    })
}

/// The order whose final status this item carries to a bank.
pub fn final_order_of(item: &Item) -> Option<u128> {
    let id = item.resource.strip_prefix("orders/")?;
    let is_final = item.urgency != Urgency::Request;
    let found = matches!(&*item.outbound, Outbound::Bank(_) if is_final).then_some(id)?;
    PaymentId::parse(found).ok().map(PaymentId::bits)
}

/// The lane of an order's statuses.
pub fn status_lane(order: &Order) -> String {
    format!("orders/{}", order.id().uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journey_that_cannot_be_read_is_not_absent() {
        let key = key(ORDER, PaymentId::from(switch::TransferId(7)));
        let stored = Document { version: 1, deadline: None, body: Bytes::from_static(b"{\"id\":") };
        assert_eq!(read::<Order>(&key, &stored), Err(CommitError::Internal));
    }

    #[test]
    fn a_journey_that_cannot_be_written_is_not_stored_empty() {
        let key = || key(ORDER, PaymentId::from(switch::TransferId(7)));
        // JSON has no keys but text.
        let unwritable = std::collections::BTreeMap::from([(vec![1_u8], 1_u8)]);
        let write = journey(key(), &unwritable, Expected::Absent, None);
        assert!(matches!(write, Err(CommitError::Internal)));
        let write = journey(key(), &"written", Expected::Absent, Some(5)).unwrap();
        assert_eq!(write.body.as_deref(), Some(&b"\"written\""[..]));
        assert_eq!(write.deadline, Some(Timestamp(5)));
    }
}
