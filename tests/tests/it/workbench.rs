//! The workbench: an analyst's day in a browser (`tests/interop/workbench.mjs`), and its API without one.

mod again;
mod drafts;
mod elsewhere;
mod held;
mod nodes;

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use causeway_tests::world::World;
use causeway_tests::{root, skip};
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd, PaymentOutcome, StageBudgets};
use causeway_toolkit::players::{BLUE_NUMBER, CURRENCY, GREEN_NUMBER, Players};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

/// Where Debian puts it.
const CHROMIUM: &str = "/usr/bin/chromium";
const ANN: &str = "token-of-ann";
const SUE: &str = "token-of-sue";
/// A browser takes seconds, more where processors are few.
const PATIENCE: Duration = Duration::from_secs(480);

/// From the second payment out of an account on somebody is told; `stops` from the third on.
fn burst(stops: bool) -> String {
    let weights = [(".err", 0), (".x00", 0), (".01", 0), (".02", 100), (".03", 200)];
    let weights = weights.map(|(outcome, weight)| json!({ "ref": outcome, "wght": weight }));
    let mut workflow = json!({ "alertThreshold": 100 });
    if stops {
        workflow["interdictionThreshold"] = json!(200);
    }
    let typology = json!({
        "cfg": "burst@1.0.0", "desc": "many payments out of one account", "workflow": workflow,
        "rules": [{ "id": "901@1.0.0", "cfg": "1.0.0", "termId": "v901", "wghts": weights }],
        "expression": ["Add", "v901"],
    });
    json!({ "typologies": [typology] }).to_string()
}

fn settings(directory: &Path) -> String {
    settings_with(directory, "", "")
}

/// With more in the sections of screening and workbench.
fn settings_with(directory: &Path, of_screening: &str, of_workbench: &str) -> String {
    let catalogue = directory.join("typologies.json");
    std::fs::write(&catalogue, burst(false)).unwrap();
    let user = |name: &str, role: &str, token: &str| {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token.as_bytes());
        let digest: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{{ name = \"{name}\", role = \"{role}\", token_sha256 = \"{digest}\" }}")
    };
    format!(
        "[screening]\nenabled = true\nbudget_ms = 5000\ncatalogue = {catalogue:?}\n{of_screening}\
         [workbench]\nenabled = true\nlisten = \"127.0.0.1:0\"\nusers = [{}, {}]\n{of_workbench}",
        user("ann", "analyst", ANN),
        user("sue", "supervisor", SUE)
    )
}

/// Green pays blue, who has two minutes, the most that a transfer may take: a payment that is held
/// is looked at on many pages.
async fn pay(world: &World) -> PaymentOutcome {
    pay_by(&world.players).await
}

async fn pay_by(players: &Players) -> PaymentOutcome {
    let mut request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "10");
    request.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    request.budgets = StageBudgets { transfer_ms: Some(115_000), ..request.budgets };
    request.expires_in_ms = 120_000;
    players.green.pay(&request).await.unwrap()
}

/// `COMMITTED`, or the code of the refusal.
fn word(outcome: &PaymentOutcome) -> String {
    match &outcome.end {
        PaymentEnd::Committed => "COMMITTED".to_owned(),
        PaymentEnd::Failed { code, .. } => code.clone(),
        other => format!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_analysts_day() {
    if !Path::new(CHROMIUM).exists() {
        return skip("chromium is not installed");
    }
    let interop = root().join("tests/interop");
    if !interop.join("node_modules/playwright-core").exists() {
        return skip("npm ci in tests/interop has not been run");
    }
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings(directory.path())).await;
    let shots = std::env::var("CAUSEWAY_SCREENSHOTS")
        .unwrap_or_else(|_| directory.path().display().to_string());
    let at = world.gateway.addresses.workbench.unwrap();
    let script = json!({
        "url": format!("http://{at}"), "tokens": { "ann": ANN, "sue": SUE }, "shots": shots,
        "draft": burst(true), "account": { "identifier": GREEN_NUMBER, "member": "greenwallet" },
    });
    let mut command = Command::new("node");
    command.arg("workbench.mjs").arg(script.to_string()).current_dir(interop);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut words = lines(child.stdout.take().unwrap());
    let day = async {
        let mut held = None;
        while let Some(asked) = words.recv().await {
            let answer = match asked.as_str() {
                "end" => return Ok(()),
                "pay-held" => {
                    held = Some(Box::pin(pay(&world)));
                    let going = held.as_mut().unwrap();
                    // Until it waits for somebody.
                    tokio::select! {
                        outcome = going => panic!("{outcome:?}"),
                        () = until_held(&world) => "held".to_owned(),
                    }
                }
                "outcome-held" => word(&held.take().unwrap().await),
                "pay" => word(&pay(&world).await),
                other => return Err(other.to_owned()),
            };
            writeln!(input, "{answer}").unwrap();
        }
        Err("the browser is gone".to_owned())
    };
    let ended = tokio::time::timeout(PATIENCE, day).await;
    let _ = child.kill();
    let _ = child.wait();
    assert_eq!(ended, Ok(Ok(())));
    assert_eq!(world.books().await, (0, 0));
}

async fn until_held(world: &World) {
    loop {
        let held = world.gateway.node.store.documents("held", None, 1).await.unwrap();
        if !held.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn lines(out: std::process::ChildStdout) -> mpsc::UnboundedReceiver<String> {
    let (told, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in BufReader::new(out).lines().map_while(Result::ok) {
            if told.send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// An answer to the test's own bytes.
struct Answer {
    status: u16,
    head: String,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("{}", self.body))
    }
}

async fn ask(world: &World, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    ask_at(world.gateway.addresses.workbench.unwrap(), line, headers, body).await
}

async fn ask_at(at: SocketAddr, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut stream = tokio::net::TcpStream::connect(at).await.unwrap();
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head[9..12].parse().unwrap();
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

async fn api(world: &World, token: &str, line: &str, body: Value) -> Answer {
    api_at(world.gateway.addresses.workbench.unwrap(), token, line, body).await
}

async fn api_at(at: SocketAddr, token: &str, line: &str, body: Value) -> Answer {
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    ask_at(at, line, &headers, &body).await
}

/// What is there once it is there: cases are opened after the payer was told.
async fn until_cases(world: &World, count: usize) -> Value {
    until_cases_at(world.gateway.addresses.workbench.unwrap(), count).await
}

async fn until_cases_at(at: SocketAddr, count: usize) -> Value {
    for _ in 0..2_000 {
        let page = api_at(at, ANN, "GET /workbench/api/cases", Value::Null).await.json();
        if page["cases"].as_array().unwrap().len() == count {
            return page["cases"].clone();
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("there are not {count} open cases")
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_join_the_open_case_and_programs_work_by_token() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings(directory.path())).await;
    for _ in 0..3 {
        assert_eq!(word(&pay(&world).await), "COMMITTED");
    }
    let case = until_cases(&world, 1).await[0].clone();
    let id = case["id"].as_str().unwrap().to_owned();
    for _ in 0..2_000 {
        let now = api(&world, ANN, &format!("GET /workbench/api/cases/{id}"), Value::Null).await;
        if now.json()["payments"].as_array().unwrap().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let path = |verb: &str| format!("POST /workbench/api/cases/{id}/{verb}");
    let noted = api(&world, ANN, &path("note"), json!({ "text": "=looked" })).await.json();
    let payments = noted["payments"].as_array().unwrap();
    assert_eq!((payments.len(), &payments[0]["amount"]), (2, &json!("10.00")));
    assert_eq!(noted["history"].as_array().unwrap().last().unwrap()["by"], "ann");
    for (token, verb, body, status) in [
        (ANN, "note", json!({}), 400),
        (ANN, "assign", json!({ "to": "nobody" }), 400),
        (ANN, "allow", json!({ "payment": payments[0]["id"], "reason": "x" }), 403),
        (SUE, "allow", json!({ "payment": "0", "reason": "x" }), 400),
        (ANN, "snooze", json!({ "account": "0", "hours": 1, "reason": "x" }), 400),
        (ANN, "confirm", json!({ "payment": payments[0]["id"], "verb": "block" }), 409),
        (ANN, "verdict", json!({ "verdict": "guilty", "reason": "x" }), 400),
        (SUE, "allow", json!({ "payment": payments[0]["id"], "reason": "family" }), 200),
        (ANN, "verdict", json!({ "verdict": "genuine", "reason": "family" }), 200),
        (ANN, "verdict", json!({ "verdict": "fraud", "reason": "no" }), 409),
    ] {
        let answer = api(&world, token, &path(verb), body.clone()).await;
        assert_eq!(answer.status, status, "{verb} {body}: {}", answer.body);
    }
    assert_eq!(word(&pay(&world).await), "COMMITTED");
    until_cases(&world, 0).await;
    let csv = api(&world, ANN, &format!("GET /workbench/cases/{id}/export.csv"), Value::Null).await;
    assert!(csv.body.contains("rule,901@1.0.0 1.0.0,.02,2.0,,"), "{}", csv.body);
    assert!(csv.body.contains("typology,burst@1.0.0,,,100.0,true"), "{}", csv.body);
}

/// A case belongs to several people and to the payments that join it: whoever writes into it meanwhile is not
/// told to begin again, and what was done beside it is done once.
#[tokio::test(flavor = "multi_thread")]
async fn what_several_do_to_a_case_at_once_is_all_in_it() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings(directory.path())).await;
    for _ in 0..3 {
        assert_eq!(word(&pay(&world).await), "COMMITTED");
    }
    let case = until_cases(&world, 1).await[0].clone();
    let path =
        |verb: &str| format!("POST /workbench/api/cases/{}/{verb}", case["id"].as_str().unwrap());
    let account = &case["accounts"][0];
    for round in 0..10 {
        let (note, snooze) = (path("note"), path("snooze"));
        let noted = |token| api(&world, token, &note, json!({ "text": format!("{round}") }));
        let body = json!({ "account": account, "hours": 1, "reason": "holiday" });
        let snoozed = api(&world, ANN, &snooze, body);
        let (a, b, c, _) = tokio::join!(noted(ANN), noted(SUE), snoozed, pay(&world));
        for answer in [a, b, c] {
            assert_eq!(answer.status, 200, "{}", answer.body);
        }
    }
    let last = api(&world, ANN, &path("note"), json!({ "text": "done" })).await.json();
    let steps = |what: &str| {
        let history = last["history"].as_array().unwrap().iter();
        history.filter(|step| step["what"] == what).count()
    };
    assert_eq!((steps("noted"), steps("snoozed")), (21, 10));
    let lists = api(&world, ANN, "GET /workbench/api/lists", Value::Null).await.json();
    assert_eq!(lists.as_array().unwrap().len(), 10, "a snooze each, and none twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_token_and_no_other_page_sends_our_forms() {
    let directory = tempfile::tempdir().unwrap();
    let world = World::with(&settings(directory.path())).await;
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    assert_eq!(ask(&world, "GET /workbench/api/cases", &[], "").await.status, 401);
    assert_eq!(ask(&world, "GET /workbench/cases", &[], "").await.status, 303);
    assert_eq!(api(&world, "wrong", "GET /workbench/api/cases", Value::Null).await.status, 401);
    let wrong = ask(&world, "POST /workbench/login", &[form], "token=wrong").await;
    assert!(wrong.status == 200 && wrong.body.contains("Nobody has this token"));
    let login = format!("token={ANN}");
    let foreign = [form, ("Origin", "http://evil.example")];
    assert_eq!(ask(&world, "POST /workbench/login", &foreign, &login).await.status, 403);
    let inside = ask(&world, "POST /workbench/login", &[form], &login).await;
    let cookie = inside.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
    assert!(cookie.contains("httponly") && cookie.contains("samesite=strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let page = ask(&world, "GET /workbench/lists", &[("Cookie", &cookie)], "").await;
    assert_eq!(page.status, 200);
    assert!(page.head.contains("script-src 'self'") && !page.head.contains("unsafe"));
    assert!(!page.body.contains("<style") && !page.body.contains("style=\""));
    let csrf = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap();
    let csrf = csrf.split('"').next().unwrap();
    let with = |headers: &[(&'static str, &str)], body: String| {
        let mut all =
            vec![("Cookie".to_owned(), cookie.clone()), (form.0.to_owned(), form.1.to_owned())];
        all.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let world = &world;
        async move {
            let all: Vec<(&str, &str)> =
                all.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            ask(world, "POST /workbench/draft", &all, &body).await.status
        }
    };
    assert_eq!(with(&[], "catalogue=x".to_owned()).await, 403);
    assert_eq!(with(&[], format!("catalogue=x&csrf={}", "0".repeat(64))).await, 403);
    let foreign = [("Origin", "http://evil.example")];
    assert_eq!(with(&foreign, format!("catalogue=x&csrf={csrf}")).await, 403);
    assert_eq!(with(&[], format!("catalogue=x&csrf={csrf}")).await, 400, "no catalogue");
}
