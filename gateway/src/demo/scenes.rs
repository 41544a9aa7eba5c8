//! What is played. Each scene prints its hops and what came back, and says whether it went well.

use causeway_toolkit::bank::{AccountRef, AgentRef, Order, OrderOutcome};
use causeway_toolkit::dfsp::{PartyId, PayRequest, PaymentEnd, StageBudgets};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER, HARBOUR_IBAN};

use super::DemoError;
use super::cast::Cast;
use super::report::{checked, hops, scene, settle, xml};

/// How long a scene may take; a healthy one takes a fraction of a second.
const PATIENCE_MS: u64 = 15_000;

/// pain.001 in, pain.002 back.
pub async fn bank_pays_wallet(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(1, "A bank pays a wallet: pain.001 in, lookup, quote, transfer, pain.002 back");
    cast.take_sightings();
    let order = to_number(GREEN_NUMBER, "25.50")?;
    let outcome = cast.players.alpine.pay_pain_001(&order, Some(10), PATIENCE_MS).await?;
    settle().await;
    let taken = hops(cast, "alpinebank");
    xml("What Alpine Bank got back", &outcome.xml);
    Ok(checked("the order ended in ACSC", is(&outcome, "ACSC")) && taken)
}

/// A transfer in, pacs.008 to the bank, pacs.002 back.
pub async fn wallet_pays_bank(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(2, "A wallet pays a bank account: the bank gets pacs.008 and answers with pacs.002");
    cast.take_sightings();
    let mut request = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "12.75");
    request.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    request.note = Some("Invoice 2026-117".to_owned());
    request.budgets =
        StageBudgets { party_ms: Some(10_000), quote_ms: Some(10_000), transfer_ms: Some(30_000) };
    let outcome = cast.players.green.pay(&request).await?;
    settle().await;
    let taken = hops(cast, "greenwallet");
    let credit =
        cast.players.alpine.received().into_iter().rev().find(|m| m.name.starts_with("pacs.008"));
    if let Some(credit) = &credit {
        xml("What Alpine Bank was sent", &credit.text());
    }
    let good = outcome.end == PaymentEnd::Committed && outcome.fulfilment_fits == Some(true);
    let good = good && credit.is_some();
    Ok(checked("COMMITTED, and the fulfilment opens the condition", good) && taken)
}

/// XML on both sides.
pub async fn bank_pays_bank(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(3, "A bank pays a bank: pacs.008 in, pacs.008 out, neither sees FSPIOP");
    cast.take_sightings();
    let mut order = Order::new(CURRENCY, "100", AccountRef::Iban(HARBOUR_IBAN.to_owned()))?;
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    order.creditor_agent = Some(AgentRef::Bic(cast.players.harbour.bic().to_owned()));
    let outcome = cast.players.alpine.pay_pacs_008(&order, Some(10), PATIENCE_MS).await?;
    settle().await;
    let taken = hops(cast, "alpinebank");
    Ok(checked("the order ended in ACSC", is(&outcome, "ACSC")) && taken)
}

/// A refusal with its reason.
pub async fn unknown_payee(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(4, "A number that nobody holds: refused, with the reason in ISO's own code");
    cast.take_sightings();
    let order = to_number("999000000000", "5")?;
    let outcome = cast.players.alpine.pay_pain_001(&order, Some(10), PATIENCE_MS).await?;
    let reason = outcome.reason.clone().unwrap_or_default();
    println!("  pain.002 says {} {reason}\n", outcome.status.clone().unwrap_or_default());
    Ok(checked("RJCT BE23 (no such party)", is(&outcome, "RJCT") && reason == "BE23"))
}

/// Twice the same order: paid once.
pub async fn the_same_again(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(5, "The same pain.001 twice: paid once, answered alike");
    cast.take_sightings();
    let order = to_number(BLUE_NUMBER, "7.25")?;
    let first = cast.players.alpine.pay_pain_001(&order, Some(10), PATIENCE_MS).await?;
    let again = cast.players.alpine.pay_pain_001(&order, Some(10), PATIENCE_MS).await?;
    settle().await;
    let is_prepare = |m: &causeway_toolkit::dfsp::Received| {
        m.method.as_str() == "POST" && m.target == "/transfers"
    };
    let prepares = cast.players.blue.received().iter().filter(|m| is_prepare(m)).count();
    println!("  Blue Wallet was asked {prepares} time(s); both answers are the same message\n");
    let alike = first.xml == again.xml && is(&first, "ACSC");
    Ok(checked("one transfer, one answer", alike && prepares == 1))
}

fn to_number(number: &str, amount: &str) -> Result<Order, DemoError> {
    let account = AccountRef::Proxy { kind: "TELE".to_owned(), id: format!("+{number}") };
    let mut order = Order::new(CURRENCY, amount, account)?;
    order.debtor_account = AccountRef::Iban(ALPINE_IBAN.to_owned());
    Ok(order)
}

fn is(outcome: &OrderOutcome, status: &str) -> bool {
    outcome.status.as_deref() == Some(status)
}
