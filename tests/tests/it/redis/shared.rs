//! Two nodes over one PostgreSQL and one Redis: payments whose messages come to one and the other.

use super::*;
use causeway::config::Config;
use causeway_tests::world::{config_text, own_keys};
use causeway_toolkit::cluster::postgres::{OWNER, Postgres};
use causeway_toolkit::dfsp::{Acknowledge, PartyId, PayRequest, PaymentEnd};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY, Players};
use causeway_toolkit::tls::SchemeCa;

struct Nodes {
    payers: Gateway,
    payees: Gateway,
    players: Arc<Players>,
    _database: Postgres,
    _folder: tempfile::TempDir,
}

impl Nodes {
    async fn start(redis: &Redis) -> Option<Nodes> {
        let programs = match Programs::find() {
            Ok(programs) => programs,
            Err(missing) => {
                skip(&missing.to_string());
                return None;
            }
        };
        let folder = tempfile::tempdir().unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let database = Postgres::create(&programs, folder.path(), "database").await.unwrap();
        let url = format!("postgres://{OWNER}@127.0.0.1:{}/{OWNER}", database.port());
        let text = config_text(folder.path(), &redis.settings());
        let text = text.replace("[store]\n", &format!("[store]\nurl = \"{url}\"\n"));
        let node = || async {
            let config = Config::parse(&text, "a test").unwrap();
            Gateway::start(config, Arc::new(switch_store::SystemClock::new())).await.unwrap()
        };
        let (payers, payees) = (node().await, node().await);
        let none: Option<&SchemeCa> = None;
        let players = Players::start(&urls(&payers), None, none).await.unwrap();
        players.onboard(&admin(&payers)).await.unwrap();
        players.trust(&own_keys(&payers, &players)).unwrap();
        players.register().await.unwrap();
        players.blue.set_hub(urls(&payees).fspiop);
        let known = || {
            let record = payees.node.peers.record(PAYEE);
            record.is_some_and(|record| !record.keys.is_empty() && !record.endpoints.is_empty())
        };
        eventually(known, "the second node knows the participants").await;
        let players = Arc::new(players);
        Some(Nodes { payers, payees, players, _database: database, _folder: folder })
    }

    /// A question that its payee has refused was not answered anywhere; of one that it took, nobody
    /// knows.
    async fn unanswered_while_redis_is_away(&self) {
        let (green, blue) = (&self.players.green, &self.players.blue);
        let timed = |number: &str| lookup(number).header("FSPIOP-Timeout", "10000");
        blue.enqueue(Stage::Party, Conduct::acknowledging(Acknowledge::Status(400)));
        green.send(timed("255600000091")).await.unwrap();
        until_told(green, "255600000091").await;
        blue.enqueue(Stage::Party, Conduct::silent());
        green.send(timed("255600000092")).await.unwrap();
        until_asked(blue, "255600000092", 1).await;
        let pending = &self.payers.node.pending;
        eventually(|| pending.is_empty(), "it is given up").await;
        tokio::time::sleep(SEVERAL_TICKS).await;
        assert_eq!(told(green, "255600000092"), []);
        assert_eq!(told(green, "255600000091").len(), 1);
    }

    async fn pay_all(&self, count: usize) {
        let mut payments = tokio::task::JoinSet::new();
        for _ in 0..count {
            let players = Arc::clone(&self.players);
            payments.spawn(async move {
                let request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "1");
                players.green.pay(&request).await.unwrap().end
            });
        }
        while let Some(end) = payments.join_next().await {
            assert_eq!(end.unwrap(), PaymentEnd::Committed);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_cross_nodes_with_redis_without_it_and_with_it_again() {
    let Some(mut redis) = Redis::start().await else { return };
    let Some(nodes) = Nodes::start(&redis).await else { return };
    let (first, second) = (admin(&nodes.payers), admin(&nodes.payees));
    until_redis_is(&first, "OK").await;
    until_redis_is(&second, "OK").await;
    nodes.pay_all(6).await;
    // Both have just started: what they know nothing of could have been asked before.
    let unknown = metric(&second, "causeway_answers_unknown").await;
    assert_eq!(unknown, 0, "all was known");
    redis.server.kill();
    until_redis_is(&first, "DOWN").await;
    until_redis_is(&second, "DOWN").await;
    nodes.pay_all(6).await;
    let unknown = metric(&second, "causeway_answers_unknown").await;
    assert_eq!(unknown, 12, "six lookups and six quotes of the other node");
    nodes.unanswered_while_redis_is_away().await;
    redis.server.start().await.unwrap();
    until_redis_is(&first, "OK").await;
    until_redis_is(&second, "OK").await;
    nodes.pay_all(6).await;
    assert_eq!(metric(&second, "causeway_answers_unknown").await, unknown);
    assert_eq!(nodes.players.failures(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_is_an_operators_word_at_any_node() {
    let Some(redis) = Redis::start().await else { return };
    let Some(nodes) = Nodes::start(&redis).await else { return };
    let path = "/participants/greenwallet/rate";
    let rate = json!({"requestsPerSecond": 1});
    let set = admin(&nodes.payers).send(Method::PUT, path, Some(&rate)).await.unwrap();
    assert_eq!(set.status, 200);
    let record = || nodes.payees.node.peers.record(PAYER).unwrap().requests_per_s;
    eventually(|| record() == Some(1), "the other node has heard of it").await;
    silence(&nodes.players.blue);
    let mut refused = 0;
    for (number, node) in [&nodes.payers, &nodes.payees].into_iter().cycle().take(8).enumerate() {
        nodes.players.green.set_hub(urls(node).fspiop);
        let asked = lookup(&format!("2556{number:08}"));
        let status = nodes.players.green.send(asked).await.unwrap().response.status;
        refused += usize::from(status == 429);
    }
    assert!(refused >= 4, "one a second for both nodes together: {refused} of 8 refused");
}
