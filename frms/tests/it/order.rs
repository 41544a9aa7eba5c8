//! Changes that arrive in another order than they were made in: the newest counts all the same.

use std::sync::Arc;

use frms::{
    Catalogue, Condition, ConditionBook, ConditionChange, Decision, Engine, Event, Semantics, Taken,
};

use crate::quiet::{catalogue, change};
use crate::{attempt, pseudonyms};

const STREAM: &str = "scheme/FRM/1";

fn engine() -> Engine {
    let json = catalogue("first@1.0.0", false);
    Engine::new(Catalogue::read(json.as_bytes(), Semantics::Strict).unwrap())
}

/// Somebody who goes on from a snapshot.
fn again(engine: &Engine) -> Engine {
    let mut bytes = Vec::new();
    let taken = Taken { stream: STREAM.to_owned(), position: 1, untold: Vec::new() };
    engine.snapshot(&taken, &mut bytes).unwrap();
    let json = catalogue("first@1.0.0", false);
    let catalogue = Catalogue::read(json.as_bytes(), Semantics::Strict).unwrap();
    Engine::restore(catalogue, STREAM, &mut &bytes[..]).unwrap().0
}

/// A block of what is paid to bob, or its removal.
fn block(name: &str, is_set: bool, version: u64) -> Event {
    let json =
        br#"{"evtTp":["all"],"condTp":"non-overridable-block","prsptv":"both","condRsn":"a scam",
        "incptnDtTm":"1970-01-01T00:00:00Z","ntty":{"id":"bob","schmeNm":{"prtry":"MSISDN"}}}"#;
    let condition = is_set.then(|| Arc::new(Condition::read(name, json, &pseudonyms()).unwrap()));
    Event::Condition(Arc::new(ConditionChange { name: name.to_owned(), condition, version }))
}

/// Whether bob is blocked after these changes; with and without a snapshot between any two of them.
fn blocks(changes: &[Event]) -> bool {
    let judged = |engine: &mut Engine| {
        let ann = Event::Attempt(attempt(1, 1_000, "ann", "bob").into());
        engine.apply(99, &ann)[0].decision == Decision::Block
    };
    let (mut whole, mut resumed) = (engine(), engine());
    for (event, sequence) in changes.iter().zip(1..) {
        whole.apply(sequence, event);
        resumed = again(&resumed);
        resumed.apply(sequence, event);
    }
    let blocks = judged(&mut whole);
    assert_eq!(judged(&mut again(&resumed)), blocks);
    blocks
}

#[test]
fn an_older_catalogue_that_comes_late_does_not_count_again() {
    let named = |engine: &Engine| engine.catalogue().typologies()[0].id.to_string();
    let of = |number: &str| change(number, catalogue(&format!("number-{number}@1.0.0"), true));
    let mut engine = engine();
    for (number, counts) in [("9", "9"), ("10", "10"), ("9", "10"), ("5", "10"), ("11", "11")] {
        engine.apply(1, &of(number));
        assert_eq!(named(&engine), format!("number-{counts}@1.0.0"), "after {number}");
        let mut resumed = again(&engine);
        resumed.apply(2, &of("4"));
        assert_eq!(named(&resumed), named(&engine), "a snapshot keeps the number");
    }
    engine.apply(3, &change("12", String::new()));
    engine.apply(4, &of("11"));
    assert_eq!(named(&engine), "first@1.0.0", "a rollback to what is configured has a number, too");
    engine.apply(5, &change("12", catalogue("otherwise@1.0.0", true)));
    assert_eq!(named(&engine), "otherwise@1.0.0", "the same number, read in another way");
    engine.apply(6, &change("a name", catalogue("named@1.0.0", true)));
    assert_eq!(named(&engine), "named@1.0.0", "what has no number counts as it comes");
}

#[test]
fn an_older_change_of_a_condition_that_comes_late_changes_nothing() {
    let (set, gone) = (|version| block("a", true, version), |version| block("a", false, version));
    for (changes, expected) in [
        (vec![set(3), gone(4)], false),
        (vec![gone(4), set(3)], false),
        (vec![gone(3), set(4)], true),
        (vec![set(4), gone(3)], true),
        (vec![set(1), gone(3), set(2)], false),
        (vec![set(1), gone(3), set(5), gone(4)], true),
        (vec![set(3), set(3), gone(3)], false),
        (vec![block("b", false, 9), set(3)], true),
        (vec![gone(4), set(0)], true),
        (vec![set(4), gone(0), set(3)], false),
    ] {
        assert_eq!(blocks(&changes), expected, "{changes:?}");
    }
}

#[test]
fn a_book_takes_back_what_was_not_told_since_and_what_comes_late_stays_gone() {
    let (set, gone) = (|version| block("a", true, version), |version| block("a", false, version));
    let book = |version| Event::ConditionBook(ConditionBook { version });
    for (changes, expected) in [
        (vec![set(3), book(4)], false),
        (vec![set(4), book(4)], true),
        (vec![set(5), book(4)], true),
        (vec![set(0), book(4)], false),
        (vec![set(3), book(4), set(3)], false),
        (vec![book(4), set(3)], false),
        (vec![book(4), set(4)], true),
        (vec![book(4), gone(5), set(4)], false),
        (vec![set(9), book(4), gone(8)], true),
        (vec![gone(6), book(7), set(8)], true),
        (vec![gone(6), book(7), set(6)], false),
        (vec![book(7), set(7), book(4), set(5)], true),
        (vec![book(7), set(7), book(4), gone(5)], true),
        (vec![book(7), block("b", true, 8), book(8)], true),
    ] {
        assert_eq!(blocks(&changes), expected, "{changes:?}");
    }
}

#[test]
fn an_event_without_a_version_is_read_as_one() {
    let json = r#"{"name":"a","condition":null}"#;
    let read: ConditionChange = serde_json::from_str(json).unwrap();
    assert_eq!(read.version, 0);
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
}
