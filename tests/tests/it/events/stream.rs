//! What a stream holds, and what must hold of it.

use std::collections::{BTreeMap, BTreeSet};

use async_nats::jetstream::{self, Context, stream::Config};
use causeway_tests::nats::NatsServer;
use causeway_tests::world::World;
use serde_json::Value;
use switch::{AccountKind, Money};

pub(super) const AUDIT: &str = "CAUSEWAY_AUDIT";
pub(super) const FRM: &str = "CAUSEWAY_FRM";

/// A message as it is stored.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) subject: String,
    pub(super) id: Option<String>,
    pub(super) payload: Value,
}

impl Seen {
    /// Whether it is this kind of event.
    pub(super) fn is(&self, event: &str) -> bool {
        self.payload["event"] == event
    }
}

pub(super) async fn jetstream(server: &NatsServer) -> Context {
    jetstream::new(async_nats::connect(server.url()).await.unwrap())
}

/// How a stream is set.
pub(super) async fn config(server: &NatsServer, stream: &str) -> Config {
    let stream = jetstream(server).await.get_stream(stream).await.unwrap();
    stream.cached_info().config.clone()
}

/// All messages of a stream, in their order.
pub(super) async fn read(server: &NatsServer, stream: &str) -> Vec<Seen> {
    let stream = jetstream(server).await.get_stream(stream).await.unwrap();
    let state = stream.cached_info().state.clone();
    let mut seen = Vec::new();
    for sequence in state.first_sequence.max(1)..=state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        let id = message.headers.get("Nats-Msg-Id").map(|id| id.as_str().to_owned());
        let payload = serde_json::from_slice(&message.payload).unwrap();
        seen.push(Seen { subject: message.subject.to_string(), id, payload });
    }
    seen
}

/// The events of one transfer, in their order.
pub(super) fn of<'s>(seen: &'s [Seen], transfer: &str) -> Vec<&'s str> {
    let ours = seen.iter().filter(|one| one.payload["transferId"] == transfer);
    ours.map(|one| one.payload["event"].as_str().unwrap()).collect()
}

/// No event is there twice, neither by its message id nor by what it says.
pub(super) fn assert_distinct(seen: &[Seen]) {
    let ids: BTreeSet<_> = seen.iter().filter_map(|one| one.id.as_ref()).collect();
    assert_eq!(ids.len(), seen.len(), "each has an id of its own");
    let transfers = seen.iter().filter(|one| one.subject.contains(".transfer."));
    let said: Vec<_> =
        transfers.map(|one| (one.subject.clone(), one.payload["transferId"].to_string())).collect();
    assert_eq!(said.iter().collect::<BTreeSet<_>>().len(), said.len(), "{said:?}");
}

/// The sum of all movements, by account, in ten-thousandths.
pub(super) fn sums(seen: &[Seen]) -> BTreeMap<(String, String), i128> {
    let mut sums = BTreeMap::new();
    let postings = seen.iter().filter_map(|one| one.payload["postings"].as_array()).flatten();
    for posting in postings {
        let text = |name: &str| posting[name].as_str().unwrap();
        let (sign, amount) =
            text("amount").strip_prefix('-').map_or((1, text("amount")), |a| (-1, a));
        let units = Money::amount(amount, text("currency").parse().unwrap()).unwrap().units();
        let account = (text("participant").to_owned(), text("account").to_owned());
        *sums.entry(account).or_default() += sign * units;
    }
    sums.retain(|_, units| *units != 0);
    sums
}

/// The movements told add up to every balance in the store: none is missing, none is there twice.
pub(super) async fn assert_adds_up(world: &World, seen: &[Seen]) {
    let accounts = world.gateway.node.store.accounts().await.unwrap();
    let name = |kind| match kind {
        AccountKind::Position => "POSITION",
        AccountKind::Settlement => "SETTLEMENT",
        AccountKind::InFlight => "IN_FLIGHT",
        AccountKind::HubReconciliation => "HUB_RECONCILIATION",
        AccountKind::HubMultilateralSettlement => "HUB_MULTILATERAL_SETTLEMENT",
    };
    let balances: BTreeMap<_, _> = accounts
        .iter()
        .filter(|account| !account.balance.is_zero())
        .map(|account| {
            let key = &account.key;
            let of = (key.participant.as_str().to_owned(), name(key.kind).to_owned());
            (of, account.balance.units())
        })
        .collect();
    assert_eq!(sums(seen), balances);
}

/// The examples of docs/events.md, by the event that they show.
pub(super) fn examples() -> BTreeMap<String, Value> {
    let page = std::fs::read_to_string(causeway_tests::root().join("docs/events.md")).unwrap();
    let blocks = page.split("```json\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let examples = blocks.map(|block| serde_json::from_str::<Value>(block).unwrap());
    examples.map(|one| (one["event"].as_str().unwrap().to_owned(), one)).collect()
}

/// Every event that has an example has its members, and no others; gives back which were compared.
pub(super) fn assert_as_documented(seen: &[Seen]) -> BTreeSet<String> {
    let examples = examples();
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut compared = BTreeSet::new();
    for one in seen {
        let event = one.payload["event"].as_str().unwrap();
        let Some(example) = examples.get(event) else { continue };
        let is_first_limit = one.payload.get("initialPosition").is_some();
        if event != "limit.changed" || is_first_limit {
            assert_eq!(names(&one.payload), names(example), "{event}");
            compared.insert(event.to_owned());
        }
    }
    compared
}
