//! Every rule at every edge: tables in `rules/`, and what they have in common.

mod benford;
mod history;
mod mirroring;
mod ours;
mod places;
mod relations;
mod scenes;
mod similarity;
mod usual;
mod velocity;

use frms::rules::{RULES, Rule, Scene};
use frms::{Attempt, ConfiguredRule, Features, OutcomeKind, RuleName};

use frms::rules::Unit;
use scenes::Table;

use crate::{DAY_MS, Screening, attempt, outcome};

const NOW: i64 = 10 * DAY_MS;

/// One earlier payment a word: what became of it and how long ago it was attempted, `+` or `-` a
/// millisecond around the window's edge.
const TABLE: &str = "
| earlier payments                              | 901          | 902          |
|-----------------------------------------------|--------------|--------------|
| none                                          | 1 .01        | 1 .01        |
| paid:1                                        | 2 .02        | 2 .02        |
| pending:1                                     | 2 .02        | 2 .02        |
| paid:1 paid:2                                 | 3 .03        | 3 .03        |
| paid:1 pending:2                              | 3 .03        | 3 .03        |
| pending:1 pending:2 pending:3                 | 4 .03        | 4 .03        |
| aborted:1                                     | 1 .01        | 1 .01        |
| expired:1                                     | 1 .01        | 1 .01        |
| blocked:1                                     | 1 .01        | 1 .01        |
| held:1                                        | 2 .02        | 2 .02        |
| released:1                                    | 2 .02        | 2 .02        |
| paid:86399999                                 | 2 .02        | 2 .02        |
| paid:86400000                                 | 1 .01        | 1 .01        |
| pending:86399999                              | 2 .02        | 2 .02        |
| pending:86400000                              | 1 .01        | 1 .01        |
| paid:86400000 paid:86399999                   | 2 .02        | 2 .02        |
";

fn earlier(screening: &mut Screening, word: &str, id: u128) {
    let Some((what, ago)) = word.split_once(':') else { return };
    let at_ms = NOW - ago.parse::<i64>().unwrap();
    screening.attempt(attempt(id, at_ms, "ann", "bob"));
    let kind = match what {
        "pending" => return,
        "paid" => OutcomeKind::Committed,
        "aborted" => OutcomeKind::Aborted,
        "expired" => OutcomeKind::Expired,
        "blocked" => OutcomeKind::Blocked,
        "held" => OutcomeKind::Held,
        "released" => OutcomeKind::Released,
        _ => panic!("{word}"),
    };
    screening.take(outcome(id, kind, at_ms));
}

#[test]
fn every_band_edge_of_901_and_902() {
    for line in TABLE.trim().lines().skip(2) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let mut screening = Screening::new();
        for (word, id) in cells[0].split_whitespace().zip(1..) {
            earlier(&mut screening, word, id);
        }
        let verdict = screening.attempt(attempt(100, NOW, "ann", "bob"));
        for (result, expected) in verdict.rules.iter().zip(&cells[1..]) {
            let found = format!("{} {}", result.value.unwrap(), result.outcome);
            assert_eq!(&found, expected, "rule {}: {line}", result.name.number());
        }
    }
}

#[test]
fn only_the_debtor_s_outgoing_and_the_creditor_s_incoming_payments_count() {
    let mut screening = Screening::new();
    screening.attempt(attempt(1, NOW, "ann", "carol"));
    screening.attempt(attempt(2, NOW, "bob", "ann"));
    screening.attempt(attempt(3, NOW, "dave", "bob"));
    let verdict = screening.attempt(attempt(4, NOW, "ann", "bob"));
    let values: Vec<_> = verdict.rules.iter().map(|result| result.value).collect();
    assert_eq!(values, [Some(2.0), Some(2.0)]);
}

#[test]
fn the_same_number_at_another_agent_is_another_account() {
    let mut screening = Screening::new();
    screening.attempt(attempt(1, NOW, "ann", "bob"));
    let known = crate::pseudonyms();
    let elsewhere = known.party("MSISDN", "ann", "other");
    let verdict =
        screening.attempt(Attempt { debtor: Some(elsewhere), ..attempt(2, NOW, "ann", "carol") });
    assert_eq!(verdict.rules[0].value, Some(1.0));
    assert_eq!(elsewhere.entity, known.entity("MSISDN", "ann"));
    assert_ne!(known.entity("MSISDN", "ann"), frms::Pseudonyms::new(b"b").entity("MSISDN", "ann"));
}

#[test]
fn what_is_not_known_is_said_and_not_guessed() {
    let mut screening = Screening::new();
    let verdict = screening.attempt(attempt(1, NOW, "-", "-"));
    assert!(verdict.rules.iter().all(|result| result.outcome.as_str() == ".err"));
    assert_eq!(verdict.missing, [frms::Missing::DebtorAccount, frms::Missing::CreditorAccount]);
    assert!(screening.engine.features().is_empty());
}

#[test]
fn a_payment_that_has_failed_leaves_by_exit_00() {
    let failed = attempt(1, NOW, "ann", "bob");
    let features = Features::default();
    let leaves = |rule: &&&Rule| rule.exits.iter().any(|(number, _)| *number == 0);
    for rule in RULES.iter().filter(leaves) {
        let rule = ConfiguredRule::standard(RuleName::new(rule.number, "1.0.0"), rule);
        let of = |ending| {
            let (debtor, creditor, features) = (None, None, &features);
            let watched = frms::Watched::default();
            let as_peer = false;
            let scene =
                Scene { attempt: &failed, ending, debtor, creditor, features, watched, as_peer };
            let found = rule.measure(&scene).unwrap();
            rule.outcome(found.outcome).unwrap().0.to_string()
        };
        assert_eq!(of(Some(OutcomeKind::Aborted)), ".x00");
        assert_eq!(of(Some(OutcomeKind::Expired)), ".x00");
        assert_eq!(of(Some(OutcomeKind::Blocked)), ".x00");
        for under_way in [Some(OutcomeKind::Committed), Some(OutcomeKind::Held), None] {
            assert_ne!(of(under_way), ".x00");
        }
    }
    assert!(Rule::find("901").is_some() && Rule::find("903").is_none());
}

#[test]
fn an_outcome_that_comes_twice_or_before_its_attempt_counts_once() {
    let mut screening = Screening::new();
    screening.take(outcome(1, OutcomeKind::Committed, NOW - 5));
    screening.take(outcome(2, OutcomeKind::Aborted, NOW - 5));
    screening.attempt(attempt(1, NOW - 9, "ann", "bob"));
    screening.attempt(attempt(2, NOW - 9, "ann", "bob"));
    for _ in 0..3 {
        screening.take(outcome(1, OutcomeKind::Committed, NOW - 5));
        screening.attempt(attempt(1, NOW - 9, "ann", "bob"));
    }
    let verdict = screening.attempt(attempt(3, NOW, "ann", "bob"));
    assert_eq!(verdict.rules[0].value, Some(2.0), "the first is paid, the second came to nothing");
}

#[test]
fn the_memory_of_an_account_and_of_all_is_bounded() {
    let mut screening = Screening::new();
    for id in 0..200 {
        screening.attempt(attempt(id, NOW, "ann", &format!("b{id}")));
        screening.take(outcome(id, OutcomeKind::Committed, NOW));
    }
    let verdict = screening.attempt(attempt(1_000, NOW, "ann", "bob"));
    assert_eq!(verdict.rules[0].value, Some(65.0), "64 are remembered, and this one");
    let later = screening.attempt(attempt(1_001, NOW + DAY_MS, "zoe", "bob"));
    assert_eq!(later.rules[0].value, Some(1.0));
}

fn tables() -> Vec<&'static Table> {
    let tables = [
        velocity::TABLES,
        history::TABLES,
        similarity::TABLES,
        mirroring::TABLES,
        places::TABLES,
        ours::TABLES,
        relations::TABLES,
        usual::TABLES,
    ];
    tables.into_iter().flatten().collect()
}

/// What no payment comes to before it has failed, and the engine asks of no failed one; the rest of
/// `.x00` is held by `a_payment_that_has_failed_leaves_by_exit_00`.
const UNREACHABLE: [(&str, &str); 2] = [("044", ".01"), ("045", ".01")];
/// Rules that need to know nothing but the payment.
const NEVER_AT_A_LOSS: [&str; 2] = ["091", "608"];
/// Rules whose limits are deviations above a mean: their tables name the limits in their rows.
const SPREADS: [&str; 4] = ["010", "011", "020", "048"];

#[test]
fn the_tables_come_to_every_outcome_of_a_rule() {
    for table in tables() {
        let rule = Rule::find(table.rule).unwrap();
        let known = ConfiguredRule::standard(RuleName::new(table.rule, "1.0.0"), rule);
        for (outcome, _) in &known.outcomes {
            let outcome = outcome.as_str();
            let exempt = outcome == ".x00"
                || UNREACHABLE.contains(&(table.rule, outcome))
                || outcome == ".err" && NEVER_AT_A_LOSS.contains(&table.rule);
            let reached = table.rows().any(|row| row.outcome() == outcome);
            assert!(reached != exempt, "rule {}: {outcome}", table.rule);
        }
    }
}

#[test]
#[allow(clippy::float_arithmetic, reason = "a value just below a limit")]
fn the_tables_stand_at_and_just_below_every_limit() {
    for table in tables().into_iter().filter(|table| !SPREADS.contains(&table.rule)) {
        let rule = Rule::find(table.rule).unwrap();
        let frms::rules::Outcomes::Bands(bands) = rule.outcomes else { continue };
        for (limit, outcome) in bands.iter().skip(1) {
            let step = match rule.unit {
                Unit::Count | Unit::Milliseconds => 1.0,
                _ => limit * 0.001,
            };
            let values = || table.rows().filter_map(|row| row.value());
            let at = values().any(|value| value >= *limit && value < limit + step);
            let below = values().any(|value| value < *limit && value >= limit - step);
            let lowest = UNREACHABLE.iter().any(|(rule, _)| *rule == table.rule) && *limit < 2.0;
            assert!(at && (below || lowest), "rule {}: {limit} {outcome}", table.rule);
        }
    }
}

/// Rules 054 and 063 are held by `benford`: too many payments for a row.
const COMPUTED: [&str; 2] = ["054", "063"];

#[test]
fn every_rule_has_one_table() {
    let mut held: Vec<&str> = tables().iter().map(|table| table.rule).chain(COMPUTED).collect();
    held.sort_unstable();
    assert_eq!(held, RULES.map(|rule| rule.number));
}

#[test]
fn rules_have_no_other_exits_than_are_named() {
    let exits = RULES.iter().flat_map(|rule| rule.exits).map(|(number, _)| *number);
    assert!(exits.into_iter().all(|number| [0, 1, 3, 4].contains(&number)));
}
