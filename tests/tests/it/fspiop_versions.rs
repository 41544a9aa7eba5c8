//! FSPIOP 1.0, 1.1 and 2.0 in one hub (docs/versions.md): who can pay whom, in which version, and what
//! the others are told before any money is reserved.

use std::collections::BTreeMap;
use std::sync::Arc;

use causeway::node::HUB;
use causeway_tests::world::{World, own_keys};
use causeway_toolkit::bank::{AccountRef, Order};
use causeway_toolkit::clock;
use causeway_toolkit::dfsp::{
    Answer, Conduct, Dfsp, DfspOptions, Draft, PartyId, PayRequest, PaymentEnd, Received, Stage,
};
use causeway_toolkit::onboard::{Profile, PublicKey};
use causeway_toolkit::players::{ALPINE_IBAN, CURRENCY};
use fspiop::identifiers::Id128;
use fspiop::jws::SigningKey;
use http::Method;
use serde_json::{Value, json};

const PATIENCE_MS: u64 = 20_000;
const ULID: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// DFSPs with their numbers: `old` speaks 1.0, `mid` 1.1 and 1.0, `new` 2.0, `wide` all three. Each
/// says so in its profile and answers 406 to what it does not speak.
struct Neighbours {
    world: World,
    dfsps: BTreeMap<&'static str, Dfsp>,
}

const SPEAKERS: [(&str, &str, &[&str]); 4] = [
    ("old", "1.0", &[]),
    ("mid", "1.1", &["1.0"]),
    ("new", "2.0", &[]),
    ("wide", "2.0", &["1.1", "1.0"]),
];

impl Neighbours {
    async fn start() -> Neighbours {
        let world = World::start().await;
        let mut dfsps = BTreeMap::new();
        for (name, version, also) in SPEAKERS {
            dfsps.insert(name, joined(&world, name, version, also).await);
        }
        for (name, dfsp) in &dfsps {
            for (other, peer) in &dfsps {
                dfsp.trust(other, peer.public_key_pem()).unwrap();
            }
            for (key, pem) in own_keys(&world.gateway, &world.players) {
                dfsp.trust(&key, &pem).unwrap();
            }
            dfsp.register_party(number(name), name, CURRENCY).await.unwrap();
        }
        Neighbours { world, dfsps }
    }

    fn dfsp(&self, name: &str) -> &Dfsp {
        &self.dfsps[name]
    }

    /// Nobody was sent a version that it does not speak, or a signature that does not verify.
    fn assert_read_by_all(&self) {
        for dfsp in self.dfsps.values() {
            assert_eq!(dfsp.signature_failures(), Vec::<String>::new(), "{}", dfsp.name());
        }
        assert_eq!(self.world.players.failures(), Vec::<String>::new());
    }
}

async fn joined(world: &World, name: &str, version: &str, also: &[&str]) -> Dfsp {
    let key = Arc::new(SigningKey::generate_p256().unwrap());
    let options = DfspOptions {
        hub: Some(world.fspiop()),
        credentials: world.credentials(name),
        version: version.to_owned(),
        also: also.iter().map(|version| (*version).to_owned()).collect(),
        ..DfspOptions::new(name, key)
    };
    let dfsp = Dfsp::start(options).await.unwrap();
    world.admin.create_participant(name, CURRENCY).await.unwrap();
    world.admin.set_limit(name, CURRENCY, 1_000).await.unwrap();
    world.admin.record_funds_in(name, CURRENCY, "1000").await.unwrap();
    world.admin.set_endpoint(name, &dfsp.base_url()).await.unwrap();
    let key = PublicKey::always(dfsp.public_key_pem());
    world.admin.set_keys(name, &[key]).await.unwrap();
    let profile = Profile { versions: dfsp.versions(), ..Profile::default() };
    world.admin.set_profile(name, &profile).await.unwrap();
    dfsp
}

fn number(name: &str) -> PartyId {
    let index = SPEAKERS.iter().position(|(known, ..)| *known == name).unwrap();
    PartyId::new("MSISDN", format!("25510000000{index}"))
}

fn request(payee: PartyId) -> PayRequest {
    PayRequest::new(payee, CURRENCY, "1.5")
}

/// The versions that an error lists, as `1.1`.
fn listed(error: &Value) -> Vec<String> {
    let list = error["errorInformation"]["extensionList"]["extension"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list.iter().map(|item| format!("{}.{}", text(&item["key"]), text(&item["value"]))).collect()
}

/// The versions in which `dfsp` was asked for parties, quotes and transfers, in order.
fn asked_in(dfsp: &Dfsp) -> Vec<String> {
    let asks = |message: &Arc<Received>| matches!(message.method.as_str(), "GET" | "POST");
    let asked = dfsp.received();
    asked.iter().filter(|m| asks(m)).map(|m| m.version().unwrap().to_owned()).collect()
}

/// The version of all three stages, or the versions that 3001 lists.
type Wanted = Result<&'static str, &'static [&'static str]>;

/// Payer, payee, what comes of it.
const MATRIX: [(&str, &str, Wanted); 12] = [
    ("old", "mid", Ok("1.0")),
    ("old", "new", Err(&["2.0"])),
    ("old", "wide", Ok("1.0")),
    ("mid", "old", Ok("1.0")),
    ("mid", "new", Err(&["2.0"])),
    ("mid", "wide", Ok("1.1")),
    ("new", "old", Err(&["1.0"])),
    ("new", "mid", Err(&["1.0", "1.1"])),
    ("new", "wide", Ok("2.0")),
    ("wide", "old", Ok("1.0")),
    ("wide", "mid", Ok("1.1")),
    ("wide", "new", Ok("2.0")),
];

#[tokio::test(flavor = "multi_thread")]
async fn each_pays_each_in_the_highest_version_that_both_speak() {
    let all = Neighbours::start().await;
    for (payer, payee, wanted) in MATRIX {
        let before = asked_in(all.dfsp(payee)).len();
        let outcome = all.dfsp(payer).pay(&request(number(payee))).await.unwrap();
        let asked = asked_in(all.dfsp(payee)).split_off(before);
        match wanted {
            Ok(version) => {
                assert_eq!(outcome.end, PaymentEnd::Committed, "{payer} {payee} {outcome:?}");
                assert_eq!(asked, [version; 3], "{payer} pays {payee}");
            }
            Err(versions) => {
                let PaymentEnd::Failed { stage: Stage::Party, code, .. } = outcome.end else {
                    panic!("{payer} {payee} {outcome:?}");
                };
                assert_eq!((code.as_str(), asked.len()), ("3001", 0), "{payer} {payee}");
                let told = all.dfsp(payer).received();
                let told = told.iter().rev().find(|message| message.is_error()).unwrap();
                assert_eq!(listed(&told.json()), versions, "{payer} {payee}");
                assert_eq!(told.version(), Some(SPEAKERS.iter().find(|s| s.0 == payer).unwrap().1));
                assert_eq!(told.header("fspiop-source"), Some(HUB));
            }
        }
    }
    assert_eq!(all.world.books().await, (0, 0));
    all.assert_read_by_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_pays_and_is_paid_in_every_version() {
    let all = Neighbours::start().await;
    for (name, first, _) in SPEAKERS {
        let iban = PartyId::new("IBAN", ALPINE_IBAN);
        let outcome = all.dfsp(name).pay(&request(iban)).await.unwrap();
        assert_eq!(outcome.end, PaymentEnd::Committed, "{name} {outcome:?}");
        let told = all.dfsp(name).received();
        let commit = |message: &&Arc<Received>| message.object().starts_with("/transfers/");
        assert_eq!(told.iter().rev().find(commit).unwrap().version(), Some(first), "{name}");
        let id = format!("+{}", number(name).identifier);
        let payee = AccountRef::Proxy { kind: "TELE".to_owned(), id };
        let mut order = Order::new(CURRENCY, "2", payee).unwrap();
        order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
        let alpine = &all.world.players.alpine;
        let paid = alpine.pay_pain_001(&order, Some(20), PATIENCE_MS).await.unwrap();
        assert_eq!(paid.status.as_deref(), Some("ACSC"), "{name} {}", paid.xml);
    }
    assert_eq!(all.world.books().await, (0, 0));
    all.assert_read_by_all();
}

/// POST /transfers that nobody sealed.
fn prepare(id: &str, payer: &str, payee: &str) -> Value {
    json!({
        "transferId": id, "payerFsp": payer, "payeeFsp": payee,
        "amount": { "amount": "1.5", "currency": CURRENCY },
        "ilpPacket": "AYIBgQAAAAAAAASwNGxldmVs",
        "condition": "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU",
        "expiration": clock::date_time(clock::now_epoch_ms() + 30_000),
    })
}

fn post(target: &str, to: &str, body: &Value) -> Draft {
    Draft::new(Method::POST, target).to(to).json(body)
}

/// Status, code and listed versions of an answer at once.
fn refused(answer: &causeway_toolkit::http::HttpResponse) -> (u16, String, Vec<String>) {
    let body = answer.json().unwrap();
    let code = body["errorInformation"]["errorCode"].as_str().unwrap().to_owned();
    (answer.status.as_u16(), code, listed(&body))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prepare_that_its_payee_cannot_read_reserves_nothing() {
    let all = Neighbours::start().await;
    let (new, mid) = (all.dfsp("new"), all.dfsp("mid"));
    let sent = new.send(post("/transfers", "mid", &prepare(ULID, "new", "mid"))).await.unwrap();
    assert_eq!(sent.response.status, 202);
    let target = format!("/transfers/{ULID}/error");
    let told = new.await_callback(|message| message.target == target, PATIENCE_MS).await.unwrap();
    assert_eq!(told.json()["errorInformation"]["errorCode"], "3001");
    assert_eq!(listed(&told.json()), ["1.0", "1.1"]);
    assert_eq!(told.version(), Some("2.0"));
    assert_eq!(all.world.books().await, (0, 0));
    assert_eq!(asked_in(mid), Vec::<String>::new());
    let number_of_errors = |dfsp: &Dfsp| dfsp.received().iter().filter(|m| m.is_error()).count();
    assert_eq!(number_of_errors(new), 1);
    new.send(Draft::new(Method::GET, format!("/transfers/{ULID}"))).await.unwrap();
    let unknown = |message: &Received| message.json()["errorInformation"]["errorCode"] == "3208";
    assert_eq!(new.await_callback(unknown, PATIENCE_MS).await.unwrap().version(), Some("2.0"));
    all.assert_read_by_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn who_names_versions_asks_in_them_and_ids_are_of_their_version() {
    let all = Neighbours::start().await;
    let (old, mid, wide) = (all.dfsp("old"), all.dfsp("mid"), all.dfsp("wide"));
    let id = clock::fresh_uuid().unwrap();
    let body = prepare(&id, "mid", "wide");
    let other = mid.send(post("/transfers", "wide", &body).version("2.0")).await.unwrap();
    let versions = ["1.0", "1.1"].map(str::to_owned).to_vec();
    assert_eq!(refused(&other.response), (406, "3001".to_owned(), versions));
    let body = prepare(&id, "old", "mid");
    let other = old.send(post("/transfers", "mid", &body).version("1.1")).await.unwrap();
    assert_eq!(refused(&other.response), (406, "3001".to_owned(), vec!["1.0".to_owned()]));
    let body = prepare(&id, "wide", "new");
    let other = wide.send(post("/transfers", "new", &body).version("3.0")).await.unwrap();
    let versions = ["1.0", "1.1", "2.0"].map(str::to_owned).to_vec();
    assert_eq!(refused(&other.response), (406, "3001".to_owned(), versions));
    let v7 = "01890a5d-ac96-774b-bcce-b302099a8057";
    for (id, version, status) in [
        (ULID, "1.1", 400),
        (v7, "1.1", 400),
        (v7, "2.0", 202),
        ("81ARZ3NDEKTSV4RRFFQ69G5FAV", "2.0", 400),
        ("01arz3ndektsv4rrffq69g5fav", "2.0", 400),
        ("01890a5d-ac96-874b-bcce-b302099a8057", "2.0", 400),
    ] {
        let payee = if version == "2.0" { "new" } else { "mid" };
        let draft = post("/transfers", payee, &prepare(id, "wide", payee)).version(version);
        let answer = wide.send(draft).await.unwrap().response;
        assert_eq!(answer.status, status, "{id} in {version}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ulid_and_its_uuid_are_one_transfer() {
    let all = Neighbours::start().await;
    let (wide, new) = (all.dfsp("wide"), all.dfsp("new"));
    // The same bits as a UUID of version 4 and as a ULID.
    let uuid = clock::fresh_uuid().unwrap();
    let ulid = Id128::from_uuid(&uuid).unwrap().to_ulid();
    let request = PayRequest { transfer_id: Some(ulid.clone()), ..request(number("new")) };
    new.enqueue(Stage::Transfer, Conduct::answering(Answer::Reserved));
    let outcome = wide.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    assert_eq!(outcome.fulfilment_fits, Some(true));
    let is_patch = |message: &Received| message.method == Method::PATCH;
    let patch = new.await_callback(is_patch, PATIENCE_MS).await.unwrap();
    assert_eq!((patch.object(), patch.version()), (&*format!("/transfers/{ulid}"), Some("2.0")));
    // Other terms under a known id, however it is spelt.
    wide.send(post("/transfers", "new", &prepare(&uuid, "wide", "new"))).await.unwrap();
    let modified = |message: &Received| message.json()["errorInformation"]["errorCode"] == "3106";
    wide.await_callback(modified, PATIENCE_MS).await.unwrap();
    let asked = new.received().iter().filter(|m| m.target == "/transfers").count();
    assert_eq!(asked, 1, "nothing of it was passed on");
    assert_eq!(all.world.books().await, (0, 0));
    all.assert_read_by_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_in_another_version_is_refused_and_its_asker_told() {
    let all = Neighbours::start().await;
    let (old, wide) = (all.dfsp("old"), all.dfsp("wide"));
    let in_two = Conduct { version: Some("2.0"), ..Conduct::proper() };
    for stage in [Stage::Party, Stage::Quote] {
        wide.enqueue(stage, in_two.clone());
        let outcome = old.pay(&request(number("wide"))).await.unwrap();
        let PaymentEnd::Failed { stage: failed, code, .. } = outcome.end else {
            panic!("{outcome:?}");
        };
        assert_eq!((failed, code.as_str()), (stage, "3001"));
    }
    // An error says the same in every version: the hub repeats it.
    let failing = Conduct { version: Some("2.0"), ..Conduct::answering(Answer::Error(5101)) };
    wide.enqueue(Stage::Quote, failing.clone());
    let outcome = old.pay(&request(number("wide"))).await.unwrap();
    let PaymentEnd::Failed { stage: Stage::Quote, code, .. } = outcome.end else {
        panic!("{outcome:?}");
    };
    assert_eq!(code, "5101");
    all.assert_read_by_all();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fulfil_is_taken_in_any_version_and_told_in_the_payers() {
    let all = Neighbours::start().await;
    let (old, wide) = (all.dfsp("old"), all.dfsp("wide"));
    let in_two = |answer| Conduct { version: Some("2.0"), ..Conduct::answering(answer) };
    wide.enqueue(Stage::Transfer, in_two(Answer::Proper));
    let outcome = old.pay(&request(number("wide"))).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    assert_eq!(outcome.fulfilment_fits, Some(true));
    let transfer = format!("/transfers/{}", outcome.transfer_id);
    let told = old.received();
    let told = told.iter().find(|message| message.target == transfer).unwrap();
    assert_eq!((told.header("fspiop-source"), told.version()), (Some(HUB), Some("1.0")));
    wide.enqueue(Stage::Transfer, in_two(Answer::Error(5104)));
    let outcome = old.pay(&request(number("wide"))).await.unwrap();
    let PaymentEnd::Failed { stage: Stage::Transfer, code, .. } = outcome.end else {
        panic!("{outcome:?}");
    };
    assert_eq!(code, "5104");
    assert_eq!(all.world.books().await, (0, 0));
    all.assert_read_by_all();
}
