//! Rules that others answer: the Python example of the docs, against a real server.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use causeway_tests::{root, skip};
use frms::{Catalogue, CatalogueChange, Event, Missing, Semantics, SubRuleRef};
use futures_util::StreamExt;
use serde_json::json;

use super::scheme::{Scheme, TENANT, attempt, replayed, verdicts};

const RULE: &str = "X01@1.0.0";
/// Patience of the scorer with rule processors: more than any machine needs, and less than ours.
const BUDGET_MS: u64 = 2_000;

/// A typology that listens to the rule alone.
fn catalogue() -> String {
    let weights = [(".err", 0), (".01", 0), (".02", 400)]
        .map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    json!({ "typologies": [{
        "cfg": "night@1.0.0", "desc": "payments at night",
        "workflow": { "alertThreshold": 300, "interdictionThreshold": 400 },
        "rules": [{ "id": RULE, "cfg": "1.0.0", "termId": "x01", "wghts": weights }],
        "expression": ["Add", "x01"],
    }] })
    .to_string()
}

/// The example as it is shipped; killed when dropped.
struct Example(Child);

impl Example {
    fn start(url: &str) -> Option<Example> {
        if !Command::new("python3").arg("--version").output().is_ok_and(|it| it.status.success()) {
            skip("there is no python3");
            return None;
        }
        let mut command = Command::new("python3");
        command.arg(root().join("deploy/examples/night_rule.py"));
        command.args([url.trim_start_matches("nats://"), TENANT, RULE]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(said.trim(), "ready");
        Some(Example(child))
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One scorer, which hears of the catalogue from the stream.
async fn scheme(budget_ms: u64) -> Option<Scheme> {
    scheme_of(budget_ms, catalogue(), Semantics::Peer).await
}

async fn scheme_of(budget_ms: u64, json: String, semantics: Semantics) -> Option<Scheme> {
    // The part of a payment's budget that rules elsewhere may take is half of it at most.
    let settings = format!("budget_ms = {budget_ms}\n[scorer]\nrules_budget_ms = {budget_ms}\n");
    let scheme = Scheme::start(1, &settings).await?;
    let change = CatalogueChange { name: "night".to_owned(), json, semantics };
    scheme.publish(&Event::Catalogue(Arc::new(change))).await;
    Some(scheme)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_example_is_heard_and_a_replay_asks_nobody() {
    let Some(scheme) = scheme(BUDGET_MS * 2).await else { return };
    let Some(example) = Example::start(&scheme.server.url()) else { return };
    // 1,767,225,600,000 is midnight: the example's night.
    let night = scheme.insist(&attempt(1, "ann", "green")).await;
    assert_eq!(night.rule("X01").unwrap().outcome, SubRuleRef::new(".02"), "{night:?}");
    assert_eq!((night.typologies[0].score, night.decision), (400.0, frms::Decision::Block));
    let day = scheme.insist(&attempt(12 * 3_600_000, "ann", "green")).await;
    assert_eq!(day.rule("X01").unwrap().outcome, SubRuleRef::new(".01"));
    assert_eq!(day.rule("X01").unwrap().value, Some(12.0));
    drop(example);
    let without = scheme.insist(&attempt(2, "ann", "green")).await;
    assert_eq!(without.rule("X01").unwrap().outcome, SubRuleRef::error());
    assert_eq!(without.missing, [Missing::ExternalRule]);
    let recorded = scheme.settled(3).await;
    assert_eq!(recorded.iter().filter(|one| one.subject.contains(".rule.")).count(), 2);
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), verdicts(&recorded));
}

/// In the strict semantics the rule has an entry, whose parameters its processor gets as they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_strict_catalogue_hands_a_rule_elsewhere_its_parameters() {
    let mut file: serde_json::Value = serde_json::from_str(&catalogue()).unwrap();
    let parameters = json!({ "from": "22:00", "days": ["sat", "sun"], "most": 3 });
    file["rules"] = json!([{ "id": RULE, "cfg": "1.0.0", "external": true, "config": {
        "parameters": parameters,
        "bands": [{ "subRuleRef": ".01", "reason": "by day" }, { "subRuleRef": ".02", "reason": "at night" }] } }]);
    let scheme = scheme_of(BUDGET_MS * 2, file.to_string(), Semantics::Strict).await;
    let Some(scheme) = scheme else { return };
    let mut asked = scheme.nats.subscribe(frms_stream::rule_subject(TENANT, RULE)).await.unwrap();
    scheme.nats.flush().await.unwrap();
    let nats = scheme.nats.clone();
    let processor = tokio::spawn(async move {
        let mut questions = Vec::new();
        for answer in ["{\"subRuleRef\":\".02\",\"indpdntVarbl\":3}", "{\"subRuleRef\":\".99\"}"] {
            let question = asked.next().await.unwrap();
            nats.publish(question.reply.unwrap(), answer.into()).await.unwrap();
            questions.push(serde_json::from_slice::<serde_json::Value>(&question.payload).unwrap());
        }
        questions
    });
    let night = scheme.insist(&attempt(1, "ann", "green")).await;
    assert_eq!(night.rule("X01").unwrap().outcome, SubRuleRef::new(".02"));
    assert_eq!((night.typologies[0].score, night.missing.len()), (400.0, 0));
    let odd = scheme.insist(&attempt(2, "ann", "green")).await;
    assert_eq!(odd.rule("X01").unwrap().outcome, SubRuleRef::error(), "nobody weighs .99");
    assert_eq!(odd.missing, [Missing::ExternalRule]);
    for question in processor.await.unwrap() {
        assert_eq!(question["parameters"], parameters);
        assert_eq!(question["rule"]["id"], RULE);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_is_late_or_talks_nonsense_holds_nobody_up() {
    let Some(scheme) = scheme(200).await else { return };
    let mut asked = scheme.nats.subscribe(frms_stream::rule_subject(TENANT, RULE)).await.unwrap();
    scheme.nats.flush().await.unwrap();
    let nats = scheme.nats.clone();
    let answers = ["", "no JSON", "{}", "{\"subRuleRef\":\".99\"}", "{\"subRuleRef\":7}"];
    let processor = tokio::spawn(async move {
        for answer in answers {
            let question = asked.next().await.unwrap();
            nats.publish(question.reply.unwrap(), answer.into()).await.unwrap();
        }
        // From here on it hears everything and says nothing.
        while asked.next().await.is_some() {}
    });
    for id in 1..=answers.len() + 1 {
        let asked = attempt(u128::try_from(id).unwrap(), "ann", "green");
        let verdict = scheme.ask(&asked, Duration::from_secs(20)).await.expect("an answer");
        // To the peer an outcome that nobody weighs is one.
        let (outcome, missing): (_, &[Missing]) = match answers.get(id - 1) {
            Some(answer) if answer.contains(".99") => (SubRuleRef::new(".99"), &[]),
            _ => (SubRuleRef::error(), &[Missing::ExternalRule]),
        };
        assert_eq!(verdict.rule("X01").unwrap().outcome, outcome, "{id}");
        assert_eq!(verdict.missing, missing, "{id}");
    }
    processor.abort();
    let recorded = scheme.settled(answers.len() + 1).await;
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), verdicts(&recorded));
}
