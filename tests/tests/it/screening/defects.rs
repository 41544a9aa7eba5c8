//! What goes wrong inside: a rule that panics, and conditions about what nobody knows.

use frms::rules::{Measure, Outcomes, Rule, Unit};
use frms::{Catalogue, ConfiguredRule, Engine, Missing, RuleName};
use frms_stream::channel;

use super::*;

static BROKEN: Rule = Rule {
    number: "999",
    name: "a rule with a defect",
    measures: "nothing",
    unit: Unit::Count,
    parameters: &[],
    outcomes: Outcomes::Bands(&[(f64::NEG_INFINITY, "anything")]),
    exits: &[],
    measure: broken,
    contributors: |_, _| Vec::new(),
};

fn broken<'a>(_: &frms::rules::Scene<'a>, _: &frms::rules::Parameters) -> Measure<'a> {
    panic!("a defect, as it is meant to be")
}

/// From now on the gateway asks a scorer with that rule, on its own stream.
fn with_a_defect(world: &World) {
    let broken = ConfiguredRule::standard(RuleName::new("999@1.0.0", "1.0.0"), &BROKEN);
    let catalogue = Catalogue::standard().unwrap().with_rule(broken);
    let (client, requests) = channel(64);
    let stream = Arc::clone(screening(world).stream());
    frms_stream::start(stream, Engine::new(catalogue), requests).unwrap();
    screening(world).ask(client);
}

async fn counted(world: &World, outcome: &str) -> u64 {
    let metrics = admin(world, Method::GET, "/metrics", None).await.text();
    let line = format!("causeway_screening_total{{outcome=\"{outcome}\"}} ");
    let value = metrics.lines().find_map(|text| text.strip_prefix(&line));
    value.map_or(0, |value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_that_panics_is_counted_and_the_policy_applies() {
    for (policy, is_paid) in [("open", true), ("closed", false)] {
        let world = World::with(&format!("{ON}on_unavailable = \"{policy}\"\n")).await;
        with_a_defect(&world);
        let mut incomplete = 0;
        for number in 1..=2 {
            let outcome = pay(&world, "10").await;
            match is_paid {
                true => assert_eq!(outcome.end, PaymentEnd::Committed, "{policy}"),
                false => assert_eq!(refused(&outcome), (Stage::Transfer, 503, "2003"), "{policy}"),
            }
            // Whoever is told to come again does, and each time is counted.
            let now = counted(&world, "incomplete").await;
            assert!(if is_paid { now == number } else { now > incomplete }, "{policy}: {now}");
            incomplete = now;
        }
        assert_eq!(prepares(&world), if is_paid { 2 } else { 0 });
        let found = verdicts(&world);
        let failed: Vec<_> =
            found.iter().filter(|one| one.missing.contains(&Missing::FailedRule)).collect();
        assert_eq!(failed.len(), 2, "{policy}");
        let values: Vec<_> = failed.iter().map(|one| one.rule("901").unwrap().value).collect();
        assert_eq!(values, [Some(1.0), Some(2.0)], "the other rules have their results");
        assert_eq!(failed[0].rule("999").unwrap().outcome, frms::SubRuleRef::error());
        // A word that stands without the rule's result is not the policy's.
        let block = condition("non-overridable-block", "creditor", &entity(BLUE_NUMBER));
        set(&world, "mule-1", &block).await;
        assert_eq!(failed_code(&pay(&world, "10").await), "4000", "{policy}");
        let now = (counted(&world, "incomplete").await, counted(&world, "block").await);
        assert_eq!(now, (incomplete, 1), "{policy}");
    }
}

fn failed_code(outcome: &PaymentOutcome) -> String {
    failed(outcome).1.to_owned()
}

/// They are kept as they were written: the account may be of somebody who comes tomorrow, the typology of
/// the next catalogue. Until then they concern nobody.
#[tokio::test(flavor = "multi_thread")]
async fn conditions_on_unknown_accounts_and_typologies_stop_and_quiet_nobody() {
    let world = World::with(ON).await;
    let kind = "non-overridable-block";
    set(&world, "of-nobody", &condition(kind, "both", &entity("99999"))).await;
    // Blue's number with another bank is another account.
    set(&world, "elsewhere", &condition(kind, "both", &account(BLUE_NUMBER, "nobodybank"))).await;
    let mut snooze = condition("snooze", "both", &account(GREEN_NUMBER, "greenwallet"));
    snooze["typology"] = json!("no-such-typology@9.9.9");
    snooze["xprtnDtTm"] = json!("2090-01-01T00:00:00.000Z");
    set(&world, "of-nothing", &snooze).await;
    for _ in 0..3 {
        assert_eq!(pay(&world, "1").await.end, PaymentEnd::Committed);
    }
    let found = verdicts(&world);
    assert!(found.iter().all(|verdict| verdict.flow.is_none() && verdict.missing.is_empty()));
    assert!(found[2].typologies[0].alert && !found[2].explanation.contains("snoozed"));
    until_outcomes(&world, &[OutcomeKind::Committed; 3]).await;
    let raised = |world: &World| {
        let alerts = events(world).into_iter();
        alerts.filter(|event| matches!(event, Event::Alert { .. })).count()
    };
    for _ in 0..PATIENCE_MS / 10 {
        if raised(&world) == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(raised(&world), 1, "nothing quiets the typology that there is");
    let list = admin(&world, Method::GET, "/screening/conditions", None).await.json().unwrap();
    assert_eq!(list.as_array().unwrap().len(), 3, "they are kept");
    // The typology that a block would be for is not asked: only what quiets has one.
    let mut block = condition(kind, "both", &entity(BLUE_NUMBER));
    block["typology"] = json!("no-such-typology@9.9.9");
    let answer = admin(&world, Method::PUT, "/screening/conditions/x", Some(&block)).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    // The account that nobody knew, once it is paid.
    let now = condition(kind, "creditor", &account(BLUE_NUMBER, "bluewallet"));
    set(&world, "elsewhere", &now).await;
    assert_eq!(failed(&pay(&world, "1").await).1, "4000");
}
