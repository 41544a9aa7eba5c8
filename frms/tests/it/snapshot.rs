//! A snapshot in the middle of a stream changes nothing of what follows; what is no snapshot is
//! refused.

use std::sync::Arc;

use frms::{
    Catalogue, Condition, ConditionBook, ConditionChange, Engine, Event, Missing, OutcomeKind,
    PaymentId, RuleName, Ruling, Semantics, SnapshotError, SubRuleRef, Taken, TermsHash, Verdict,
};
use proptest::prelude::*;
use serde_json::json;

use crate::quiet;
use crate::replay::event;
use crate::{attempt, outcome, pseudonyms};

const STREAM: &str = "scheme/FRM/1";

/// A burst or a word from elsewhere raises alerts, so that all that is remembered is in use.
pub(crate) fn catalogue() -> Catalogue {
    let weights = |bands: &[(&str, u32)]| {
        let weights = bands.iter().map(|(band, weight)| json!({ "ref": band, "wght": weight }));
        weights.collect::<Vec<_>>()
    };
    let own = [(".err", 0), (".x00", 0), (".01", 0), (".02", 100), (".03", 200)];
    let json = json!({ "typologies": [{
        "cfg": "burst@1.0.0", "desc": "", "workflow": { "alertThreshold": 100 },
        "rules": [
            { "id": "901@1.0.0", "cfg": "1.0.0", "termId": "a", "wghts": weights(&own) },
            { "id": ELSEWHERE, "cfg": "1.0.0", "termId": "b",
              "wghts": weights(&[(".err", 0), (".01", 0), (".02", 150)]) },
        ],
        "expression": ["Add", "a", "b"],
    }] });
    Catalogue::read(json.to_string().as_bytes(), Semantics::Peer).unwrap()
}

/// A rule that is answered elsewhere.
pub(crate) const ELSEWHERE: &str = "X01@1.0.0";

pub(crate) fn ruling(payment: u128, outcome: &str) -> Event {
    Event::Ruling(Arc::new(Ruling {
        payment: PaymentId(payment),
        hash: TermsHash([0; 32]),
        rule: RuleName::new(ELSEWHERE, "1.0.0"),
        outcome: SubRuleRef::new(outcome),
        value: Some(0.1),
        reason: None,
    }))
}

fn written(engine: &Engine, position: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    let taken = Taken { stream: STREAM.to_owned(), position, untold: Vec::new() };
    engine.snapshot(&taken, &mut bytes).unwrap();
    bytes
}

fn restored(bytes: &[u8]) -> Result<(Engine, u64), SnapshotError> {
    let (engine, taken) = Engine::restore(catalogue(), STREAM, &mut &bytes[..])?;
    Ok((engine, taken.position))
}

/// Condition on or off, so that both are in the stream.
fn condition(name: usize, is_set: bool, version: u64) -> Event {
    let json = br#"{"evtTp":["all"],"condTp":"review","prsptv":"both","condRsn":"looked at",
        "incptnDtTm":"1970-01-01T00:00:00Z","ntty":{"id":"ann","schmeNm":{"prtry":"MSISDN"}}}"#;
    let name = format!("condition-{name}");
    let condition = is_set.then(|| Condition::read(&name, json, &pseudonyms()).unwrap());
    let condition = condition.map(Arc::new);
    Event::Condition(Arc::new(ConditionChange { name, condition, version }))
}

fn any_event() -> impl Strategy<Value = Event> {
    let conditions = (0_usize..3, any::<bool>(), 0_u64..6);
    let conditions = conditions.prop_map(|(name, set, version)| condition(name, set, version));
    let words = prop_oneof![Just(".01"), Just(".02"), Just(".99")];
    let rulings = (0_u128..12, words).prop_map(|(id, word)| ruling(id, word));
    let names = prop_oneof![Just("another"), Just("1"), Just("2"), Just("3")];
    let catalogues = (any::<bool>(), names).prop_map(|(first, name)| {
        let json = match first {
            true => String::new(),
            false => quiet::catalogue("burst@1.0.0", true),
        };
        quiet::change(name, json)
    });
    let books = (0_u64..6).prop_map(|version| Event::ConditionBook(ConditionBook { version }));
    prop_oneof![18 => event(), 4 => conditions, 1 => books, 4 => rulings, 2 => catalogues]
}

/// Bit for bit: JSON of a float tells apart what `==` does not, and the other way round.
fn bits(verdicts: &[Arc<Verdict>]) -> Vec<String> {
    let bits = |verdict: &Arc<Verdict>| {
        let values = verdict.rules.iter().map(|rule| rule.value.map(f64::to_bits));
        let scores = verdict.typologies.iter().map(|score| score.score.to_bits());
        format!("{verdict:?} {:?} {:?}", values.collect::<Vec<_>>(), scores.collect::<Vec<_>>())
    };
    verdicts.iter().map(bits).collect()
}

proptest! {
    #[test]
    fn whoever_goes_on_from_a_snapshot_gives_the_same_verdicts(
        events in prop::collection::vec(any_event(), 1..150),
        at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(events.len());
        let mut whole = Engine::new(catalogue());
        let mut other = Engine::new(catalogue());
        for (event, sequence) in events.iter().zip(1_u64..) {
            let expected = whole.apply(sequence, event);
            prop_assert_eq!(bits(&expected), bits(&other.apply(sequence, event)));
            if sequence == u64::try_from(at).unwrap() {
                let bytes = written(&other, sequence);
                let (restored, position) = restored(&bytes).unwrap();
                prop_assert_eq!(position, sequence);
                prop_assert_eq!(written(&restored, sequence), bytes);
                other = restored;
            }
        }
        prop_assert_eq!(written(&whole, 0), written(&other, 0));
    }

    #[test]
    fn a_copy_stays_what_it_was_while_the_other_goes_on(
        events in prop::collection::vec(any_event(), 1..150),
        at in any::<prop::sample::Index>(),
    ) {
        let at = at.index(events.len());
        let mut engine = Engine::new(catalogue());
        let mut copies = Vec::new();
        for (place, (event, sequence)) in events.iter().zip(1_u64..).enumerate() {
            if place >= at && copies.len() < 2 {
                copies.push((engine.clone(), written(&engine, sequence), sequence));
            }
            engine.apply(sequence, event);
        }
        for (copy, bytes, sequence) in copies {
            prop_assert_eq!(written(&copy, sequence), bytes);
        }
    }

    #[test]
    fn no_damaged_byte_goes_unnoticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let bytes = sample();
        let mut damaged = bytes.clone();
        damaged[at.index(bytes.len())] ^= 1 << bit;
        prop_assert!(restored(&damaged).is_err());
        prop_assert!(restored(&bytes[..at.index(bytes.len())]).is_err());
    }
}

fn sample() -> Vec<u8> {
    let mut engine = Engine::new(catalogue());
    let events = [
        Event::Attempt(attempt(1, 1_000, "ann", "bob").into()),
        condition(1, true, 7),
        Event::Attempt(attempt(2, 2_000, "ann", "bob").into()),
        outcome(1, OutcomeKind::Committed, 3_000),
        outcome(9, OutcomeKind::Aborted, 3_000),
    ];
    for (event, sequence) in events.iter().zip(1..) {
        engine.apply(sequence, event);
    }
    written(&engine, 5)
}

#[test]
fn a_word_from_elsewhere_counts_if_it_is_there_before_the_payment_and_is_known() {
    let judged = |word: Option<&str>| {
        let mut engine = Engine::new(catalogue());
        word.map(|word| engine.apply(1, &ruling(1, word)));
        engine.apply(2, &ruling(2, ".02"));
        let verdicts = engine.apply(3, &Event::Attempt(attempt(1, 1_000, "ann", "bob").into()));
        let verdict = Arc::clone(&verdicts[0]);
        assert_eq!(verdict.is_incomplete(), verdict.missing.contains(&Missing::ExternalRule));
        let outcome = verdict.rule("X01").unwrap().outcome.to_string();
        (outcome, verdict.typologies[0].score, verdict.is_incomplete())
    };
    assert_eq!(judged(Some(".02")), (".02".to_owned(), 150.0, false));
    assert_eq!(judged(Some(".01")), (".01".to_owned(), 0.0, false));
    assert_eq!(judged(None), (".err".to_owned(), 0.0, true));
    assert_eq!(judged(Some(".99")), (".99".to_owned(), 0.0, false), "to the peer it is an outcome");
}

#[test]
fn what_is_no_snapshot_of_this_stream_is_refused() {
    let bytes = sample();
    assert_eq!(restored(&bytes).unwrap().1, 5);
    let other = Engine::restore(catalogue(), "scheme/FRM/2", &mut &bytes[..]);
    assert!(matches!(other, Err(SnapshotError::OtherStream(stream)) if stream == STREAM));
    for (place, byte) in [(0, b'X'), (6, 0), (6, 99)] {
        let mut foreign = bytes.clone();
        foreign[place] = byte;
        assert!(matches!(restored(&foreign), Err(SnapshotError::Foreign)), "{place}");
    }
    for wrong in [&b""[..], b"CWFRMS", &bytes[..bytes.len() - 1], &[&bytes[..], b"x"].concat()] {
        assert!(matches!(restored(wrong), Err(SnapshotError::Damaged(_))), "{}", wrong.len());
    }
    // A length of 4 GiB is no reason to make room for it.
    let mut huge = bytes;
    huge[7..11].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(restored(&huge), Err(SnapshotError::Damaged(_))));
}
