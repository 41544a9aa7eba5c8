//! Tables: `time | event | result`. Each runs twice, every event in a batch of its own and all
//! events in one batch, and must give the same column of results.

use std::fmt::Write;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use switch::{
    Abort, AccountKey, AccountKind, AccountNumber, Cause, Command, Condition, Confirmation,
    Currency, Decision, Effect, ExternalState, Fulfil, FulfilState, Fulfilment, Hash, Key, Money,
    Outcome, ParticipantName, PartyId, PartyKind, Prepare, RecordFundsIn, Refusal, Release,
    ReportedError, Row, Rules, Standing, Timestamp, TransferId, Verdict,
};

use crate::ledger::Ledger;

/// Alfa, beta and gamma pay each other in XTS: each has 100 in and a cap of 100. Accounts are
/// numbered hub 1, 2; alfa 3 (position), 4 (settlement), 5; beta 6, 7, 8; gamma 9, 10, 11.
const SCHEME: &str = "
    0 | hub reconciliation      | ok
    0 | hub settlement          | ok
    0 | join alfa               | ok
    0 | join beta               | ok
    0 | join gamma              | ok
    0 | limit alfa 100 alarm=90 | ok
    0 | limit beta 100 alarm=90 | ok
    0 | limit gamma 100 alarm=90| ok
    0 | funds 901 alfa 4 100    | ok
    0 | funds 902 beta 7 100    | ok
    0 | funds 903 gamma 10 100  | ok
";

/// Runs a table after [`SCHEME`].
#[track_caller]
pub fn check_scheme(rules: Rules, table: &str) {
    check(rules, &format!("{SCHEME}{table}"));
}

/// Runs a table; on a difference, prints the whole table as it came out.
#[track_caller]
pub fn check(rules: Rules, table: &str) {
    for one_batch in [false, true] {
        let (mut expected, mut actual) = (String::new(), String::new());
        for (row, result) in run(&rules, table, one_batch) {
            let (events, wish) = row.rsplit_once('|').expect("three columns");
            writeln!(expected, "{} | {}", events.trim(), wish.trim()).unwrap();
            writeln!(actual, "{} | {result}", events.trim()).unwrap();
        }
        assert!(
            expected == actual,
            "\nexpected:\n{expected}\nactual (one batch: {one_batch}):\n{actual}"
        );
    }
}

fn run<'a>(rules: &Rules, table: &'a str, one_batch: bool) -> Vec<(&'a str, String)> {
    let mut ledger = Ledger { rules: rules.clone(), ..Ledger::default() };
    let mut queue: Vec<(&str, (Timestamp, Command))> = Vec::new();
    let mut results = Vec::new();
    let rows = table.lines().map(str::trim).filter(|row| !row.is_empty());
    for row in rows.filter(|row| !row.starts_with('#')) {
        let mut columns = row.split('|').map(str::trim);
        let at = Timestamp(columns.next().unwrap().parse().expect("a time"));
        let words: Vec<&str> = columns.next().expect("an event").split_whitespace().collect();
        if matches!(words[0], "accounts" | "transfer") {
            flush(&mut ledger, &mut queue, &mut results);
            results.push((row, probe(&ledger, &words)));
            continue;
        }
        queue.push((row, (at, command(&words, at))));
        if !one_batch {
            flush(&mut ledger, &mut queue, &mut results);
        }
    }
    flush(&mut ledger, &mut queue, &mut results);
    results
}

fn flush<'a>(
    ledger: &mut Ledger,
    queue: &mut Vec<(&'a str, (Timestamp, Command))>,
    results: &mut Vec<(&'a str, String)>,
) {
    let (rows, commands): (Vec<_>, Vec<_>) = queue.drain(..).unzip();
    let decisions = ledger.batch(&commands);
    results.extend(rows.into_iter().zip(decisions.iter().map(shown)));
}

// === reading events ===

/// `accounts NAME` and `transfer ID`.
fn probe(ledger: &Ledger, words: &[&str]) -> String {
    if words[0] == "transfer" {
        let Some(Row::Transfer(transfer)) = ledger.rows.get(&Key::Transfer(id(words[1]))) else {
            return "none".to_owned();
        };
        let evidence = transfer.late_fulfil.as_ref().map_or(String::new(), |late| {
            let right = if late.meets_condition { "right" } else { "wrong" };
            format!(", late {:?} {right}", late.state)
        });
        return format!("{:?}{}{evidence}", transfer.state, cause(transfer.cause.as_ref()));
    }
    let row = |kind| ledger.rows.get(&Key::Account(account(words[1], kind)));
    let (
        Some(Row::Account(position)),
        Some(Row::Account(in_flight)),
        Some(Row::Account(settlement)),
    ) = (row(AccountKind::Position), row(AccountKind::InFlight), row(AccountKind::Settlement))
    else {
        return "none".to_owned();
    };
    let Standing { position, reserved, value } = Standing::of(position, in_flight).unwrap();
    let cover = settlement.balance.negated();
    format!("position {position} reserved {reserved} value {value} cover {cover}")
}

fn cause(cause: Option<&Cause>) -> String {
    match cause {
        None => String::new(),
        Some(Cause::Hub(refusal)) => format!(" by {}", named(refusal)),
        Some(Cause::Payee(error)) => format!(" by payee {}", error.code),
    }
}

fn command(words: &[&str], now: Timestamp) -> Command {
    let options = Options(words);
    match words[0] {
        "hub" => Command::CreateHubAccount {
            kind: match words[1] {
                "reconciliation" => AccountKind::HubReconciliation,
                "settlement" => AccountKind::HubMultilateralSettlement,
                _ => AccountKind::Position,
            },
            currency: options.currency(),
        },
        "join" => Command::CreateParticipant {
            name: name(words[1]),
            currency: options.currency(),
            is_proxy: words.contains(&"proxy"),
        },
        "start" | "stop" => {
            Command::SetParticipantActive { name: name(words[1]), active: words[0] == "start" }
        }
        "open" | "close" => Command::SetAccountActive {
            participant: name(words[1]),
            account: AccountNumber(words[2].parse().expect("a number")),
            active: words[0] == "open",
        },
        "limit" => Command::SetInitialPositionAndLimit {
            participant: name(words[1]),
            initial_position: options.money_or("position", "0"),
            net_debit_cap: options.money(words[2]),
            alarm_percentage: options.number("alarm").map(|number| number as u8),
        },
        "relimit" => Command::SetLimit {
            participant: name(words[1]),
            net_debit_cap: options.money(words[2]),
            alarm_percentage: options.number("alarm").map(|number| number as u8),
        },
        "funds" => Command::RecordFundsIn(Box::new(RecordFundsIn {
            id: id(words[1]),
            hash: hash(options.value("hash").unwrap_or("funds")),
            participant: name(words[2]),
            account: AccountNumber(words[3].parse().expect("a number")),
            money: options.money(words[4]),
            reason: "cover".to_owned(),
            external_reference: "none".to_owned(),
        })),
        "register" | "deregister" => directory_command(words),
        "ranges" => Command::SetPartyRanges {
            kind: PartyKind::try_from(words[1].to_owned()).unwrap(),
            participant: name(words[2]),
            prefixes: words[3..].iter().map(|prefix| (*prefix).to_owned()).collect(),
        },
        _ => transfer_command(words, now),
    }
}

fn directory_command(words: &[&str]) -> Command {
    let party = party(words[1]);
    let currency = Options(words).value("in").map(|code| code.parse().unwrap());
    let participant = name(words[2]);
    match words[0] {
        "register" => Command::RegisterParty { party, currency, participant },
        _ => Command::DeregisterParty { party, currency, participant },
    }
}

fn transfer_command(words: &[&str], now: Timestamp) -> Command {
    let options = Options(words);
    let id = id(words[1]);
    let spelling = format!("t{}", words[1]);
    match words[0] {
        "prepare" => Command::Prepare(Box::new(prepare(words, now))),
        "fulfil" => Command::Fulfil(Box::new(fulfil(words))),
        "abort" => {
            let (source, destination) = pair(words[2]);
            let code = words[3].parse().expect("a code");
            let error = ReportedError { code, description: String::new(), extensions: vec![] };
            let hash = hash(words[3]);
            Command::Abort(Box::new(Abort { id, spelling, source, destination, error, hash }))
        }
        "expire" => Command::Expire { id },
        "never-sent" => Command::NeverSent { id },
        "release" => {
            let (payer, payee) = pair(words[2]);
            let currency = options.currency();
            Command::Release(Box::new(Release { id, payer, payee, currency }))
        }
        "block" => Command::Block { id },
        "get" => Command::Inquire { id, spelling, by: name(words[2]) },
        other => panic!("unknown event {other} {options:?}"),
    }
}

/// `prepare ID PAYER>PAYEE AMOUNT [for=MS] [own=MS] [by=MS] [floor=MS] [source=] [in=] [verdict=] [hash=]`
fn prepare(words: &[&str], now: Timestamp) -> Prepare {
    let options = Options(words);
    let (payer, payee) = pair(words[2]);
    let expiration = now.plus_ms(options.number("for").unwrap_or(1000));
    let expires_at = options.number("own").map_or(expiration, |ms| now.plus_ms(ms));
    let terms = format!("{payer}>{payee} {}", words[3]);
    Prepare {
        id: id(words[1]),
        spelling: format!("t{}", words[1]),
        source: options.value("source").map_or(payer.clone(), name),
        payer,
        payee,
        money: options.money(words[3]),
        condition: condition(words[1]),
        expiration,
        expires_at,
        reserve_by: options.number("by").map(Timestamp),
        hold_until: expires_at.plus_ms(-options.number("floor").unwrap_or(0)),
        hash: hash(options.value("hash").unwrap_or(&terms)),
        verdict: match options.value("verdict") {
            None => Verdict::NotScreened,
            Some("allowed") => Verdict::Allowed,
            Some("hold") => Verdict::Hold,
            Some(_) => Verdict::Blocked,
        },
        verdict_reference: None,
    }
}

/// `fulfil ID FROM>TO reserved|committed [wrong|worse]`
fn fulfil(words: &[&str]) -> Fulfil {
    let (source, destination) = pair(words[2]);
    let state = if words[3] == "reserved" { FulfilState::Reserved } else { FulfilState::Committed };
    let mut fulfilment = fulfilment(words[1]);
    fulfilment.0[1] = match words.get(4) {
        None => 0,
        Some(&"wrong") => 1,
        Some(_) => 2,
    };
    Fulfil {
        id: id(words[1]),
        spelling: format!("t{}", words[1]),
        source,
        destination,
        state,
        fulfilment,
        hash: hash(&format!("{fulfilment:?} {state:?}")),
        completed_at: None,
    }
}

#[derive(Debug)]
struct Options<'a>(&'a [&'a str]);

impl<'a> Options<'a> {
    fn value(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find_map(|word| word.strip_prefix(key)?.strip_prefix('='))
    }

    fn number(&self, key: &str) -> Option<i64> {
        self.value(key).map(|text| text.parse().expect("a number"))
    }

    fn currency(&self) -> Currency {
        self.value("in").unwrap_or("XTS").parse().unwrap()
    }

    fn money(&self, amount: &str) -> Money {
        match amount.strip_prefix('-') {
            Some(amount) => Money::amount(amount, self.currency()).unwrap().negated(),
            None => Money::amount(amount, self.currency()).unwrap(),
        }
    }

    fn money_or(&self, key: &str, otherwise: &str) -> Money {
        self.money(self.value(key).unwrap_or(otherwise))
    }
}

fn id(word: &str) -> TransferId {
    TransferId(word.parse().expect("an id"))
}

pub fn name(word: &str) -> ParticipantName {
    ParticipantName::from_str(word).unwrap()
}

/// `MSISDN/123` or `MSISDN/123/sub`.
pub fn party(word: &str) -> PartyId {
    let mut parts = word.split('/');
    PartyId::new(parts.next().unwrap(), parts.next().unwrap(), parts.next()).unwrap()
}

fn pair(word: &str) -> (ParticipantName, ParticipantName) {
    let (from, to) = word.split_once('>').expect("from>to");
    (name(from), name(to))
}

fn account(owner: &str, kind: AccountKind) -> AccountKey {
    AccountKey { participant: name(owner), currency: "XTS".parse().unwrap(), kind }
}

fn hash(text: &str) -> Hash {
    Hash(sha256(text.as_bytes()))
}

fn fulfilment(id: &str) -> Fulfilment {
    let mut bytes = [0; 32];
    bytes[0] = id.parse().expect("a small id");
    Fulfilment(bytes)
}

fn condition(id: &str) -> Condition {
    Condition(sha256(&fulfilment(id).0))
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().unwrap()
}

// === showing results ===

fn shown(decision: &Decision) -> String {
    let outcome = match &decision.outcome {
        Outcome::Accepted => "ok".to_owned(),
        Outcome::Resent => "resent".to_owned(),
        Outcome::InProgress => "pending".to_owned(),
        Outcome::Late => "late".to_owned(),
        Outcome::State(state) => external(*state).to_owned(),
        Outcome::Refused(refusal) => format!("no {}", named(refusal)),
    };
    let effects = decision.effects.iter().filter(|effect| !is_supersede(effect)).map(told);
    let superseded = decision.effects.iter().any(is_supersede);
    let ended = superseded.then(|| "end".to_owned());
    std::iter::once(outcome).chain(ended).chain(effects).collect::<Vec<_>>().join(", ")
}

fn is_supersede(effect: &Effect) -> bool {
    matches!(effect, Effect::SupersedePrepare { .. })
}

fn told(effect: &Effect) -> String {
    let to = effect.to().map_or("operator", ParticipantName::as_str);
    let again = |resent: &bool| if *resent { " again" } else { "" };
    match effect {
        Effect::ForwardPrepare { .. } => format!("{to}: prepare"),
        Effect::HoldPrepare { until, .. } => format!("{to}: hold until {}", until.0),
        Effect::HoldEnded { end, .. } => format!("{end:?}").to_lowercase(),
        Effect::ForwardFulfil { resent, .. } => format!("{to}: fulfil{}", again(resent)),
        Effect::ForwardAbort { error, resent, .. } => {
            format!("{to}: abort {}{}", error.code, again(resent))
        }
        Effect::NotifyCommitted { .. } => format!("{to}: committed"),
        Effect::ConfirmToPayee { confirmation, .. } => match confirmation {
            Confirmation::Committed => format!("{to}: patch COMMITTED"),
            Confirmation::Aborted { cause: None } => format!("{to}: patch ABORTED"),
            Confirmation::Aborted { cause: Some(refusal) } => {
                format!("{to}: patch ABORTED {}", named(refusal))
            }
        },
        Effect::CopyToPayee { state, .. } => format!("{to}: copy {}", external(*state)),
        Effect::Error { refusal, .. } => format!("{to}: error {}", named(refusal)),
        Effect::StateTo { state, fulfilment, .. } => {
            let with = if fulfilment.is_some() { " with fulfilment" } else { "" };
            format!("{to}: state {}{with}", external(*state))
        }
        Effect::SupersedePrepare { .. } => format!("{to}: superseded"),
        Effect::PollForwarded { .. } => format!("{to}: get"),
        Effect::LimitAlarm { value, liquidity, .. } => format!("{to}: alarm {value}/{liquidity}"),
        Effect::LimitAdjusted { net_debit_cap, .. } => format!("{to}: limit {net_debit_cap}"),
        Effect::PositionAboveLimitAlert { value, net_debit_cap, .. } => {
            format!("{to}: alert {value}>{net_debit_cap}")
        }
        Effect::Reconciliation { meets_condition, .. } => {
            format!("{to}: reconcile {}", if *meets_condition { "right" } else { "wrong" })
        }
    }
}

fn external(state: ExternalState) -> &'static str {
    match state {
        ExternalState::Received => "RECEIVED",
        ExternalState::Reserved => "RESERVED",
        ExternalState::Committed => "COMMITTED",
        ExternalState::Aborted => "ABORTED",
    }
}

/// A refusal's variant without its fields.
fn named(refusal: &Refusal) -> String {
    let text = format!("{refusal:?}");
    text.split([' ', '{']).next().unwrap_or_default().to_owned()
}
