//! Verdicts that were not known to be on the stream, in a snapshot: however many there are, whoever goes
//! on from it knows of them, and gives the same verdicts.

use std::sync::Arc;

use frms::limits::{SNAPSHOT_UNTOLD_MAX, SNAPSHOT_UNTOLD_PER_PIECE};
use frms::{Engine, Event, PaymentId, Point, SnapshotError, Taken, TermsHash, Verdict, VerdictKey};
use proptest::prelude::*;

use crate::attempt;
use crate::snapshot::catalogue;

const STREAM: &str = "scheme/FRM/1";
const HEAD_BYTES: usize = 7;

fn written(engine: &Engine, untold: &[VerdictKey]) -> Result<Vec<u8>, SnapshotError> {
    let mut bytes = Vec::new();
    let taken = Taken { stream: STREAM.to_owned(), position: 7, untold: untold.to_vec() };
    engine.snapshot(&taken, &mut bytes)?;
    Ok(bytes)
}

fn restored(bytes: &[u8]) -> Result<(Engine, Taken), SnapshotError> {
    Engine::restore(catalogue(), STREAM, &mut &bytes[..])
}

/// Keys as long as they get.
fn keys(count: usize) -> Vec<VerdictKey> {
    let key = |number: usize| {
        let id = PaymentId(u128::MAX - u128::try_from(number).unwrap());
        (id, TermsHash([0xff; 32]), Point::BeforeReserve)
    };
    (0..count).map(key).collect()
}

/// The length of each piece.
fn pieces(bytes: &[u8]) -> Vec<usize> {
    let (mut at, mut found) = (HEAD_BYTES, Vec::new());
    loop {
        let length = bytes[at..at + 4].try_into().unwrap();
        match usize::try_from(u32::from_le_bytes(length)).unwrap() {
            0 => return found,
            length => found.push(length),
        }
        at += 4 + found.last().unwrap();
    }
}

#[test]
fn twenty_thousand_verdicts_that_nobody_was_told_are_told_after_a_restart() {
    let mut engine = Engine::new(catalogue());
    let told: Vec<Arc<Verdict>> = (1..=20_000_u64)
        .flat_map(|number| {
            // Few accounts, so that rules have something to say.
            let (debtor, creditor) =
                (format!("payer-{}", number % 50), format!("payee-{}", number % 70));
            let at_ms = 1_000 + i64::try_from(number).unwrap();
            let tx = attempt(u128::from(number) << 90, at_ms, &debtor, &creditor);
            engine.apply(number, &Event::Attempt(tx.into()))
        })
        .collect();
    assert_eq!(told.len(), 20_000);
    assert!(told.iter().any(|verdict| verdict.typologies[0].alert));
    let untold: Vec<VerdictKey> = told.iter().map(|one| (one.id, one.hash, one.point)).collect();
    let bytes = written(&engine, &untold).unwrap();
    let (again, taken) = restored(&bytes).unwrap();
    assert_eq!((taken.untold.len(), taken.position), (20_000, 7));
    assert_eq!(taken.untold, untold, "in their order");
    for verdict in &told {
        let known = again.known(verdict.id, verdict.hash, verdict.point);
        assert_eq!(format!("{known:?}"), format!("Some({verdict:?})"));
    }
    assert_eq!(written(&again, &taken.untold).unwrap(), bytes);
}

#[test]
fn as_many_as_may_be_fit_and_one_more_is_refused() {
    let engine = Engine::new(catalogue());
    let most = keys(SNAPSHOT_UNTOLD_MAX);
    let bytes = written(&engine, &most).unwrap();
    assert_eq!(restored(&bytes).unwrap().1.untold, most);
    let lengths = pieces(&bytes);
    let whole = SNAPSHOT_UNTOLD_MAX.div_ceil(SNAPSHOT_UNTOLD_PER_PIECE);
    assert!(
        lengths.len() >= whole && lengths.iter().all(|length| *length < 512 * 1024),
        "{lengths:?}"
    );
    let more = written(&engine, &keys(SNAPSHOT_UNTOLD_MAX + 1));
    assert!(matches!(more, Err(SnapshotError::Damaged(_))), "{:?}", more.map(|bytes| bytes.len()));
}

/// As many as one piece holds are written as they were before there were others, so that a program of
/// then reads them; and what it wrote in one piece, however many, is read.
#[test]
fn what_was_written_in_one_piece_is_read() {
    let engine = Engine::new(catalogue());
    let untold = keys(9_000);
    let few = &untold[..SNAPSHOT_UNTOLD_PER_PIECE];
    let bytes = written(&engine, few).unwrap();
    assert_eq!(pieces(&bytes).len(), pieces(&written(&engine, &[]).unwrap()).len());
    // The former form: number 0, stream, position, all keys.
    let taken = Taken { stream: STREAM.to_owned(), position: 7, untold: untold.clone() };
    let first = postcard::to_stdvec(&(0_u8, taken)).unwrap();
    let rest = &written(&engine, &[]).unwrap();
    let rest = &rest[HEAD_BYTES + 4 + pieces(rest)[0]..rest.len() - 32];
    let length = u32::try_from(first.len()).unwrap().to_le_bytes();
    let mut former = [&bytes[..HEAD_BYTES], &length[..], &first, rest].concat();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &former);
    former.extend_from_slice(digest.as_ref());
    assert_eq!(restored(&former).unwrap().1.untold, untold);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_written_is_read(count in 0..3 * SNAPSHOT_UNTOLD_PER_PIECE, seen in 1_u64..40) {
        let mut engine = Engine::new(catalogue());
        for number in 1..=seen {
            let tx = attempt(u128::from(number), 1_000, "ann", "bob");
            engine.apply(number, &Event::Attempt(tx.into()));
        }
        let untold = keys(count);
        let bytes = written(&engine, &untold).unwrap();
        let (mut again, taken) = restored(&bytes).unwrap();
        prop_assert_eq!(&taken.untold, &untold);
        prop_assert_eq!(written(&again, &taken.untold).unwrap(), bytes);
        let next = Event::Attempt(attempt(99, 2_000, "ann", "bob").into());
        let (expected, found) = (engine.apply(99, &next), again.apply(99, &next));
        prop_assert_eq!(format!("{expected:?}"), format!("{found:?}"));
    }
}
