//! A stream on three servers, of which any one may go.

use std::time::{Duration, Instant};

use causeway_tests::nats::NatsServer;
use causeway_toolkit::cluster::ports::free_port;
use frms::{Catalogue, Event};
use http::Method;
use tokio::task::JoinSet;

use super::kills::events;
use super::scheme::{
    PATIENCE, STREAM, Scheme, ask, attempt, key, replayed, said, undisturbed, verdicts,
};

const EVENTS: usize = 800;
/// Asked at once.
const BURST: u128 = 400;
/// The most bursts while some write of each is refused.
const BURSTS: u128 = 5;

/// Three servers that know each other.
async fn servers() -> Option<(NatsServer, Vec<NatsServer>)> {
    let ports: Vec<u16> = (0..3).map(|_| free_port().unwrap()).collect();
    let routes: Vec<String> =
        ports.iter().map(|port| format!("\"nats://127.0.0.1:{port}\"")).collect();
    let mut servers = Vec::new();
    for (number, port) in ports.iter().enumerate() {
        let settings = format!(
            "server_name: server-{number}\n\
             cluster: {{ name: frm, listen: \"127.0.0.1:{port}\", routes: [{}] }}\n",
            routes.join(", ")
        );
        servers.push(NatsServer::with(&settings).await?);
    }
    Some((servers.remove(0), servers))
}

impl Scheme {
    fn server_number(&mut self, number: usize) -> &mut NatsServer {
        match number.checked_sub(1) {
            None => &mut self.server,
            Some(other) => &mut self.others[other],
        }
    }

    /// Which server says what comes next on the stream; waits until one does.
    async fn leader(&self) -> usize {
        let since = Instant::now();
        loop {
            if let Ok(stream) = self.context.get_stream(STREAM).await
                && let Some(cluster) = &stream.cached_info().cluster
                && let Some(leader) = &cluster.leader
            {
                return leader.trim_start_matches("server-").parse().unwrap();
            }
            assert!(since.elapsed() < PATIENCE, "nobody leads");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// A number that a scorer shows.
    async fn metric(&self, scorer: usize, name: &str) -> u64 {
        let text = self.admin(scorer).send(Method::GET, "/metrics", None).await.unwrap().text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_of_three_servers_goes_the_scorer_goes_on() {
    let Some((server, others)) = servers().await else { return };
    let mut scheme = Scheme::over(server, others, 2, "").await;
    let info = scheme.context.get_stream(STREAM).await.unwrap().cached_info().clone();
    assert_eq!(info.config.num_replicas, 3);
    let events = events(EVENTS);
    let expected = undisturbed(&events);
    let mut lost = None;
    for (place, event) in events.iter().enumerate() {
        match place * 8 / EVENTS {
            // The one that leads: the stream stands still until there is another.
            1 | 5 if lost.is_none() => {
                let leader = scheme.leader().await;
                scheme.server_number(leader).kill();
                lost = Some(leader);
            }
            // One of the others: some consumer or connection may have been there.
            3 if lost.is_none() => {
                let other = (scheme.leader().await + 1) % 3;
                scheme.server_number(other).kill();
                lost = Some(other);
            }
            2 | 4 | 6 => {
                if let Some(lost) = lost.take() {
                    scheme.server_number(lost).restart().await;
                }
            }
            _ => {}
        }
        match event {
            Event::Attempt(attempt) => {
                let verdict = scheme.insist(attempt).await;
                let json = serde_json::to_value(&verdict).unwrap();
                assert_eq!(said(&verdict), expected[&key(&json)], "{}", attempt.id);
            }
            other => scheme.persist(other).await,
        }
    }
    let recorded = scheme.settled(expected.len()).await;
    let found = verdicts(&recorded);
    assert_eq!(found.len(), expected.len());
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), found, "bit for bit");
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_to_three_servers_do_not_wait_for_each_other() {
    let Some((server, others)) = servers().await else { return };
    let scheme = Scheme::over(server, others, 1, "").await;
    let mut refused = Vec::new();
    // A write that is acknowledged late counts as refused as well: servers that stood still spoil
    // one burst, and those that take one write at a time spoil each.
    for burst in 0..BURSTS {
        let before = scheme.metric(0, "causeway_scorer_refused_writes").await;
        let mut asked = JoinSet::new();
        for id in burst * BURST + 1..=(burst + 1) * BURST {
            let payer = format!("payer {id}");
            let (nats, attempt) = (scheme.nats.clone(), attempt(id, &payer, "green"));
            asked.spawn(async move { ask(&nats, &attempt, PATIENCE).await.is_some() });
        }
        assert!(asked.join_all().await.into_iter().all(|answered| answered));
        let after = scheme.metric(0, "causeway_scorer_refused_writes").await;
        if before == after {
            return;
        }
        refused.push(after - before);
    }
    panic!("a server that takes one write at a time refuses the others: {refused:?}");
}
