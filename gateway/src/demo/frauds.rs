//! What fraud screening does: a scam's payment is stopped before it reserves money, a mule is noticed
//! after it was paid, a payee on the block list gets nothing.

use std::time::Duration;

use causeway_toolkit::dfsp::{Dfsp, PartyId, PayRequest, PaymentEnd, PaymentOutcome};
use causeway_toolkit::players::{ALPINE_IBAN, BLUE_NUMBER, CURRENCY, GREEN_NUMBER};
use frms::Event;
use frms_stream::Subscription;
use hyper::Method;
use serde_json::json;

use super::DemoError;
use super::cast::Cast;
use super::report::{checked, hops, scene, settle};

/// A customer of Green Wallet's, and when she was born.
const PENSIONER_NUMBER: &str = "255700000077";
const PENSIONER_BORN: &str = "1944-05-17";
/// How long an alert may take; it comes in milliseconds.
const ALERT_PATIENCE: Duration = Duration::from_secs(5);

/// Three ordinary payments of a pensioner's, then one that is not.
pub async fn a_scam(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(6, "A scam: a pensioner is talked into paying a stranger for her \"prize\"");
    let rent = PartyId::new("IBAN", ALPINE_IBAN);
    for amount in ["14.2", "9.9", "15"] {
        let outcome = pensioner_pays(&cast.players.green, rent.clone(), amount).await?;
        if outcome.end != PaymentEnd::Committed {
            return Ok(checked("her ordinary payments are paid", false));
        }
    }
    settle().await;
    println!(
        "  Three payments of hers, of at most 15 EUR, were paid. Now 950 EUR to a stranger:\n"
    );
    cast.take_sightings();
    let before = cast.admin.positions("greenwallet").await?;
    let stranger = PartyId::new("MSISDN", BLUE_NUMBER);
    let outcome = pensioner_pays(&cast.players.green, stranger, "950").await?;
    settle().await;
    let taken = hops(cast, "greenwallet");
    let sentence = explanation(cast, &outcome.transfer_id).await?;
    println!("  Green Wallet was told a generic error; the operator reads:\n\n  {sentence}\n");
    let refused = matches!(&outcome.end, PaymentEnd::Failed { code, .. } if code == "4000");
    let unmoved = before == cast.admin.positions("greenwallet").await?;
    let explained = sentence.contains("typology 028") && sentence.contains("rule 018");
    let good = refused && unmoved && explained;
    Ok(checked("blocked before it reserved money, and explained", good) && taken)
}

/// What comes in goes straight out: paid, since laundering is watched and not stopped, and told.
pub async fn a_mule(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(7, "A mule: 400 EUR come in, 390 go straight out to another bank");
    let mut alerts = match &cast.gateway.node.screening {
        Some(screening) => screening.stream().subscribe("frm.*.alert.>"),
        None => return Ok(checked("screening is on", false)),
    };
    cast.take_sightings();
    let mut inward = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "400");
    inward.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    let inward = cast.players.green.pay(&inward).await?;
    settle().await;
    let mut onward = PayRequest::new(PartyId::new("IBAN", ALPINE_IBAN), CURRENCY, "390");
    onward.payer = PartyId::new("MSISDN", BLUE_NUMBER);
    let onward = cast.players.blue.pay(&onward).await?;
    settle().await;
    let taken = hops(cast, "bluewallet");
    let sentence = alert(&mut alerts).await.unwrap_or_default();
    println!(
        "  Both were paid, and nobody was told anything; the analyst reads:\n\n  {sentence}\n"
    );
    let paid = [&inward, &onward].iter().all(|outcome| outcome.end == PaymentEnd::Committed);
    let explained = sentence.starts_with("Paid") && sentence.contains("typology 214");
    Ok(checked("paid, and an alert raised after the commit", paid && explained) && taken)
}

/// A payee on the block list: refused before any money is reserved.
pub async fn a_block_list(cast: &mut Cast) -> Result<bool, DemoError> {
    scene(6, "A scam: the payee has just been put on the block list");
    let condition = json!({
        "evtTp": ["pacs.008.001.10"], "condTp": "non-overridable-block", "prsptv": "creditor",
        "condRsn": "three customers report a prize that must be paid for first", "usr": "analyst",
        "incptnDtTm": "2026-01-01T00:00:00.000Z", "forceCret": true,
        "ntty": { "id": BLUE_NUMBER, "schmeNm": { "prtry": "MSISDN" } },
    });
    let path = "/screening/conditions/prize-scam";
    let set = cast.admin.send(Method::PUT, path, Some(&condition)).await?;
    // The other nodes hear of it a moment later.
    if let Some(cluster) = &cast.cluster {
        cluster.know_condition(&cast.gateway, "prize-scam").await;
    }
    cast.take_sightings();
    let before = cast.admin.positions("greenwallet").await?;
    let mut request = PayRequest::new(PartyId::new("MSISDN", BLUE_NUMBER), CURRENCY, "950");
    request.payer = PartyId::new("MSISDN", GREEN_NUMBER);
    let outcome = cast.players.green.pay(&request).await?;
    settle().await;
    let taken = hops(cast, "greenwallet");
    let sentence = explanation(cast, &outcome.transfer_id).await?;
    println!("  Green Wallet was told a generic error; the operator reads:\n\n  {sentence}\n");
    let refused = matches!(&outcome.end, PaymentEnd::Failed { code, .. } if code == "4000");
    let unmoved = before == cast.admin.positions("greenwallet").await?;
    let explained = sentence.contains("block list") && sentence.contains("prize-scam");
    let good = set.status.is_success() && refused && unmoved && explained;
    Ok(checked("blocked before it reserved money, and explained", good) && taken)
}

async fn pensioner_pays(
    green: &Dfsp,
    payee: PartyId,
    amount: &str,
) -> Result<PaymentOutcome, DemoError> {
    let mut request = PayRequest::new(payee, CURRENCY, amount);
    request.payer = PartyId::new("MSISDN", PENSIONER_NUMBER);
    request.quote = json!({ "payer": { "personalInfo": { "dateOfBirth": PENSIONER_BORN } } });
    Ok(green.pay(&request).await?)
}

/// Why a payment was stopped, as an operator is told.
async fn explanation(cast: &Cast, transfer_id: &str) -> Result<String, DemoError> {
    let path = format!("/screening/verdicts/{transfer_id}");
    let verdict = cast.admin.send(Method::GET, &path, None).await?.json().unwrap_or_default();
    Ok(verdict["explanation"].as_str().unwrap_or_default().to_owned())
}

/// The sentence of the next alert.
async fn alert(alerts: &mut Subscription) -> Option<String> {
    let entry = tokio::time::timeout(ALERT_PATIENCE, alerts.next()).await.ok()?.ok()?;
    match entry.event {
        Event::Alert { verdict, .. } => Some(verdict.explanation.clone()),
        _ => None,
    }
}
