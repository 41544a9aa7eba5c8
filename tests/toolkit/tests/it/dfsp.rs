use crate::relay::{Pair, p256, rsa};
use causeway_toolkit::dfsp::{
    Acknowledge, Answer, Conduct, Draft, PartyId, PayRequest, PaymentEnd, PaymentOutcome, Seen,
    Stage, StageBudgets,
};
use causeway_toolkit::ledger_log::{Audit, Event, Outcome, Standing};
use fspiop::jws::SigningKey;
use http::Method;
use std::cell::Cell;
use std::time::Duration;

/// How long what has to happen is waited for, on however slow a machine.
const PATIENCE_MS: u64 = 20_000;

fn request(pair: &Pair) -> PayRequest {
    let budget_ms = Some(PATIENCE_MS);
    let budgets = StageBudgets { party_ms: budget_ms, quote_ms: budget_ms, transfer_ms: budget_ms };
    PayRequest { budgets, asks: 1, ..PayRequest::new(pair.party.clone(), "USD", "12.5") }
}

/// Its transfer is soon over.
fn impatient(pair: &Pair) -> PayRequest {
    let patient = request(pair);
    let budgets = StageBudgets { transfer_ms: Some(100), ..patient.budgets };
    PayRequest { budgets, ..patient }
}

/// Pays once; the payee's first answer to POST /transfers is as `conduct` says.
async fn pay_with(conduct: Conduct) -> (Pair, PaymentOutcome) {
    let pair = Pair::start(p256).await.unwrap();
    pair.payee.enqueue(Stage::Transfer, conduct);
    let outcome = pair.payer.pay(&request(&pair)).await.unwrap();
    (pair, outcome)
}

fn credits(pair: &Pair) -> usize {
    let credited = |entry: &&_| matches!(entry, Event::Credited { .. });
    pair.payee.entries().iter().map(|entry| &entry.event).filter(credited).count()
}

/// Until the payee has logged as many entries that fit.
async fn until(pair: &Pair, fits: impl Fn(&Event) -> bool, count: usize) {
    for _ in 0..PATIENCE_MS / 10 {
        if pair.payee.entries().iter().filter(|entry| fits(&entry.event)).count() >= count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the payee's log does not get there: {:#?}", pair.payee.entries());
}

async fn happy_path(key: fn() -> SigningKey) {
    let pair = Pair::start(key).await.unwrap();
    let request =
        PayRequest { origin_ms: Some(6_000), note: Some("lunch".to_owned()), ..request(&pair) };
    let outcome = pair.payer.pay(&request).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:#?}");
    assert_eq!(outcome.fulfilment_fits, Some(true));
    let stages: Vec<_> = outcome.hops.iter().map(|hop| (hop.stage, hop.status)).collect();
    assert_eq!(stages, [(Stage::Party, 202), (Stage::Quote, 202), (Stage::Transfer, 202)]);
    assert!(outcome.hops.iter().all(|hop| hop.effective_ms == Some(PATIENCE_MS)));
    let story = outcome.story("payerfsp", "hub");
    assert_eq!(story.len(), 6);
    assert!(story.is_sorted_by_key(|hop| hop.elapsed_ms), "{story:#?}");
    assert!(story.iter().all(|hop| hop.remaining_ms.is_some_and(|ms| ms <= PATIENCE_MS)));
    for dfsp in [&pair.payer, &pair.payee] {
        assert_eq!(dfsp.signature_failures(), [""; 0]);
        assert!(dfsp.received().iter().any(|message| message.seen == Seen::Verified));
    }
    let transfer = pair.payee.received().into_iter().find(|m| m.target == "/transfers").unwrap();
    assert_eq!(transfer.header_ms("fspiop-timeout"), Some(PATIENCE_MS - 50));
    assert_eq!(transfer.header_ms("fspiop-timeout-origin"), Some(6_000));
    until(&pair, |event| matches!(event, Event::Credited { .. }), 1).await;
    let audit = Audit::default().with_log(pair.payer.entries()).with_log(pair.payee.entries());
    let verdict = audit.judge().unwrap();
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!((verdict.committed, verdict.aborted), (1, 0));
}

#[tokio::test]
async fn a_dfsp_pays_another_with_rs256() {
    happy_path(rsa).await;
}

#[tokio::test]
async fn a_dfsp_pays_another_with_es256() {
    happy_path(p256).await;
}

#[tokio::test]
async fn a_wrong_fulfilment_is_flagged() {
    let (_, outcome) = pay_with(Conduct::answering(Answer::WrongFulfilment)).await;
    // The relay is no hub: it passes the callback on, and only the payer's own check sees it.
    assert_eq!(outcome.fulfilment_fits, Some(false));
}

#[tokio::test]
async fn a_silent_payee_times_out_and_the_payer_asks() {
    let pair = Pair::start(p256).await.unwrap();
    pair.payee.enqueue(Stage::Transfer, Conduct::silent());
    let outcome = pair.payer.pay(&impatient(&pair)).await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Silent { stage: Stage::Transfer });
    assert_eq!(outcome.asks, 1);
    assert_eq!(outcome.hops.len(), 3);
    let verdict = Audit::default().with_log(pair.payer.entries()).judge().unwrap();
    assert!(!verdict.is_clean(), "an acknowledged transfer without an end is a fault");
}

#[tokio::test]
async fn error_codes_come_back_as_failures_of_their_stage() {
    let (pair, outcome) = pay_with(Conduct::answering(Answer::Error(5104))).await;
    let PaymentEnd::Failed { stage: Stage::Transfer, code, .. } = outcome.end else {
        panic!("{outcome:?}")
    };
    assert_eq!(code, "5104");
    assert_eq!(credits(&pair), 0);
    pair.payee.set_conduct(Stage::Quote, Conduct::answering(Answer::Error(5103)));
    let outcome = pair.payer.pay(&request(&pair)).await.unwrap();
    assert!(matches!(outcome.end, PaymentEnd::Failed { stage: Stage::Quote, .. }), "{outcome:?}");
    let nobody = PayRequest { payee: PartyId::new("MSISDN", "1"), ..request(&pair) };
    let nobody = PayRequest { payee_fsp: Some("payeefsp".to_owned()), ..nobody };
    let outcome = pair.payer.pay(&nobody).await.unwrap();
    let PaymentEnd::Failed { stage: Stage::Party, code, .. } = outcome.end else {
        panic!("{outcome:?}")
    };
    assert_eq!(code, "3204");
}

#[tokio::test]
async fn a_reserved_transfer_is_credited_by_patch_only() {
    let pair = Pair::start(p256).await.unwrap();
    pair.payee.enqueue(Stage::Transfer, Conduct::answering(Answer::Reserved));
    let outcome = pair.payer.pay(&impatient(&pair)).await.unwrap();
    // RESERVED is no end, and the relay makes no COMMITTED of it.
    assert_eq!(outcome.end, PaymentEnd::Silent { stage: Stage::Transfer });
    until(&pair, |event| *event == Event::AnswerAcknowledged, 1).await;
    assert_eq!(credits(&pair), 0);
    let target = format!("/transfers/{}", outcome.transfer_id);
    let body = serde_json::json!({ "transferState": "COMMITTED" });
    let patch = Draft::new(Method::PATCH, target).to("payeefsp").json(&body);
    for _ in 0..2 {
        pair.payer.send(patch.clone()).await.unwrap();
    }
    until(&pair, |event| matches!(event, Event::Learned { .. }), 2).await;
    assert_eq!(credits(&pair), 1);
}

#[tokio::test]
async fn an_aborted_transfer_is_taken_back() {
    let (pair, outcome) = pay_with(Conduct::proper()).await;
    until(&pair, |event| matches!(event, Event::Credited { .. }), 1).await;
    let target = format!("/transfers/{}/error", outcome.transfer_id);
    let body = serde_json::json!({
        "errorInformation": { "errorCode": "3303", "errorDescription": "Transfer expired" },
    });
    let error = Draft::new(Method::PUT, target).to("payeefsp").json(&body);
    pair.payer.send(error).await.unwrap();
    until(&pair, |event| *event == Event::Reversed, 1).await;
    let learned = |event: &Event| matches!(event, Event::Learned { outcome: Outcome::Aborted, .. });
    until(&pair, learned, 1).await;
}

#[tokio::test]
async fn failing_acknowledgements_are_survived_by_sending_again() {
    for acknowledge in
        [Acknowledge::Status(500), Acknowledge::Close, Acknowledge::Reset, Acknowledge::Late(100)]
    {
        let (pair, outcome) = pay_with(Conduct::acknowledging(acknowledge)).await;
        assert_eq!(outcome.end, PaymentEnd::Committed, "{acknowledge:?}");
        until(&pair, |event| matches!(event, Event::Credited { .. }), 1).await;
        assert_eq!(pair.payee.signature_failures(), [""; 0]);
    }
}

#[tokio::test]
async fn a_dropped_202_brings_the_same_request_and_the_same_answer_again() {
    let (pair, outcome) = pay_with(Conduct::acknowledging(Acknowledge::DropAfter)).await;
    assert_eq!(outcome.end, PaymentEnd::Committed);
    until(&pair, |event| matches!(event, Event::Received { .. }), 2).await;
    until(&pair, |event| *event == Event::AnswerAcknowledged, 2).await;
    assert_eq!(credits(&pair), 1);
    let target = format!("/transfers/{}", outcome.transfer_id);
    let mut callbacks = Vec::new();
    for _ in 0..PATIENCE_MS / 10 {
        callbacks = pair.payer.received();
        callbacks.retain(|message| message.target == target);
        if callbacks.len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(callbacks.len(), 2);
    assert_eq!(callbacks[0].body, callbacks[1].body);
    let signature = |index: usize| callbacks[index].header("fspiop-signature").unwrap();
    assert_eq!(signature(0), signature(1), "ES256 would differ if it were signed anew");
}

#[tokio::test]
async fn it_answers_twice_and_slowly_when_told() {
    let conduct = Conduct { answers: 2, slow_body_ms: 100, ..Conduct::proper() };
    let (pair, outcome) = pay_with(conduct).await;
    assert_eq!(outcome.end, PaymentEnd::Committed);
    assert!(outcome.hops[2].elapsed_ms >= 100);
    until(&pair, |event| *event == Event::AnswerAcknowledged, 2).await;
    assert_eq!(credits(&pair), 1);
}

#[tokio::test]
async fn a_payee_honours_the_budget_or_not() {
    let late = Conduct::late(200);
    let budgets = StageBudgets { transfer_ms: Some(150), ..StageBudgets::default() };
    let pair = Pair::with(p256, |options| causeway_toolkit::dfsp::DfspOptions {
        honours_timeout: true,
        ..options
    });
    let pair = pair.await.unwrap();
    let request = PayRequest { budgets, ..request(&pair) };
    // What the payee answers: on a slow machine the payer may have given it up by then.
    let answered = async |conduct: Conduct, suffix: &str| {
        pair.payee.set_conduct(Stage::Transfer, conduct);
        let outcome = pair.payer.pay(&request).await.unwrap();
        let target = format!("/transfers/{}{suffix}", outcome.transfer_id);
        let answer = pair.payer.await_callback(|message| message.target == target, PATIENCE_MS);
        answer.await.unwrap().json()
    };
    let refusal = answered(late.clone(), "/error").await;
    assert_eq!(refusal["errorInformation"]["errorCode"], "3303");
    let fulfil = answered(Conduct { ignores_deadlines: true, ..late }, "").await;
    assert_eq!(fulfil["transferState"], "COMMITTED");
}

#[tokio::test]
async fn an_expired_transfer_is_not_fulfilled() {
    let pair = Pair::start(p256).await.unwrap();
    pair.payee.set_conduct(Stage::Transfer, Conduct::late(100));
    let request = PayRequest { expires_in_ms: 50, ..request(&pair) };
    let outcome = pair.payer.pay(&request).await.unwrap();
    assert!(matches!(outcome.end, PaymentEnd::Failed { ref code, .. } if code == "3303"));
}

#[tokio::test]
async fn tampered_and_unsigned_messages_are_noted_and_refused() {
    let pair = Pair::start(p256).await.unwrap();
    let body = serde_json::json!({ "errorInformation": {} });
    let draft = Draft::new(Method::PUT, "/quotes/1/error").to("payeefsp").json(&body);
    let mut tampered = pair.payer.sign(draft.clone()).unwrap();
    tampered.body = bytes::Bytes::from_static(b"{\"errorInformation\":{ }}");
    // Straight to the payee: the relay would try for ever.
    pair.payer.set_hub(pair.payee.base_url());
    assert_eq!(pair.payer.resend(&tampered).await.unwrap().status, 400);
    let unsigned = draft.without("fspiop-signature");
    assert_eq!(pair.payer.send(unsigned).await.unwrap().response.status, 400);
    assert_eq!(pair.payee.signature_failures().len(), 2);
}

#[tokio::test]
async fn an_error_about_the_question_is_no_end_of_the_transfer() {
    let pair = Pair::start(p256).await.unwrap();
    for (code, ends) in [("3106", false), ("3208", false), ("5104", true)] {
        let body = serde_json::json!({
            "errorInformation": { "errorCode": code, "errorDescription": "as it says" },
        });
        let target = format!("/transfers/{code}/error");
        let error = Draft::new(Method::PUT, &target).to("payerfsp").json(&body);
        pair.payee.send(error).await.unwrap();
        pair.payer.await_callback(|message| message.target == target, PATIENCE_MS).await.unwrap();
        assert_eq!(pair.payer.entries().iter().any(|entry| entry.id == code), ends, "{code}");
    }
}

#[tokio::test]
async fn it_asks_for_all_that_is_in_its_log() {
    let (pair, outcome) = pay_with(Conduct::proper()).await;
    let target = format!("/transfers/{}", outcome.transfer_id);
    let body = serde_json::json!({ "transferState": "COMMITTED" });
    let put = Draft::new(Method::PUT, target).to("payerfsp").json(&body);
    let is_told = Cell::new(false);
    let asked = async {
        let all = pair.payer.ask_all().await;
        is_told.set(true);
        all
    };
    // The relay answers no GET: the payee does, as a hub would. What comes before the question, or
    // when it is given up, is no answer to the payer.
    let answer = async {
        while !is_told.get() {
            pair.payee.send(put.clone()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let (all, ()) = tokio::join!(asked, answer);
    assert_eq!(all.unwrap(), [(outcome.transfer_id, Standing::Final(Outcome::Committed))]);
}
