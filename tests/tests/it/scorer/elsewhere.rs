//! Rules that others answer: the Python example of the docs, against a real server.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use causeway_tests::{root, skip};
use frms::{Catalogue, CatalogueChange, Event, Missing, PaymentId, Semantics, SubRuleRef, Verdict};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::time::timeout;

use super::scheme::{PATIENCE, Scheme, TENANT, attempt, replayed, verdicts};

const RULE: &str = "X01@1.0.0";
/// Patience of the scorer with rule processors: the most that there is, and less than ours.
const RULES_MS: u64 = 2_500;
/// How many payments are asked about until one is answered for within that: a machine may stand
/// still for longer.
const TRIES: u128 = 20;

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

/// One scorer, which has heard of the catalogue from the stream.
async fn scheme() -> Option<Scheme> {
    scheme_of(catalogue(), Semantics::Peer).await
}

async fn scheme_of(json: String, semantics: Semantics) -> Option<Scheme> {
    // The part of a payment's budget that rules elsewhere may take is half of it at most.
    let budget_ms = RULES_MS * 2;
    let settings = format!("budget_ms = {budget_ms}\n[scorer]\nrules_budget_ms = {RULES_MS}\n");
    let scheme = Scheme::start(1, &settings).await?;
    let change = CatalogueChange { name: "night".to_owned(), json, semantics };
    scheme.establish(&Event::Catalogue(Arc::new(change))).await;
    Some(scheme)
}

/// The verdict on the first of these payments whose rule was answered in time.
async fn ruled(scheme: &Scheme, first: u128) -> Verdict {
    for id in first..first + TRIES {
        let verdict = scheme.insist(&attempt(id, "ann", "green")).await;
        if verdict.missing.is_empty() {
            return verdict;
        }
    }
    panic!("the rule is never answered in time:\n{}", scheme.logs());
}

/// A processor whose answer, if there is one, follows from the number of the payment. Gives back
/// what it is asked.
async fn processor(
    scheme: &Scheme,
    says: impl Fn(u128) -> Option<&'static str> + Send + 'static,
) -> UnboundedReceiver<Value> {
    let mut asked = scheme.nats.subscribe(frms_stream::rule_subject(TENANT, RULE)).await.unwrap();
    scheme.nats.flush().await.unwrap();
    let nats = scheme.nats.clone();
    let (heard, questions) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(message) = asked.next().await {
            let question: Value = serde_json::from_slice(&message.payload).unwrap();
            let answer = says(payment(&question));
            // First: whoever has the verdict that follows finds the question.
            heard.send(question).unwrap();
            if let Some(answer) = answer {
                nats.publish(message.reply.unwrap(), answer.into()).await.unwrap();
            }
        }
    });
    questions
}

/// Which payment a processor is asked about.
fn payment(question: &Value) -> u128 {
    let id: PaymentId = serde_json::from_value(question["attempt"]["id"].clone()).unwrap();
    id.0
}

/// The next question that came to a processor.
async fn next(questions: &mut UnboundedReceiver<Value>) -> Value {
    let question = timeout(PATIENCE, questions.recv()).await;
    question.expect("the processor is asked").expect("it is there")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_python_example_is_heard_and_a_replay_asks_nobody() {
    let Some(scheme) = scheme().await else { return };
    let Some(example) = Example::start(&scheme.server.url()) else { return };
    // 1,767,225,600,000 is midnight: the example's night.
    let night = ruled(&scheme, 1).await;
    assert_eq!(night.rule("X01").unwrap().outcome, SubRuleRef::new(".02"), "{night:?}");
    assert_eq!((night.typologies[0].score, night.decision), (400.0, frms::Decision::Block));
    let day = ruled(&scheme, 12 * 3_600_000).await;
    assert_eq!(day.rule("X01").unwrap().outcome, SubRuleRef::new(".01"));
    assert_eq!(day.rule("X01").unwrap().value, Some(12.0));
    drop(example);
    let without = scheme.insist(&attempt(1 + TRIES, "ann", "green")).await;
    assert_eq!(without.rule("X01").unwrap().outcome, SubRuleRef::error());
    assert_eq!(without.missing, [Missing::ExternalRule]);
    let recorded = scheme.settled(3).await;
    assert_eq!(recorded.iter().filter(|one| one.subject.contains(".rule.")).count(), 2);
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), verdicts(&recorded));
}

/// In the strict semantics the rule has an entry, whose parameters its processor gets as they are.
#[tokio::test(flavor = "multi_thread")]
async fn a_strict_catalogue_hands_a_rule_elsewhere_its_parameters() {
    let mut file: Value = serde_json::from_str(&catalogue()).unwrap();
    let parameters = json!({ "from": "22:00", "days": ["sat", "sun"], "most": 3 });
    file["rules"] = json!([{ "id": RULE, "cfg": "1.0.0", "external": true, "config": {
        "parameters": parameters,
        "bands": [{ "subRuleRef": ".01", "reason": "by day" }, { "subRuleRef": ".02", "reason": "at night" }] } }]);
    let Some(scheme) = scheme_of(file.to_string(), Semantics::Strict).await else { return };
    let odd = 1 + TRIES;
    let weighed = "{\"subRuleRef\":\".02\",\"indpdntVarbl\":3}";
    let says = move |id: u128| Some(if id < odd { weighed } else { "{\"subRuleRef\":\".99\"}" });
    let mut questions = processor(&scheme, says).await;
    let night = ruled(&scheme, 1).await;
    assert_eq!(night.rule("X01").unwrap().outcome, SubRuleRef::new(".02"));
    assert_eq!((night.typologies[0].score, night.missing.len()), (400.0, 0));
    let verdict = scheme.insist(&attempt(odd, "ann", "green")).await;
    assert_eq!(verdict.rule("X01").unwrap().outcome, SubRuleRef::error(), "nobody weighs .99");
    assert_eq!(verdict.missing, [Missing::ExternalRule]);
    let mut about = 0;
    while about != odd {
        let question = next(&mut questions).await;
        assert_eq!(question["parameters"], parameters);
        assert_eq!(question["rule"]["id"], RULE);
        about = payment(&question);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_processor_that_is_late_or_talks_nonsense_holds_nobody_up() {
    let Some(scheme) = scheme().await else { return };
    let answers = ["", "no JSON", "{}", "{\"subRuleRef\":\".99\"}", "{\"subRuleRef\":7}"];
    // To what comes behind them it says nothing.
    let says = move |id: u128| {
        let place = usize::try_from((id - 1) / TRIES).unwrap();
        answers.get(place).copied()
    };
    let mut questions = processor(&scheme, says).await;
    for place in 0..=answers.len() {
        // To the peer an outcome that nobody weighs is one.
        let (outcome, missing): (_, &[Missing]) = match answers.get(place) {
            Some(answer) if answer.contains(".99") => (SubRuleRef::new(".99"), &[]),
            _ => (SubRuleRef::error(), &[Missing::ExternalRule]),
        };
        let first = 1 + u128::try_from(place).unwrap() * TRIES;
        let mut ids = first..first + TRIES;
        let verdict = loop {
            let id = ids.next().expect("an answer that is in time");
            let asked = attempt(id, "ann", "green");
            let verdict = scheme.ask(&asked, Duration::from_secs(20)).await.expect("an answer");
            assert_eq!(payment(&next(&mut questions).await), id);
            if verdict.missing.is_empty() || !missing.is_empty() {
                break verdict;
            }
        };
        assert_eq!(verdict.rule("X01").unwrap().outcome, outcome, "{place}");
        assert_eq!(verdict.missing, missing, "{place}");
    }
    let recorded = scheme.settled(answers.len() + 1).await;
    assert_eq!(replayed(&recorded, Catalogue::standard().unwrap()), verdicts(&recorded));
}
