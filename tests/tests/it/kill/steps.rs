//! A kill between each two steps of a journey. No product code helps: a player answers late, or
//! does not acknowledge, at exactly one step, and the process is killed while that step waits.

use super::{SETTINGS, SETTLING_MS, assert_balanced};
use causeway_tests::process::Scheme;
use causeway_toolkit::bank::{BankAnswer, BankConduct, Order, OrderOutcome, Submission};
use causeway_toolkit::dfsp::{
    Acknowledge, Answer, Conduct, PartyId, PayRequest, PaymentEnd, PaymentOutcome, Received, Stage,
};
use causeway_toolkit::ledger_log::Event;
use causeway_toolkit::load::order_to_number;
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER};
use causeway_toolkit::witness::Witness;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

const PATIENCE_MS: u64 = 30_000;

/// How late a player answers: long enough that the kill comes first.
const LATE_MS: u64 = 1_200;

/// The same where a kill that comes second fails the test: whatever else the machine does.
const SURELY_LATE_MS: u64 = 5_000;

const AMOUNT: &str = "12.5";

/// A scheme, and who looks on from the beginning.
struct Stand {
    scheme: Scheme,
    witness: Witness,
}

impl Stand {
    /// With budgets that leave time for a restart.
    async fn patient() -> Stand {
        Stand::with("").await
    }

    async fn with(settings: &str) -> Stand {
        let scheme = Scheme::start(settings).await;
        let witness = scheme.witness().await;
        Stand { scheme, witness }
    }

    async fn kill_and_restart(&mut self) {
        self.scheme.process.kill();
        self.scheme.process.restart().await;
    }

    /// Posts an order to Green's customer and is acknowledged.
    async fn order(&self) -> Order {
        let order = order_to_number(GREEN_NUMBER, AMOUNT).unwrap();
        let alpine = &self.scheme.players.alpine;
        let answer = alpine.submit(&Submission::pain_001(&order, alpine.bic())).await.unwrap();
        assert_eq!(answer.status, 202);
        order
    }

    /// Green pays, in the background.
    fn pay(&self, payee: PartyId) -> JoinHandle<PaymentOutcome> {
        let players = Arc::clone(&self.scheme.players);
        let request = PayRequest {
            expires_in_ms: 20_000,
            resends: 40,
            ..PayRequest::new(payee, CURRENCY, AMOUNT)
        };
        tokio::spawn(async move { players.green.pay(&request).await.unwrap() })
    }

    /// Waits until Green has been asked as payee.
    async fn green_is_asked(&self, stage: Stage) {
        let asked = |message: &Received| is_request(stage, message);
        self.scheme.players.green.await_callback(asked, PATIENCE_MS).await.unwrap();
    }

    async fn final_status(&self, order: &Order) -> OrderOutcome {
        self.scheme.players.alpine.await_final(order, PATIENCE_MS).await.unwrap()
    }

    /// Waits for Alpine's n-th message of a family.
    async fn nth_message(&self, family: &str, count: usize) {
        eventually(|| messages(&self.scheme, family).len() >= count).await;
    }

    /// Everything from outside is as it should be; Alpine's and Green's positions have moved so.
    async fn judged(mut self, committed: usize, alpine: &str, green: &str) {
        let verdict = self.witness.settled(SETTLING_MS).await.unwrap();
        assert!(verdict.is_clean(), "{verdict}");
        assert_eq!(verdict.committed, committed, "{verdict}");
        let (before, after) = (self.witness.before(), self.witness.positions().await.unwrap());
        let moved = |index: usize| (after[index] + -before[index]).to_string();
        assert_eq!((moved(0).as_str(), moved(2).as_str()), (alpine, green));
        assert_eq!(self.scheme.players.failures(), Vec::<String>::new());
        assert_balanced(&mut self.scheme, &self.witness).await;
    }
}

fn is_request(stage: Stage, message: &Received) -> bool {
    let (method, resource) = match stage {
        Stage::Party => ("GET", "/parties/"),
        Stage::Quote => ("POST", "/quotes"),
        Stage::Transfer => ("POST", "/transfers"),
        Stage::Patch => ("PATCH", "/transfers/"),
        Stage::Callback => ("PUT", "/"),
    };
    message.method.as_str() == method && message.target.starts_with(resource)
}

/// Waits until it holds.
async fn eventually(holds: impl Fn() -> bool) {
    for _ in 0..PATIENCE_MS {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it does not come to hold");
}

/// The bodies of all messages of a family that Alpine took in, in order.
fn messages(scheme: &Scheme, family: &str) -> Vec<String> {
    let received = scheme.players.alpine.received();
    let of_family = received.iter().filter(|message| message.name.starts_with(family));
    of_family.map(|message| message.text()).collect()
}

/// How many different transfers Green was asked to take.
fn transfers_to_green(scheme: &Scheme) -> usize {
    let received = scheme.players.green.received();
    let asked = received.iter().filter(|message| is_request(Stage::Transfer, message));
    let mut bodies: Vec<_> = asked.map(|message| message.body.clone()).collect();
    bodies.sort();
    bodies.dedup();
    bodies.len()
}

/// The payee's answer comes late, the kill before it: the journey goes on and is paid.
async fn killed_before_the_answer(stage: Stage) {
    let mut stand = Stand::patient().await;
    stand.scheme.players.green.set_conduct(stage, Conduct::late(LATE_MS));
    let order = stand.order().await;
    stand.green_is_asked(stage).await;
    stand.kill_and_restart().await;
    let outcome = stand.final_status(&order).await;
    assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
    assert_eq!(transfers_to_green(&stand.scheme), 1);
    stand.judged(1, "12.5", "-12.5").await;
}

/// The payee never answers: the journey's own deadline, which outlives the kill, ends it.
async fn killed_before_silence(stage: Stage) {
    let mut stand = Stand::with(SETTINGS).await;
    stand.scheme.players.green.set_conduct(stage, Conduct::silent());
    let order = stand.order().await;
    stand.green_is_asked(stage).await;
    stand.kill_and_restart().await;
    let outcome = stand.final_status(&order).await;
    assert_eq!(outcome.status.as_deref(), Some("RJCT"), "{}", outcome.xml);
    stand.judged(0, "0", "0").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_looking_up() {
    killed_before_the_answer(Stage::Party).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_looking_up_in_vain() {
    killed_before_silence(Stage::Party).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_quoting() {
    killed_before_the_answer(Stage::Quote).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_quoting_in_vain() {
    killed_before_silence(Stage::Quote).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_transferring() {
    killed_before_the_answer(Stage::Transfer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_transferring_in_vain() {
    killed_before_silence(Stage::Transfer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_orders_final_status_that_the_bank_has_not_acknowledged() {
    let mut stand = Stand::patient().await;
    refuse_statuses(&stand.scheme);
    let order = stand.order().await;
    stand.nth_message("pain.002", 1).await;
    stand.kill_and_restart().await;
    stand.nth_message("pain.002", 2).await;
    let told = messages(&stand.scheme, "pain.002");
    assert_eq!(told.first(), told.last());
    let outcome = stand.final_status(&order).await;
    assert_eq!(outcome.status.as_deref(), Some("ACSC"), "{}", outcome.xml);
    stand.judged(1, "12.5", "-12.5").await;
}

/// Alpine reads the first status without saying so, and refuses the next ones.
fn refuse_statuses(scheme: &Scheme) {
    let alpine = &scheme.players.alpine;
    alpine.enqueue_for_status(BankConduct::answering(BankAnswer::DropAfter));
    for _ in 0..3 {
        alpine.enqueue_for_status(BankConduct::answering(BankAnswer::Status(500)));
    }
}

/// The bank behaves so, and otherwise when it is first asked, if that is said.
async fn credit_killed_awaiting_the_bank(
    conduct: BankConduct,
    at_first: Option<BankConduct>,
) -> (Stand, PaymentOutcome) {
    let mut stand = Stand::patient().await;
    let alpine = &stand.scheme.players.alpine;
    alpine.set_conduct(conduct);
    if let Some(at_first) = at_first {
        alpine.enqueue(at_first);
    }
    let paying = stand.pay(PartyId::new("IBAN", ALPINE_IBAN));
    stand.nth_message("pacs.008", 1).await;
    stand.kill_and_restart().await;
    let outcome = paying.await.unwrap();
    (stand, outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_whose_bank_answers_by_a_post() {
    let late = BankConduct::proper().later(LATE_MS);
    let (stand, outcome) = credit_killed_awaiting_the_bank(late, None).await;
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    stand.nth_message("pacs.002", 1).await;
    stand.judged(1, "-12.5", "12.5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_whose_bank_was_answering() {
    let late = BankConduct { delay_ms: LATE_MS, ..BankConduct::proper() };
    // The gateway waits no longer than that for an answer: the second one has to be sooner.
    let too_late = BankConduct { delay_ms: SURELY_LATE_MS, ..BankConduct::proper() };
    let (stand, outcome) = credit_killed_awaiting_the_bank(late, Some(too_late)).await;
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    // The answer was lost with its connection, and the bank was asked again in the same words.
    let asked = messages(&stand.scheme, "pacs.008");
    assert!(asked.len() >= 2, "asked {} times", asked.len());
    assert!(asked.iter().all(|message| *message == asked[0]));
    stand.judged(1, "-12.5", "12.5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credit_whose_bank_rejects_late() {
    let late = BankConduct::rejecting("AC04").later(LATE_MS);
    let (stand, outcome) = credit_killed_awaiting_the_bank(late, None).await;
    assert!(
        matches!(outcome.end, PaymentEnd::Failed { stage: Stage::Transfer, .. }),
        "{outcome:?}"
    );
    stand.judged(0, "0", "0").await;
}

/// Between the bank's answer and the hub's word lie milliseconds that no player can stretch: the
/// kill sweeps over them. The bank was told that its answer is taken, so that it must be paid.
#[tokio::test(flavor = "multi_thread")]
async fn a_credit_awaiting_the_hubs_word() {
    let mut stand = Stand::patient().await;
    stand.scheme.players.alpine.set_conduct(BankConduct::proper().later(20));
    let kills_after_ms = [0, 1, 2, 4, 8, 16];
    for (round, after_ms) in kills_after_ms.into_iter().enumerate() {
        let paying = stand.pay(PartyId::new("IBAN", ALPINE_IBAN));
        eventually(|| answers_taken(&stand.scheme) > round).await;
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        stand.kill_and_restart().await;
        let outcome = paying.await.unwrap();
        assert_eq!(outcome.end, PaymentEnd::Committed, "killed after {after_ms} ms: {outcome:?}");
    }
    stand.judged(6, "-75", "75").await;
}

fn answers_taken(scheme: &Scheme) -> usize {
    let entries = scheme.players.alpine.entries();
    entries.iter().filter(|entry| entry.event == Event::AnswerAcknowledged).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credits_confirmation_that_the_bank_has_not_acknowledged() {
    let mut stand = Stand::patient().await;
    refuse_statuses(&stand.scheme);
    let paying = stand.pay(PartyId::new("IBAN", ALPINE_IBAN));
    stand.nth_message("pacs.002", 1).await;
    stand.kill_and_restart().await;
    stand.nth_message("pacs.002", 2).await;
    let told = messages(&stand.scheme, "pacs.002");
    assert_eq!(told.first(), told.last());
    let outcome = paying.await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    stand.judged(1, "-12.5", "12.5").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_that_the_payee_has_not_acknowledged() {
    let mut stand = Stand::patient().await;
    let blue = &stand.scheme.players.blue;
    blue.set_conduct(Stage::Transfer, Conduct::answering(Answer::Reserved));
    blue.enqueue(Stage::Patch, Conduct::acknowledging(Acknowledge::DropAfter));
    for _ in 0..3 {
        blue.enqueue(Stage::Patch, Conduct::acknowledging(Acknowledge::Status(503)));
    }
    let paying = stand.pay(PartyId::new("MSISDN", BLUE_NUMBER));
    let patch = |message: &Received| is_request(Stage::Patch, message);
    blue.await_callback(patch, PATIENCE_MS).await.unwrap();
    stand.kill_and_restart().await;
    let outcome = paying.await.unwrap();
    assert_eq!(outcome.end, PaymentEnd::Committed, "{outcome:?}");
    let blue = &stand.scheme.players.blue;
    let patches = || blue.received().into_iter().filter(|m| patch(m)).collect::<Vec<_>>();
    eventually(|| patches().len() >= 2).await;
    let signed =
        |m: &Arc<Received>| (m.body.clone(), m.header("fspiop-signature").map(str::to_owned));
    let distinct: std::collections::HashSet<_> = patches().iter().map(signed).collect();
    assert_eq!(distinct.len(), 1, "a repeated message is the same in body and signature");
    stand.judged(1, "0", "12.5").await;
}

/// T4: what was reserved when the process died is released once, when it is there again, and the
/// payer is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_reservation_whose_deadline_passes_while_the_process_is_dead() {
    let mut stand = Stand::patient().await;
    let players = Arc::clone(&stand.scheme.players);
    players.blue.set_conduct(Stage::Transfer, Conduct::silent());
    let mut request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, AMOUNT);
    request.expires_in_ms = 10_000;
    // Nobody asks: whoever forgot the transfer would tell its payer nothing.
    request.asks = 0;
    let dead_ms = request.expires_in_ms + 100;
    let paying = tokio::spawn(async move { players.green.pay(&request).await.unwrap() });
    let asked = |message: &Received| is_request(Stage::Transfer, message);
    stand.scheme.players.blue.await_callback(asked, PATIENCE_MS).await.unwrap();
    // Without its 202 the payer would send the transfer again, which is to ask as well.
    eventually(|| is_acknowledged(&stand.scheme)).await;
    stand.scheme.process.kill();
    tokio::time::sleep(Duration::from_millis(dead_ms)).await;
    stand.scheme.process.restart().await;
    let told = |message: &Received| is_request(Stage::Callback, message) && message.is_error();
    let told = stand.scheme.players.green.await_callback(told, PATIENCE_MS).await.unwrap();
    assert_eq!(told.json()["errorInformation"]["errorCode"], "3303");
    assert_eq!(stand.witness.positions().await.unwrap(), stand.witness.before());
    // How it ended for who waited is no matter: that may have been over before the restart was.
    paying.await.unwrap();
    stand.judged(0, "0", "0").await;
}

/// Whether the hub has taken Green's transfer.
fn is_acknowledged(scheme: &Scheme) -> bool {
    let entries = scheme.players.green.entries();
    entries.iter().any(|entry| matches!(entry.event, Event::Acknowledged { .. }))
}

/// The same order, before the kill as usual and after it in other clothes: paid once, answered with
/// the same message.
#[tokio::test(flavor = "multi_thread")]
async fn an_order_sent_again_reformatted_across_a_kill() {
    for stage in [Stage::Party, Stage::Quote, Stage::Transfer] {
        let mut stand = Stand::patient().await;
        stand.scheme.players.green.set_conduct(stage, Conduct::late(LATE_MS));
        let alpine = &stand.scheme.players.alpine;
        let order = order_to_number(GREEN_NUMBER, AMOUNT).unwrap();
        let plain = Submission::pain_001(&order, alpine.bic());
        let first = alpine.submit(&plain).await.unwrap();
        stand.green_is_asked(stage).await;
        stand.kill_and_restart().await;
        let dressed = Submission { xml: reformatted(&plain.xml), ..plain.clone() };
        assert_ne!(dressed.xml, plain.xml);
        let alpine = &stand.scheme.players.alpine;
        let mut second = alpine.submit(&dressed).await.unwrap();
        for _ in 0..50 {
            if second.status != 503 {
                break;
            }
            // A process that has just started is busy with what it had left: later, it says.
            tokio::time::sleep(Duration::from_millis(100)).await;
            second = alpine.submit(&dressed).await.unwrap();
        }
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (202, 202));
        let location = first.header("location").unwrap().to_owned();
        assert_eq!(second.header("location"), Some(location.as_str()));
        let told = stand.final_status(&order).await;
        assert_eq!(told.status.as_deref(), Some("ACSC"), "{}", told.xml);
        let waiting = alpine.submit(&dressed.waiting(Some(5))).await.unwrap();
        let asked = alpine.order_status(&location).await.unwrap();
        assert_eq!((waiting.status.as_u16(), asked.status.as_u16()), (200, 200));
        assert_eq!(message_id(&waiting.text()), message_id(&told.xml));
        assert_eq!(message_id(&asked.text()), message_id(&told.xml));
        assert_eq!(transfers_to_green(&stand.scheme), 1);
        stand.judged(1, "12.5", "-12.5").await;
    }
}

/// As above, but the kill takes the waiting exchange with it: the bank has no answer at all.
#[tokio::test(flavor = "multi_thread")]
async fn an_unanswered_order_sent_again_reformatted_across_a_kill() {
    let mut stand = Stand::patient().await;
    stand.scheme.players.green.set_conduct(Stage::Transfer, Conduct::late(SURELY_LATE_MS));
    let order = order_to_number(GREEN_NUMBER, AMOUNT).unwrap();
    let plain = Submission::pain_001(&order, stand.scheme.players.alpine.bic()).waiting(Some(20));
    let (players, submission) = (Arc::clone(&stand.scheme.players), plain.clone());
    let waiting = tokio::spawn(async move { players.alpine.submit(&submission).await });
    stand.green_is_asked(Stage::Transfer).await;
    stand.kill_and_restart().await;
    assert!(waiting.await.unwrap().is_err());
    let dressed = Submission { xml: reformatted(&plain.xml), ..plain };
    let answer = stand.scheme.players.alpine.submit(&dressed).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.text().contains("ACSC"), "{}", answer.text());
    assert_eq!(transfers_to_green(&stand.scheme), 1);
    stand.judged(1, "12.5", "-12.5").await;
}

/// The same document with a prefix of its own, a tag a line.
fn reformatted(xml: &str) -> String {
    let spaced = xml.replace("><", ">\n  <");
    let prefixed = spaced.replace("xmlns=", "xmlns:order=").replace("</", "</order:");
    let mut result = String::new();
    let mut rest = prefixed.as_str();
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at + 1);
        result.push_str(before);
        if from.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
            result.push_str("order:");
        }
        rest = from;
    }
    result + rest
}

fn message_id(xml: &str) -> &str {
    let from = xml.find("<MsgId>").map(|at| &xml[at + "<MsgId>".len()..]);
    from.and_then(|from| from.split('<').next()).unwrap_or_default()
}
