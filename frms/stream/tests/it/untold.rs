//! Verdicts that nobody was told, over a restart: whoever goes on from the snapshot tells them once it is
//! the active one.

use std::sync::Arc;
use std::time::Duration;

use frms::{Catalogue, Engine, Event, Point, Taken};
use frms_stream::Beginning;

use super::roles::Script;
use super::{PATIENCE, attempt, committed, engine};

const UNTOLD: u64 = 20_000;
const STREAM: &str = "scheme/FRM/1";

#[tokio::test]
async fn twenty_thousand_verdicts_outlive_a_restart_and_are_told_in_their_order() {
    let mut former = engine();
    let judged = (1..=UNTOLD)
        .flat_map(|number| former.apply(number, &Event::Attempt(attempt(u128::from(number)))));
    let judged: Vec<_> = judged.collect();
    let keys = judged.iter().map(|one| (one.id, one.hash, Point::BeforeReserve)).collect();
    let taken = Taken { stream: STREAM.to_owned(), position: UNTOLD, untold: keys };
    let mut bytes = Vec::new();
    former.snapshot(&taken, &mut bytes).unwrap();
    let catalogue = Catalogue::standard().unwrap();
    let (engine, taken) = Engine::restore(catalogue, STREAM, &mut &bytes[..]).unwrap();
    let (position, untold) = (taken.position, taken.untold);
    let beginning = Beginning { position, untold, ..Beginning::of(engine) };
    let standing = Arc::clone(&beginning.standing);
    let mut script = Script::of(beginning, false, Ok(UNTOLD + 1));
    // It follows the stream, as a standby, before it is the one to speak.
    script.come(UNTOLD + 1, committed(1));
    while standing.numbers().position <= UNTOLD {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let after_commit = standing.numbers().verdicts;
    assert_eq!((after_commit, standing.numbers().is_active), (1, false));
    script.become_active(true);
    for expected in &judged {
        let Event::Verdict(told) = script.appended.recv().await.unwrap() else { panic!() };
        assert_eq!(told, *expected);
    }
    // Each once; behind them what came of the event after the snapshot, and nothing else.
    let last = loop {
        match script.appended.recv().await.unwrap() {
            Event::Verdict(verdict) => break verdict,
            event => assert!(matches!(event, Event::Alert { .. }), "{event:?}"),
        }
    };
    assert_eq!((last.point, last.sequence), (Point::AfterCommit, UNTOLD + 1));
    let again = script.client.screen(attempt(19_000), PATIENCE).await.unwrap();
    assert_eq!(again, judged[18_999], "answered, and not told again");
    assert!(script.appended.try_recv().is_err());
}
