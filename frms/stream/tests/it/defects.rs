//! A rule that panics: its own result is gone, the scorer goes on, and it is counted.

use std::sync::Arc;

use frms::rules::{Measure, Outcomes, Rule, Unit};
use frms::{Catalogue, ConfiguredRule, Decision, Engine, Missing, RuleName};
use frms_stream::{Beginning, InProcess, Standing, Stream, channel, start_on};

use super::{PATIENCE, attempt, committed};

static BROKEN: Rule = Rule {
    number: "999",
    name: "a rule with a defect",
    measures: "nothing",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[(f64::NEG_INFINITY, "anything")]),
    exits: &[],
    measure: |scene, _| match scene.attempt.id.0 {
        2 | 4 => panic!("a defect, as it is meant to be"),
        _ => Measure::Number(1.0),
    },
    contributors: |_, _| Vec::new(),
};

#[tokio::test]
async fn a_rule_that_panics_is_counted_and_holds_up_nobody() {
    let broken = ConfiguredRule::standard(RuleName::new("999@1.0.0", "1.0.0"), &BROKEN);
    let catalogue = Catalogue::standard().unwrap().with_rule(broken);
    let (stream, standing) = (Stream::new("s"), Arc::<Standing>::default());
    let (client, requests) = channel(64);
    let beginning =
        Beginning { standing: Arc::clone(&standing), ..Beginning::of(Engine::new(catalogue)) };
    start_on(InProcess::new(Arc::clone(&stream)), beginning, requests).unwrap();
    for id in 1..=5_u128 {
        let verdict = client.screen(attempt(id), PATIENCE).await.unwrap();
        let fails = id % 2 == 0;
        let outcome = verdict.rule("999").unwrap().outcome.to_string();
        assert_eq!(outcome, if fails { ".err" } else { ".01" }, "{id}");
        assert_eq!(verdict.missing.contains(&Missing::FailedRule), fails, "{id}");
        assert_eq!(verdict.is_incomplete(), fails, "{id}");
        // The others have their results, and the payment its place in the history.
        assert_eq!(verdict.rule("901").unwrap().value, Some(id as f64), "{id}");
        assert_eq!(verdict.decision, Decision::Allow);
    }
    let numbers = standing.numbers();
    assert_eq!((numbers.verdicts, numbers.failed_rules, numbers.missing_rulings), (5, 2, 0));
    // The verdict after the commit lacks the result as well, and is counted as well.
    stream.append(committed(4));
    client.screen(attempt(7), PATIENCE).await.unwrap();
    assert_eq!(standing.numbers().failed_rules, 3);
}
