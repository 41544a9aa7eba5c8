//! Whether a node is to be given work, and whether it may be one of them at all.

use std::time::Duration;

use causeway_tests::fellows::Fellows;
use causeway_tests::world;
use causeway_toolkit::cluster::process::Signal;
use causeway_toolkit::players::Players;

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_clock_is_off_or_whose_store_is_silent_is_not_ready_and_says_why() {
    let Some(mut fellows) = Fellows::start(2, "").await else { return };
    for (step_ms, words) in
        [(60_000, "ms ahead of the store's"), (-120_000, "ms behind the store's")]
    {
        fellows.clock(1).step_wall(step_ms);
        fellows.eventually("it is off", || async { fellows.health(1).await == 503 }).await;
        comes_to_say(&fellows, 1, words).await;
        becomes_ready(&fellows, 0, "only its own clock counts").await;
    }
    fellows.clock(1).step_wall(60_000);
    becomes_ready(&fellows, 1, "it is right again").await;
    fellows.postgres.signal(Signal::Stop);
    for node in 0..2 {
        fellows.eventually("it is away", || async { fellows.health(node).await == 503 }).await;
        comes_to_say(&fellows, node, "does not answer").await;
    }
    fellows.postgres.signal(Signal::Continue);
    for node in 0..2 {
        becomes_ready(&fellows, node, "it is back").await;
        let ended = tokio::time::timeout(Duration::from_millis(100), fellows.node(node).ended());
        assert!(ended.await.is_err(), "nobody was deposed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_with_another_key_does_not_start_and_says_what_to_mend() {
    let Some(fellows) = Fellows::start(1, "").await else { return };
    let players = fellows.players().await;
    fellows.try_beside(&fellows.keys(0)).await.unwrap();
    let other = tempfile::tempdir().unwrap();
    let error = fellows.try_beside(other.path()).await.unwrap_err().to_string();
    assert!(error.contains("Hub.pem is missing"), "{error}");
    causeway::keys::Keys::new(other.path().join("keys")).make("Hub").unwrap();
    for name in [players.alpine.fsp_id(), players.harbour.fsp_id()] {
        let file = format!("keys/{name}.pem");
        std::fs::copy(fellows.keys(0).join(&file), other.path().join(&file)).unwrap();
    }
    let error = fellows.try_beside(other.path()).await.unwrap_err().to_string();
    assert!(error.contains("the key of Hub") && error.contains("[store] directory"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_has_no_key_of_a_new_bank_is_not_ready_until_it_has() {
    let Some(mut fellows) = Fellows::start(2, "").await else { return };
    fellows.stop(1).await;
    fellows.own_keys(1);
    fellows.again(1).await;
    let players = Players::start(&world::urls(fellows.gateway(0)), None, None).await.unwrap();
    players.onboard(&fellows.admin(0)).await.unwrap();
    fellows.eventually("it lacks a key", || async { fellows.health(1).await == 503 }).await;
    comes_to_say(&fellows, 1, "bank.pem is missing").await;
    becomes_ready(&fellows, 0, "the other one lacks nothing").await;
    for name in [players.alpine.fsp_id(), players.harbour.fsp_id()] {
        let file = format!("keys/{name}.pem");
        std::fs::copy(fellows.keys(0).join(&file), fellows.keys(1).join(&file)).unwrap();
    }
    becomes_ready(&fellows, 1, "it has all keys").await;
    assert!(fellows.node(1).peers.bank(players.harbour.fsp_id()).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deposed_node_ends_with_an_error_and_one_that_is_asked_to_stop_without() {
    let Some(fellows) = Fellows::start(1, "").await else { return };
    let mut deposed = fellows.process("deposed");
    let mut asked = fellows.process("asked");
    for process in [&deposed, &asked] {
        let serves = || async { process.log().contains("listening") };
        fellows.eventually("it serves", serves).await;
    }
    let ids = "UPDATE causeway.nodes SET deposed = true WHERE claimant IN \
               (SELECT claimant FROM causeway.nodes WHERE NOT deposed ORDER BY claimant OFFSET 1)";
    // The second one has left before the database is asked who is to be deposed.
    asked.end(Signal::Terminate).await.unwrap();
    assert!(asked.ended().is_some_and(|status| status.success()), "{}", asked.log());
    assert!(asked.log().contains("stopping"), "{}", asked.log());
    fellows.postgres.query_as("causeway", "causeway", ids).unwrap();
    let status = loop {
        match deposed.ended() {
            Some(status) => break status,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert_eq!(status.code(), Some(1), "{}", deposed.log());
    let log = deposed.log();
    let last = log.lines().filter(|line| line.starts_with("causeway: ")).collect::<Vec<_>>();
    assert_eq!(last.len(), 1, "{log}");
    assert!(last[0].contains("start this node again"), "{log}");
    becomes_ready(&fellows, 0, "it was not deposed").await;
}

/// Waits until a node is ready.
async fn becomes_ready(fellows: &Fellows, node: usize, why: &str) {
    fellows.eventually(why, || async { fellows.health(node).await == 200 }).await;
}

/// Waits until a node gives this as a reason why it is not ready: it may have others at first.
async fn comes_to_say(fellows: &Fellows, node: usize, words: &str) {
    fellows.eventually(words, || async { fellows.reasons(node).await.contains(words) }).await;
}
