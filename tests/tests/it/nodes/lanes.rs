//! The outbox of several nodes: of one party's messages about one matter, each comes after those before it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use causeway::outbound::{BankMessage, Outbound, Urgency};
use causeway_tests::fellows::Fellows;
use causeway_toolkit::cluster::process::Signal;
use causeway_toolkit::http::{Exchange, Handler, HttpServer, Reply};
use causeway_toolkit::onboard::BankRecord;
use causeway_toolkit::players::CURRENCY;
use http::StatusCode;
use switch_store::{Notice, Submission};

use super::all_delivered;

/// A bank that writes down what it takes, and takes nothing while it is closed.
#[derive(Default)]
struct Recorder {
    closed: AtomicBool,
    taken: Mutex<Vec<String>>,
}

impl Handler for Recorder {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        if self.closed.load(Ordering::SeqCst) {
            return Reply::status(StatusCode::SERVICE_UNAVAILABLE);
        }
        let body = String::from_utf8_lossy(&exchange.body).into_owned();
        self.taken.lock().unwrap().push(body);
        Reply::status(StatusCode::ACCEPTED)
    }
}

impl Recorder {
    /// What came, by lane.
    fn lanes(&self) -> BTreeMap<String, Vec<u32>> {
        let mut lanes: BTreeMap<String, Vec<u32>> = BTreeMap::new();
        for body in self.taken.lock().unwrap().iter() {
            let (lane, number) = body.split_once(' ').unwrap();
            lanes.entry(lane.to_owned()).or_default().push(number.parse().unwrap());
        }
        lanes
    }
}

struct Bench {
    fellows: Fellows,
    recorder: Arc<Recorder>,
    _server: HttpServer,
}

const BANK: &str = "recorder";

impl Bench {
    async fn start() -> Option<Bench> {
        let fellows = Fellows::start(3, "").await?;
        let recorder = Arc::new(Recorder::default());
        let listen = "127.0.0.1:0".parse().unwrap();
        let server = HttpServer::start(listen, Arc::clone(&recorder)).await.unwrap();
        let admin = fellows.admin(0);
        admin.create_hub_accounts(CURRENCY).await.unwrap();
        admin.create_participant(BANK, CURRENCY).await.unwrap();
        let record = BankRecord::new(BANK, "RECRDEFF", server.base_url());
        admin.set_bank(BANK, &record).await.unwrap();
        let known = || async { (0..3).all(|node| fellows.node(node).peers.bank(BANK).is_some()) };
        fellows.eventually("the bank is known", known).await;
        Some(Bench { fellows, recorder, _server: server })
    }

    /// A message of a lane, committed at a node.
    async fn commit(&self, node: usize, lane: u32, number: u32) {
        self.commit_as(Urgency::Final, node, lane, number).await;
    }

    async fn commit_as(&self, urgency: Urgency, node: usize, lane: u32, number: u32) {
        let outbound = Outbound::Bank(BankMessage {
            bank: BANK.to_owned(),
            message: "test".to_owned(),
            xml: format!("{lane} {number}"),
            budget: None,
        });
        let resource = format!("lane/{lane}");
        let deadline =
            (urgency == Urgency::Request).then(|| self.fellows.node(node).now().plus_ms(3_600_000));
        let row = outbound.row(&destination(), &resource, urgency, deadline);
        let submission = Submission { outbox: vec![row.unwrap()], ..Submission::default() };
        self.fellows.node(node).commit(submission).await.unwrap();
    }

    /// An operator asks for all of it at one node, whoever holds the rows: their next try may be minutes
    /// away. Tells whether nothing is left.
    async fn retried_at(&self, node: usize) -> bool {
        let admin = self.fellows.admin(node);
        let rows = admin.send(http::Method::GET, "/outbox", None).await.unwrap();
        let rows = rows.json().unwrap();
        // A store that stands still for a moment has no answer: there will be one later.
        let Some(rows) = rows.as_array() else { return false };
        for row in rows {
            let path = format!("/outbox/{}/retry", row["id"]);
            let answer = admin.send(http::Method::POST, &path, None).await.unwrap();
            // One that was just removed is unknown.
            assert!([202, 404, 503].contains(&answer.status.as_u16()), "{}", answer.status);
        }
        rows.is_empty()
    }
}

fn destination() -> String {
    format!("bank:{BANK}")
}

#[tokio::test(flavor = "multi_thread")]
async fn what_three_nodes_say_about_one_matter_arrives_in_the_order_of_its_commits_and_once() {
    let Some(bench) = Bench::start().await else { return };
    let lanes = 4;
    // While the bank is closed, what was committed first holds back what comes after it; then each
    // may overtake the ones that others hold, if nobody sees to it.
    for (phase, closed) in [true, false].into_iter().enumerate() {
        bench.recorder.closed.store(closed, Ordering::SeqCst);
        for step in 0..120 {
            let number = u32::try_from(phase).unwrap() * 1_000 + step;
            let node = usize::try_from((number * 7 + number / 5) % 3).unwrap();
            bench.commit(node, step % lanes, number).await;
        }
        bench.recorder.closed.store(false, Ordering::SeqCst);
        all_delivered(&bench.fellows, 0).await;
    }
    for (lane, numbers) in bench.recorder.lanes() {
        assert_eq!(numbers.len(), 60, "each of lane {lane} once: {numbers:?}");
        assert!(numbers.is_sorted(), "lane {lane}: {numbers:?}");
    }
    let taken_over = (0..3).map(|node| bench.fellows.node(node).metrics.rows_taken_over.get());
    assert!(taken_over.sum::<u64>() > 0, "some were handed over: else this shows little");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_node_left_is_sent_by_others_in_order() {
    let Some(mut bench) = Bench::start().await else { return };
    bench.recorder.closed.store(true, Ordering::SeqCst);
    for number in 0..90 {
        bench.commit(usize::try_from(number % 3).unwrap(), number % 5, number).await;
    }
    bench.fellows.kill(0);
    for number in 90..120 {
        bench.commit(usize::try_from(1 + number % 2).unwrap(), number % 5, number).await;
    }
    bench.recorder.closed.store(false, Ordering::SeqCst);
    all_delivered(&bench.fellows, 1).await;
    let lanes = bench.recorder.lanes();
    assert_eq!(lanes.len(), 5);
    for (lane, mut numbers) in lanes {
        // What the dead one had sent without removing its row may come again, and nothing else.
        numbers.dedup();
        assert_eq!(numbers.len(), 24, "lane {lane}: {numbers:?}");
        assert!(numbers.is_sorted(), "lane {lane}: {numbers:?}");
    }
    assert!(
        bench.fellows.node(1).metrics.rows_taken_over.get() > 0
            || bench.fellows.node(2).metrics.rows_taken_over.get() > 0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_silent_for_a_while_loses_no_delivery_and_doubles_none() {
    let Some(mut bench) = Bench::start().await else { return };
    bench.recorder.closed.store(true, Ordering::SeqCst);
    for number in 0..30 {
        bench.commit(usize::try_from(number % 3).unwrap(), number % 2, number).await;
    }
    bench.fellows.postgres.signal(Signal::Stop);
    let in_doubt = || async { (0..3).all(|node| !bench.fellows.node(node).store.holds_lease()) };
    bench.fellows.eventually("all leases are in doubt", in_doubt).await;
    let is_quiet = || async { (0..3).all(|node| bench.fellows.node(node).delivery().is_quiet()) };
    bench.fellows.eventually("what had been begun before has ended", is_quiet).await;
    bench.recorder.closed.store(false, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(bench.recorder.lanes(), BTreeMap::new(), "nothing stored leaves");
    bench.fellows.postgres.signal(Signal::Continue);
    // One that is slow to find its way back may be deposed by the others: they send what it held.
    let ready = async || {
        for node in 0..3 {
            if bench.fellows.health(node).await == 200 {
                return Some(node);
            }
        }
        None
    };
    bench.fellows.eventually("the store is back", || async { ready().await.is_some() }).await;
    let delivered = || async {
        let Some(node) = ready().await else { return false };
        bench.retried_at(node).await
    };
    bench.fellows.eventually("all is delivered, hurried all the time", delivered).await;
    for (lane, numbers) in bench.recorder.lanes() {
        assert_eq!(numbers.len(), 15, "each of lane {lane} once: {numbers:?}");
        assert!(numbers.is_sorted(), "lane {lane}: {numbers:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_another_node_knows_to_be_pointless_is_taken_back() {
    let Some(bench) = Bench::start().await else { return };
    bench.recorder.closed.store(true, Ordering::SeqCst);
    bench.commit_as(Urgency::Request, 0, 7, 1).await;
    let notice = Notice::Superseded { destination: destination(), resource: "lane/7".to_owned() };
    // One that is under way stays: it is told until it was heard in between.
    let gone = || async {
        bench.fellows.node(1).store.tell(notice.clone());
        let left = bench.fellows.admin(1).send(http::Method::GET, "/outbox", None).await.unwrap();
        left.json().unwrap().as_array().unwrap().is_empty()
    };
    bench.fellows.eventually("it is taken back", gone).await;
    assert_eq!(bench.recorder.lanes(), BTreeMap::new());
}
