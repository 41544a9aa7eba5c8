//! The actor of a destination against a carrier that answers as a test says.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use switch::Timestamp;
use switch_store::{Claimant, OutboxId, OutboxRow, SteadyClock, SystemClock};

use super::{Attempted, Carrier, Delivery, Ending, Item};
use crate::limits::{BREAKER_FAILURES_MAX, DESTINATION_QUEUE_MAX};
use crate::outbound::{BankMessage, Outbound, Urgency};

/// How an item without a row is written down.
const VOLATILE: u64 = 0;

#[derive(Default)]
struct Script {
    /// What the next attempts of a row come to; then it is delivered.
    answers: Mutex<HashMap<u64, VecDeque<Attempted>>>,
    /// While it is locked, no attempt ends.
    gate: tokio::sync::Mutex<()>,
    attempted: Mutex<Vec<u64>>,
    ended: Mutex<Vec<(u64, Ending)>>,
    stored: Mutex<BTreeMap<OutboxId, Item>>,
    /// Whether the node's claim to what is stored is in doubt.
    in_doubt: AtomicBool,
}

impl Script {
    fn over(&self, item: &Item, how: Ending) {
        let row = item.row.unwrap_or(OutboxId(VOLATILE));
        self.stored.lock().unwrap().remove(&row);
        self.ended.lock().unwrap().push((row.0, how));
    }
}

impl Carrier for Script {
    fn attempt(&self, item: Item) -> Pin<Box<dyn Future<Output = Attempted> + Send + '_>> {
        Box::pin(async move {
            let row = item.row.map_or(VOLATILE, |row| row.0);
            self.attempted.lock().unwrap().push(row);
            drop(self.gate.lock().await);
            let mut answers = self.answers.lock().unwrap();
            let next = answers.get_mut(&row).and_then(VecDeque::pop_front);
            next.unwrap_or(Attempted::Delivered)
        })
    }

    fn may_send_stored(&self) -> bool {
        !self.in_doubt.load(Ordering::SeqCst)
    }

    fn stored(
        &self,
        rows: Vec<OutboxId>,
    ) -> Pin<Box<dyn Future<Output = Option<Vec<Item>>> + Send + '_>> {
        Box::pin(async move {
            let stored = self.stored.lock().unwrap();
            let mut items: Vec<Item> = stored.values().cloned().collect();
            items.retain(|item| rows.binary_search(&item.row.unwrap()).is_ok());
            Some(items)
        })
    }

    fn delivered(&self, item: &Item) {
        self.over(item, Ending::Delivered);
    }

    fn ended(&self, item: Item, how: Ending) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async move {
            self.over(&item, how);
        })
    }

    fn alert(&self, _: &Item, _: &str) {}
}

fn item(row: u64, resource: &str, urgency: Urgency, deadline: Option<i64>) -> Item {
    let outbound = Outbound::Bank(BankMessage {
        bank: "a".into(),
        message: "m".into(),
        xml: String::new(),
        budget: None,
    });
    Item {
        row: Some(OutboxId(row)),
        destination: "d".into(),
        resource: resource.into(),
        urgency,
        deadline: deadline.map(Timestamp),
        outbound: Arc::new(outbound),
        attempts: 0,
        may_have_left: false,
    }
}

fn failing() -> Attempted {
    Attempted::Failed { reason: "down".into(), may_have_left: false }
}

struct Bench {
    script: Arc<Script>,
    delivery: Delivery,
    clock: Arc<SteadyClock>,
}

impl Bench {
    fn new() -> Bench {
        let script = Arc::new(Script::default());
        let clock = SteadyClock::new(Arc::new(SystemClock::new()));
        let delivery = Delivery::new(script.clone(), Arc::clone(&clock));
        Bench { script, delivery, clock }
    }

    /// As the committer does: stored first, then handed over.
    fn commit(&self, item: Item) {
        self.script.stored.lock().unwrap().insert(item.row.unwrap(), item.clone());
        self.delivery.send(item);
    }

    /// Waits a minute if need be: twenty thousand rows are many for a slow machine.
    async fn ended(&self, count: usize) -> Vec<(u64, Ending)> {
        for _ in 0..12_000 {
            if self.script.ended.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        self.script.ended.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn one_resource_keeps_its_order_while_others_pass() {
    let bench = Bench::new();
    let twice = VecDeque::from([failing(), failing()]);
    bench.script.answers.lock().unwrap().insert(1, twice);
    bench.commit(item(1, "x", Urgency::Final, None));
    bench.commit(item(2, "x", Urgency::Final, None));
    bench.commit(item(3, "y", Urgency::Final, None));
    let order: Vec<u64> = bench.ended(3).await.into_iter().map(|(row, _)| row).collect();
    assert_eq!(order, [3, 1, 2]);
}

#[tokio::test]
async fn a_later_row_supersedes_a_request_that_was_not_acknowledged() {
    let bench = Bench::new();
    let often = VecDeque::from(vec![failing(); 100]);
    bench.script.answers.lock().unwrap().insert(1, often);
    let far = bench.clock.now().0 + 3_600_000;
    bench.commit(item(1, "x", Urgency::Request, Some(far)));
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    bench.commit(item(2, "x", Urgency::Closing, None));
    let ended = bench.ended(2).await;
    assert_eq!(ended, [(1, Ending::Superseded), (2, Ending::Delivered)]);
}

#[tokio::test]
async fn what_is_not_the_last_word_waits_behind_the_request() {
    let bench = Bench::new();
    bench.script.answers.lock().unwrap().insert(1, VecDeque::from([failing()]));
    let far = bench.clock.now().0 + 3_600_000;
    bench.commit(item(1, "x", Urgency::Request, Some(far)));
    bench.commit(item(2, "x", Urgency::Final, None));
    let ended = bench.ended(2).await;
    assert_eq!(ended, [(1, Ending::Delivered), (2, Ending::Delivered)]);
}

#[tokio::test]
async fn a_prepare_may_be_taken_back_by_name() {
    let bench = Bench::new();
    bench.script.answers.lock().unwrap().insert(1, VecDeque::from(vec![failing(); 100]));
    let far = bench.clock.now().0 + 3_600_000;
    bench.commit(item(1, "x", Urgency::Request, Some(far)));
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    bench.delivery.supersede("d", "x".to_owned());
    assert_eq!(bench.ended(1).await, [(1, Ending::Superseded)]);
}

#[tokio::test]
async fn a_request_past_its_deadline_never_leaves_even_behind_an_open_breaker() {
    let bench = Bench::new();
    let mut answers = HashMap::new();
    for row in 1..=7 {
        answers.insert(row, VecDeque::from(vec![failing(); 100]));
    }
    *bench.script.answers.lock().unwrap() = answers;
    for row in 1..=7 {
        bench.commit(item(row, &format!("y{row}"), Urgency::Final, None));
    }
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    let soon = bench.clock.now().0 + 60;
    bench.commit(item(8, "x", Urgency::Request, Some(soon)));
    bench.commit(item(9, "z", Urgency::Request, Some(soon - 1_000)));
    let ended = bench.ended(2).await;
    assert_eq!(ended, [(9, Ending::TooLate), (8, Ending::TooLate)]);
    let attempted = bench.script.attempted.lock().unwrap();
    assert!(!attempted.contains(&8) && !attempted.contains(&9), "{attempted:?}");
}

#[tokio::test]
async fn a_refused_status_does_not_hold_back_the_outcome_behind_it() {
    let bench = Bench::new();
    let refused = Attempted::Refused { status: 400, code: None };
    let often = VecDeque::from(vec![refused; 100]);
    bench.script.answers.lock().unwrap().insert(1, often);
    bench.commit(item(1, "x", Urgency::Final, None));
    bench.commit(item(2, "x", Urgency::Final, None));
    let ended = bench.ended(2).await;
    assert!(matches!(ended[0], (1, Ending::Refused { status: 400, .. })));
    assert_eq!(ended[1], (2, Ending::Delivered));
}

#[tokio::test]
async fn a_request_ends_when_no_attempt_would_be_in_time_and_a_refused_one_at_once() {
    let bench = Bench::new();
    let refused =
        Attempted::Refused { status: 400, code: Some(fspiop::error::ErrorCode::ValidationError) };
    let mut answers = HashMap::from([(1, VecDeque::from(vec![failing(); 100]))]);
    answers.insert(2, VecDeque::from([refused.clone()]));
    answers.insert(3, VecDeque::from([refused]));
    *bench.script.answers.lock().unwrap() = answers;
    let soon = bench.clock.now().0 + 50;
    bench.commit(item(1, "x", Urgency::Request, Some(soon)));
    bench.commit(item(2, "y", Urgency::Request, Some(soon + 60_000)));
    bench.commit(item(3, "z", Urgency::Final, None));
    let mut ended = bench.ended(3).await;
    ended.sort_by_key(|(row, _)| *row);
    assert_eq!(ended[0], (1, Ending::TooLate));
    assert!(matches!(ended[1], (2, Ending::Refused { status: 400, .. })));
    assert_eq!(ended[2], (3, Ending::Delivered), "a final status is sent again");
}

#[tokio::test]
async fn what_does_not_fit_waits_in_the_store_and_goes_out_once_in_order() {
    let bench = Bench::new();
    let gate = bench.script.gate.lock().await;
    let all = u64::try_from(DESTINATION_QUEUE_MAX).unwrap() * 2;
    for row in 1..=all {
        bench.commit(item(row, &format!("lane {}", row % 100), Urgency::Final, None));
        if row % 500 == 0 {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(gate);
    let ended = bench.ended(usize::try_from(all).unwrap()).await;
    assert_eq!(ended.len(), usize::try_from(all).unwrap());
    for lane in 0..100 {
        let rows: Vec<u64> =
            ended.iter().map(|(row, _)| *row).filter(|row| row % 100 == lane).collect();
        assert!(rows.is_sorted() && rows.len() == usize::try_from(all / 100).unwrap());
    }
    assert_eq!(bench.script.attempted.lock().unwrap().len(), usize::try_from(all).unwrap());
}

#[tokio::test]
async fn what_is_handed_over_late_with_a_lower_number_goes_out_once_even_from_the_store() {
    let bench = Bench::new();
    let gate = bench.script.gate.lock().await;
    let full = u64::try_from(DESTINATION_QUEUE_MAX).unwrap();
    let first = 1_000_000;
    for row in first..first + full + 500 {
        bench.commit(item(row, &format!("own {}", row % 100), Urgency::Final, None));
        if row % 500 == 0 {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    // Lower numbers than all that was seen, among rows of others that were never handed over.
    let handed: Vec<u64> = (1..=2_000).filter(|row| row % 4 == 0).collect();
    for row in 1..=2_000 {
        let other = item(row, &format!("handed {}", row % 16), Urgency::Final, None);
        match handed.contains(&row) {
            true => bench.commit(other),
            false => {
                bench.script.stored.lock().unwrap().insert(OutboxId(row), other);
            }
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    drop(gate);
    let all = usize::try_from(full).unwrap() + 500 + handed.len();
    let ended = bench.ended(all).await;
    let taken: Vec<u64> = ended.iter().map(|(row, _)| *row).filter(|row| *row < first).collect();
    assert_eq!(taken.len(), handed.len(), "no more than was handed over");
    for lane in [0, 4, 8, 12] {
        let lane: Vec<u64> = taken.iter().copied().filter(|row| row % 16 == lane).collect();
        assert!(lane.is_sorted() && !lane.is_empty());
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(bench.script.attempted.lock().unwrap().len(), all, "each of them once");
}

#[tokio::test]
async fn while_the_lease_is_in_doubt_nothing_stored_leaves_or_is_given_up() {
    let bench = Bench::new();
    bench.script.in_doubt.store(true, Ordering::SeqCst);
    bench.commit(item(1, "x", Urgency::Final, None));
    bench.commit(item(2, "y", Urgency::Request, Some(bench.clock.now().0 - 1)));
    let far = bench.clock.now().0 + 3_600_000;
    bench.delivery.send(Item { row: None, ..item(VOLATILE, "z", Urgency::Request, Some(far)) });
    assert_eq!(bench.ended(1).await, [(VOLATILE, Ending::Delivered)], "memory's own may go");
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(bench.script.ended.lock().unwrap().len(), 1);
    assert!(bench.delivery.is_quiet(), "nothing is under way");
    bench.script.in_doubt.store(false, Ordering::SeqCst);
    let mut ended = bench.ended(3).await.split_off(1);
    ended.sort_by_key(|(row, _)| *row);
    assert_eq!(ended, [(1, Ending::Delivered), (2, Ending::TooLate)]);
}

/// The row as an operator's request finds it in the store.
fn stored_row(row: u64, resource: &str) -> OutboxRow {
    OutboxRow {
        id: OutboxId(row),
        destination: "d".into(),
        resource: resource.into(),
        deadline: None,
        kind: 2,
        attempts: 0,
        claimed_by: Some(Claimant(1)),
        body: bytes::Bytes::new(),
    }
}

#[tokio::test]
async fn an_operator_hurries_what_waits_and_sends_nothing_twice() {
    let bench = Bench::new();
    // By itself the last of these would be tried after pauses of many seconds.
    let failures = BREAKER_FAILURES_MAX as usize + 4;
    let often = VecDeque::from(vec![failing(); failures]);
    bench.script.answers.lock().unwrap().insert(1, often);
    bench.commit(item(1, "x", Urgency::Final, None));
    for _ in 0..1_000 {
        if !bench.script.ended.lock().unwrap().is_empty() {
            break;
        }
        bench.delivery.hurry(stored_row(1, "x"));
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    assert_eq!(bench.script.ended.lock().unwrap()[..], [(1, Ending::Delivered)]);
    let attempts = || bench.script.attempted.lock().unwrap().len();
    assert_eq!(attempts(), failures + 1);
    // Its row may still be stored for a while.
    bench.delivery.hurry(stored_row(1, "x"));
    bench.delivery.hurry(stored_row(2, "never here"));
    bench.commit(item(3, "x", Urgency::Final, None));
    assert_eq!(bench.ended(2).await.pop(), Some((3, Ending::Delivered)));
    assert_eq!(attempts(), failures + 2, "what has arrived is not sent again");
}

/// A node that leaves waits until this is quiet: what memory alone holds would be sent by nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_memory_alone_holds_is_overlooked_at_no_instant() {
    let bench = Bench::new();
    for number in 1..=2_000 {
        let gate = bench.script.gate.lock().await;
        let item = item(number as u64, &format!("r/{number}"), Urgency::Request, None);
        bench.delivery.send(Item { row: None, ..item });
        while bench.script.attempted.lock().unwrap().len() < number {
            assert!(
                !bench.delivery.is_quiet(),
                "the {number}th is on its way to its first attempt"
            );
        }
        assert!(!bench.delivery.is_quiet(), "the {number}th is under way");
        drop(gate);
        while !bench.delivery.is_quiet() {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(bench.ended(2_000).await.len(), 2_000);
}
