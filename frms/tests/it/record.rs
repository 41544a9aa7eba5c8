//! Events in a file are read as they were written.

use std::sync::Arc;

use frms::{Attempt, Label, MP2P, Outcome, OutcomeKind, PaymentId, Place, Record};

use crate::{attempt, pseudonyms};

fn told() -> Attempt {
    Attempt {
        category: Some(MP2P.to_owned()),
        debtor_age_years: Some(71),
        place: Some(Place { latitude_e5: -3_386_000, longitude_e5: 15_121_000 }),
        description: Some(pseudonyms().disguise("school fees")),
        ..attempt(7, 1_000, "ann", "bob")
    }
}

#[test]
fn what_is_written_is_read() {
    let label = Label { behaviour: Some("028".into()), episode: Some(3), looks_like: None };
    for record in [
        Record::Tx { tx: Arc::new(told()), label },
        Record::Tx { tx: Arc::new(attempt(8, 2_000, "-", "bob")), label: Label::default() },
        Record::Outcome(Outcome { id: PaymentId(7), kind: OutcomeKind::Committed, at_ms: 1_500 }),
    ] {
        let line = serde_json::to_string(&record).unwrap();
        assert!(!line.contains("school"), "{line}");
        assert_eq!(serde_json::from_str::<Record>(&line).unwrap(), record, "{line}");
    }
}

#[test]
fn a_genuine_payment_has_no_label() {
    let genuine = Record::Tx { tx: Arc::new(told()), label: Label::default() };
    assert!(!serde_json::to_string(&genuine).unwrap().contains("label"));
}

#[test]
fn disguised_texts_differ_where_the_texts_differ() {
    let known = pseudonyms();
    let (one, other) = (known.disguise("rent march"), known.disguise("rent marsh"));
    let apart = one.0.iter().zip(&other.0).filter(|(one, other)| one != other).count();
    assert_eq!((one.0.len(), apart), (10, 1));
    assert_eq!(known.disguise(&"x".repeat(1_000)).0.len(), 140);
}
