//! The 44 arithmetic vectors, the boundaries, and the promise that nothing wraps.

use fspiop::deadline::{
    Answer, Budget, Down, Input, Journey, Profile, TimeRefusal, TimedResource, Timeout,
    TimeoutHeaders, TimeoutStage,
};
use fspiop::error::Refusal;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::shared_or_skip;

#[test]
fn every_vector_has_its_outcome() {
    let Some(path) = shared_or_skip("data/security/timeouts/timeout-vectors.json") else { return };
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(vectors.len(), 44);
    for vector in vectors {
        let mut got = outcome_of(vector);
        let expected = vector["expect"].as_object().unwrap();
        // A refusal's vector says less than we know: compare what it says, and every member of it.
        if expected["outcome"] != "forward" {
            got.retain(|member, _| expected.contains_key(member));
        }
        assert_eq!(Value::Object(got), vector["expect"], "{} {}", vector["id"], vector["title"]);
    }
}

#[test]
fn the_profiles_hold_the_shared_tables() {
    let Some(path) = shared_or_skip("data/security/timeouts/timeout-vectors.json") else { return };
    let file: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for (profile, rows) in file["profiles"].as_object().unwrap() {
        let profile = Profile::named(profile).unwrap();
        for (resource, numbers) in rows.as_object().unwrap() {
            let row = profile.row(resource_named(resource)).unwrap();
            let ours =
                [row.default_ms, row.max_ms, row.answer_margin_ms, row.link_ms, row.floor_ms];
            assert_eq!(json!(ours), *numbers, "{} {resource}", profile.name);
        }
    }
}

#[test]
fn an_instant_scheme_offers_no_bulk() {
    assert_eq!(Profile::INSTANT_10S.row(TimedResource::BulkQuotes), None);
    assert_eq!(Profile::INSTANT_10S.row(TimedResource::BulkTransfers), None);
}

/// T21: margin 2000, link 250, floor 1000: 3250 is the last header that reaches the payee at once.
#[test]
fn the_floor_is_exact_to_the_millisecond() {
    let budget = transfer_budget(b"3250", 60_000);
    assert_eq!(budget.down(0), Down::Forward { timeout: Timeout::at_most(1_000) });
    let Down::Refuse(refusal) = budget.down(1) else { panic!("must refuse") };
    assert_eq!((refusal.http_status(), refusal.code.number()), (400, 3303));
    assert_eq!(refusal.once_accepted().answer, Answer::ErrorCallback);
}

#[test]
fn a_timeout_says_where_it_happened() {
    let extensions = TimeoutStage::AwaitingCallback.extensions(30_000, 27_900, "hub");
    let said: Vec<_> =
        extensions.iter().map(|said| (said.key.as_str(), said.value.as_str())).collect();
    assert_eq!(
        said,
        [
            ("timeoutStage", "awaiting-callback"),
            ("timeoutEffectiveMs", "30000"),
            ("timeoutElapsedMs", "27900"),
            ("timeoutHop", "hub"),
        ]
    );
}

/// The gateway hands these to the core, which checks each attempt with them as `down` would.
#[test]
fn the_parts_of_a_budget_give_the_same_answer_as_down() {
    let budget = transfer_budget(b"30000", 60_000);
    let down = budget.onward_ms() - 120 - budget.link_ms();
    assert_eq!(budget.down(120), Down::Forward { timeout: Timeout::at_most(down) });
    assert_eq!((down, budget.floor_ms()), (27_630, Some(1_000)));
}

/// T24.
#[test]
fn a_header_may_stand_once() {
    let lines = [("FSPIOP-Timeout", &b"30000"[..]), ("fspiop-timeout", b"30000")];
    let refusal = TimeoutHeaders::read(lines, false).unwrap_err();
    assert_eq!((refusal.http_status(), refusal.code.number()), (400, 3101));
    assert_eq!(Refusal::from(refusal).status, 400);
}

#[test]
fn through_a_proxy_no_clock_ends_a_transfer() {
    let headers = TimeoutHeaders { timeout: Timeout::at_most(30_000), origin: None };
    let input = Input { to_proxy: true, ..input(TimedResource::Transfers, headers, Some(60_000)) };
    let row = Profile::FSPIOP_DEFAULT.row(TimedResource::Transfers).unwrap();
    let budget = Budget::compute(row, &input).unwrap();
    assert_eq!((budget.ledger_expiry_ms, budget.effective(), budget.own_ms), (None, None, 28_000));
}

/// A transfer that is valid until the year 9999 must not make a header of ten digits.
#[test]
fn the_next_header_never_has_more_than_nine_digits() {
    let input =
        input(TimedResource::Transfers, TimeoutHeaders::default(), Some(250_000_000_000_000));
    let row = Profile::FSPIOP_DEFAULT.row(TimedResource::Transfers).unwrap();
    let budget = Budget::compute(row, &input).unwrap();
    assert_eq!(budget.down(0), Down::Forward { timeout: Timeout::parse(b"999999999") });
    assert_eq!(budget.ledger_expiry_ms, Some(250_000_000_000_000));
}

#[test]
fn callbacks_and_screening_share_the_budget() {
    let budget = transfer_budget(b"30000", 60_000);
    assert_eq!(budget.upstream(1_000), Timeout::at_most(29_000));
    assert_eq!(budget.upstream(30_000), None);
    assert_eq!(budget.screening_cap_ms(150), 150);
    assert_eq!(transfer_budget(b"2000", 60_000).screening_cap_ms(150), 100);
}

#[test]
fn a_hop_that_holds_a_message_without_deducting_is_noticed() {
    let headers =
        TimeoutHeaders { timeout: Timeout::at_most(25_000), origin: Timeout::at_most(30_000) };
    assert!(!headers.held_without_deducting(7_000));
    assert!(headers.held_without_deducting(7_001));
    assert!(!headers.held_without_deducting(-60_000), "the sender's clock is ahead");
}

#[test]
fn a_journey_shares_one_budget() {
    let journey = Journey::start(&Profile::INSTANT_10S, Some(1_000), None);
    assert_eq!(journey.left_ms(0), 9_000);
    assert_eq!(journey.stage(TimedResource::Parties, 0), Timeout::at_most(5_000));
    assert_eq!(journey.stage(TimedResource::Transfers, 1_500), Timeout::at_most(7_500));
    assert_eq!(journey.stage(TimedResource::Transfers, 9_000), None);
    assert_eq!(journey.expiration_ms(), 6_500);
    assert_eq!(Journey::start(&Profile::INSTANT_10S, Some(-5_000), None).left_ms(0), 10_000);
    let cut = Journey::start(&Profile::FSPIOP_DEFAULT, None, Some(4_000));
    assert_eq!((cut.left_ms(0), cut.expiration_ms()), (30_000, 4_000));
}

#[test]
fn requests_find_their_row() {
    let rows = [
        ("POST", "/transfers", Some(TimedResource::Transfers)),
        ("GET", "/transfers/85feac2f", Some(TimedResource::Get)),
        ("GET", "/parties/MSISDN/1", Some(TimedResource::Parties)),
        ("GET", "/services/FXP", Some(TimedResource::Parties)),
        ("GET", "/participants/MSISDN/1?currency=USD", Some(TimedResource::Participants)),
        ("POST", "/thirdpartyRequests/authorizations", Some(TimedResource::Authorizations)),
        ("POST", "/thirdpartyRequests/transactions", Some(TimedResource::ThirdParty)),
        ("POST", "/consentRequests", Some(TimedResource::ThirdParty)),
        ("GET", "/authorizations/1", Some(TimedResource::Authorizations)),
        ("GET", "/thirdpartyRequests/authorizations/1", Some(TimedResource::Get)),
        ("GET", "/accounts/username", Some(TimedResource::ThirdParty)),
        ("GET", "/transactions/1", Some(TimedResource::Get)),
        ("POST", "/settlements", None),
        ("POST", "/", None),
    ];
    for (method, path, row) in rows {
        assert_eq!(TimedResource::of(method, path), row, "{method} {path}");
    }
}

fn any_resource() -> impl Strategy<Value = TimedResource> {
    use TimedResource::*;
    prop::sample::select(vec![
        Participants,
        Parties,
        TransactionRequests,
        Quotes,
        FxQuotes,
        Authorizations,
        Transfers,
        FxTransfers,
        BulkQuotes,
        BulkTransfers,
        ThirdParty,
        Get,
    ])
}

/// Mostly human-scale numbers, and the whole of u64.
fn any_ms() -> impl Strategy<Value = u64> {
    prop_oneof![0..200_000_u64, any::<u64>(), Just(0), Just(u64::MAX)]
}

proptest! {
    /// T26: whatever comes in, no duration wraps, grows with the time, or exceeds what bounds it.
    #[test]
    fn no_duration_wraps(
        resource in any_resource(),
        instant in any::<bool>(),
        timeout in prop::option::of(any_ms()),
        origin in prop::option::of(any_ms()),
        expiration in prop::option::of(prop_oneof![any::<i64>(), -1_000..200_000_i64]),
        first_sight in prop::option::of(any_ms()),
        honours in any::<bool>(),
        elapsed in any_ms(),
        later in any_ms(),
    ) {
        let profile = if instant { &Profile::INSTANT_10S } else { &Profile::FSPIOP_DEFAULT };
        let headers = TimeoutHeaders {
            timeout: timeout.and_then(Timeout::at_most),
            origin: origin.and_then(Timeout::at_most),
        };
        let Some(row) = profile.row(resource) else { return Ok(()) };
        let input = Input {
            first_sight_remaining_ms: first_sight,
            payee_honours_timeout: honours,
            ..input(resource, headers, expiration)
        };
        let Ok(budget) = Budget::compute(row, &input) else {
            prop_assert!(expiration.is_some_and(|ms| ms <= 0)
                || headers.timeout.is_none() && first_sight.is_some_and(|ms| ms <= row.answer_margin_ms));
            return Ok(());
        };
        prop_assert!(budget.own_ms <= budget.effective_ms);
        if let Some(expiration) = expiration {
            prop_assert!(budget.effective_ms <= expiration as u64);
        }
        let cut = [headers.timeout, headers.origin].into_iter().flatten().map(Timeout::ms).min();
        if let Some(cut) = cut.filter(|_| headers.timeout.is_some()) {
            prop_assert!(budget.upstream(0).is_some_and(|left| left.ms() <= cut)
                || resource.is_transfer() && !honours
                || first_sight == Some(0));
            let down = down_ms(&budget, elapsed).unwrap_or(0);
            prop_assert!(down + elapsed.min(down) <= cut.saturating_add(elapsed) && down <= cut);
        }
        let (now, then) = (elapsed, elapsed.saturating_add(later));
        prop_assert!(down_ms(&budget, then).unwrap_or(0) <= down_ms(&budget, now).unwrap_or(0));
        let floor = headers.timeout.map_or(1, |_| row.floor_ms);
        prop_assert!(down_ms(&budget, now).is_none_or(|down| down >= floor));
    }

    /// T25: the parser takes what the regular expression takes.
    #[test]
    fn the_header_is_nine_digits_at_most(text in "[0-9 +,.es-]{0,11}") {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let taken = digits && (1..=9).contains(&text.len()) && !text.starts_with('0');
        prop_assert_eq!(Timeout::parse(text.as_bytes()).is_some(), taken);
        if let Some(timeout) = Timeout::parse(text.as_bytes()) {
            prop_assert_eq!(timeout.to_string(), text);
        }
    }
}

fn down_ms(budget: &Budget, elapsed_ms: u64) -> Option<u64> {
    match budget.down(elapsed_ms) {
        Down::Forward { timeout } => timeout.map(Timeout::ms),
        Down::Refuse(_) => None,
    }
}

fn transfer_budget(timeout: &[u8], expiration_ms: i64) -> Budget {
    let headers = TimeoutHeaders { timeout: Timeout::parse(timeout), origin: None };
    let row = Profile::FSPIOP_DEFAULT.row(TimedResource::Transfers).unwrap();
    Budget::compute(row, &input(TimedResource::Transfers, headers, Some(expiration_ms))).unwrap()
}

fn input(resource: TimedResource, headers: TimeoutHeaders, expiration_ms: Option<i64>) -> Input {
    Input {
        resource,
        headers,
        expiration_minus_now_ms: expiration_ms,
        first_sight_remaining_ms: None,
        payee_honours_timeout: true,
        to_proxy: false,
    }
}

fn resource_named(name: &str) -> TimedResource {
    match name {
        "thirdparty-authorizations" => TimedResource::Authorizations,
        resource => TimedResource::of("POST", &format!("/{resource}")).unwrap(),
    }
}

type Members = serde_json::Map<String, Value>;

fn outcome_of(vector: &Value) -> Members {
    let lines = [("FSPIOP-Timeout", "timeout"), ("FSPIOP-Timeout-Origin", "origin")];
    let lines = lines
        .iter()
        .filter_map(|(name, member)| Some((*name, vector[member].as_str()?.as_bytes())));
    let protected = vector["timeoutProtectedInJws"].as_bool().unwrap_or(false);
    let headers = match TimeoutHeaders::read(lines, protected) {
        Ok(headers) => headers,
        Err(refusal) => return refused(&refusal),
    };
    let resource = resource_named(vector["resource"].as_str().unwrap());
    let profile = Profile::named(vector["profile"].as_str().unwrap()).unwrap();
    let input = Input {
        first_sight_remaining_ms: vector["storedRemainingMs"].as_u64(),
        payee_honours_timeout: vector["payeeHonoursTimeout"].as_bool().unwrap(),
        ..input(resource, headers, vector["expirationMinusNowMs"].as_i64())
    };
    match Budget::compute(profile.row(resource).unwrap(), &input) {
        Ok(budget) => budgeted(&budget, vector["elapsedMs"].as_u64().unwrap_or(0)),
        Err(refusal) => refused(&refusal),
    }
}

fn budgeted(budget: &Budget, elapsed_ms: u64) -> Members {
    let violations: Vec<_> = budget.violations.iter().map(|violation| violation.as_str()).collect();
    let mut members = Members::new();
    members.insert("effectiveMs".into(), json!(budget.effective_ms));
    members.insert("ownDeadlineFromIngressMs".into(), json!(budget.own_ms));
    members.insert("originForwarded".into(), json!(budget.origin.map(|origin| origin.to_string())));
    members.insert("violations".into(), json!(violations));
    match budget.down(elapsed_ms) {
        Down::Forward { timeout } => {
            if let Some(expiry_ms) = budget.ledger_expiry_ms {
                members.insert("ledgerExpiryFromIngressMs".into(), json!(expiry_ms));
            }
            members.insert("downstreamTimeoutMs".into(), json!(timeout.map(Timeout::ms)));
            members.insert("outcome".into(), json!("forward"));
        }
        Down::Refuse(refusal) => members.extend(refused(&refusal)),
    }
    members
}

fn refused(refusal: &TimeRefusal) -> Members {
    let outcome = match refusal.answer {
        Answer::Reject => "reject",
        Answer::ErrorCallback => "accept-then-error-callback",
    };
    let mut members = Members::new();
    members.insert("outcome".into(), json!(outcome));
    members.insert("http".into(), json!(refusal.http_status()));
    members.insert("errorCode".into(), json!(refusal.code.digits()));
    members
}
