//! Where a participant listens: endpoints by type (switch-core.md §1.11).

use std::sync::Arc;

use fspiop::error::Refusal;
use fspiop::json::{Unfit, Value};
use serde::Serialize;

use super::bounds::{ENDPOINT_CHARS_MAX, ENDPOINTS_MAX};
use super::request::{Member, Request};
use super::{audit, json, ledger, records};
use crate::egress::Egress;
use crate::envelope::Answer;
use crate::node::Node;
use crate::peers::BASE_URL;

#[derive(Serialize)]
struct Shown {
    r#type: String,
    value: String,
}

/// GET /participants/{name}/endpoints; with `?type=` the one of that type, or an empty object.
pub(super) async fn list(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    ledger::participant(node, name).await?;
    let (_, stored) = records::expectation(records::stored(node, name).await?);
    let endpoints = stored.record.endpoints.into_iter();
    let mut shown = endpoints.map(|(r#type, value)| Shown { r#type, value });
    Ok(match request.query("type") {
        Some(wanted) => match shown.find(|endpoint| endpoint.r#type == wanted) {
            Some(endpoint) => json(200, &endpoint),
            None => Answer::with_body(200, "application/json", "{}"),
        },
        None => json(200, &shown.collect::<Vec<_>>()),
    })
}

/// POST /participants/{name}/endpoints: one or several; those of other types stay.
pub(super) async fn set(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let body = Member::root(&body);
    let egress = node.client.egress();
    let endpoints = match body.value() {
        Value::Array(_) => body.items(ENDPOINTS_MAX, |item| endpoint(item, egress))?,
        _ => vec![endpoint(&body, egress)?],
    };
    let participant = ledger::participant(node, name).await?;
    records::change(node, &participant, |stored| {
        stored.record.endpoints.extend(endpoints.iter().cloned());
    })
    .await?;
    audit("set endpoints", name);
    Ok(Answer::empty(201))
}

fn endpoint(item: &Member<'_>, egress: &Egress) -> Result<(String, String), Refusal> {
    let kind = item.required_text("type", |text| match TYPES.contains(&text) {
        true => Ok(text.to_owned()),
        false => Err(Unfit("must be an endpoint type such as FSPIOP_CALLBACK_URL")),
    })?;
    let value = item.required_text("value", |text| match kind.as_str() {
        kind if kind.ends_with("_EMAIL") => email(text),
        kind if kind.ends_with("_TOPIC") => topic(text),
        _ => url(text, egress),
    })?;
    Ok((kind, value))
}

/// A URL that we may call, by the egress rule too; nothing in it could end a header line. Path and
/// query may hold a template's `{{placeholders}}`.
///
/// # Errors
/// What to mend.
pub(super) fn url(text: &str, egress: &Egress) -> Result<String, Unfit> {
    bounded(text)?;
    if text.chars().any(|c| !c.is_ascii_graphic() || matches!(c, '\\' | '"' | '<' | '>')) {
        return Err(Unfit("must be a URL without spaces, control characters and quotes"));
    }
    match egress.check(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(forbidden) => Err(Unfit(forbidden.mend())),
    }
}

fn email(text: &str) -> Result<String, Unfit> {
    bounded(text)?;
    let plain = text.chars().all(|c| c.is_ascii_graphic());
    match text.split_once('@') {
        Some((user, host)) if plain && !user.is_empty() && !host.is_empty() => Ok(text.to_owned()),
        _ => Err(Unfit("must be an e-mail address")),
    }
}

fn topic(text: &str) -> Result<String, Unfit> {
    bounded(text)?;
    match text.chars().all(|c| c.is_ascii_graphic()) {
        true => Ok(text.to_owned()),
        false => Err(Unfit("must be a topic's name")),
    }
}

fn bounded(text: &str) -> Result<(), Unfit> {
    match (1..=ENDPOINT_CHARS_MAX).contains(&text.chars().count()) {
        true => Ok(()),
        false => Err(Unfit("must have 1 to 512 characters")),
    }
}

/// All endpoint types: the base URL, and the peer's.
const TYPES: [&str; 63] = [
    BASE_URL,
    "ALARM_NOTIFICATION_TOPIC",
    "ALARM_NOTIFICATION_URL",
    "FSPIOP_CALLBACK_URL_AUTHORIZATIONS",
    "FSPIOP_CALLBACK_URL_BULK_QUOTES",
    "FSPIOP_CALLBACK_URL_BULK_TRANSFER_ERROR",
    "FSPIOP_CALLBACK_URL_BULK_TRANSFER_POST",
    "FSPIOP_CALLBACK_URL_BULK_TRANSFER_PUT",
    "FSPIOP_CALLBACK_URL_FX_QUOTES",
    "FSPIOP_CALLBACK_URL_FX_TRANSFER_ERROR",
    "FSPIOP_CALLBACK_URL_FX_TRANSFER_POST",
    "FSPIOP_CALLBACK_URL_FX_TRANSFER_PUT",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_BATCH_PUT",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_BATCH_PUT_ERROR",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_DELETE",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_PUT",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_PUT_ERROR",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_SUB_ID_DELETE",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_SUB_ID_PUT",
    "FSPIOP_CALLBACK_URL_PARTICIPANT_SUB_ID_PUT_ERROR",
    "FSPIOP_CALLBACK_URL_PARTIES_GET",
    "FSPIOP_CALLBACK_URL_PARTIES_PUT",
    "FSPIOP_CALLBACK_URL_PARTIES_PUT_ERROR",
    "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_GET",
    "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_PUT",
    "FSPIOP_CALLBACK_URL_PARTIES_SUB_ID_PUT_ERROR",
    "FSPIOP_CALLBACK_URL_QUOTES",
    "FSPIOP_CALLBACK_URL_TRANSFER_ERROR",
    "FSPIOP_CALLBACK_URL_TRANSFER_POST",
    "FSPIOP_CALLBACK_URL_TRANSFER_PUT",
    "FSPIOP_CALLBACK_URL_TRX_REQ_SERVICE",
    "NET_DEBIT_CAP_ADJUSTMENT_EMAIL",
    "NET_DEBIT_CAP_THRESHOLD_BREACH_EMAIL",
    "SETTLEMENT_TRANSFER_POSITION_CHANGE_EMAIL",
    "TP_CB_URL_ACCOUNTS_GET",
    "TP_CB_URL_ACCOUNTS_PUT",
    "TP_CB_URL_ACCOUNTS_PUT_ERROR",
    "TP_CB_URL_CONSENT_GENERATE_CHALLENGE_POST",
    "TP_CB_URL_CONSENT_GENERATE_CHALLENGE_PUT_ERROR",
    "TP_CB_URL_CONSENT_GET",
    "TP_CB_URL_CONSENT_PATCH",
    "TP_CB_URL_CONSENT_POST",
    "TP_CB_URL_CONSENT_PUT",
    "TP_CB_URL_CONSENT_PUT_ERROR",
    "TP_CB_URL_CONSENT_REQUEST_PATCH",
    "TP_CB_URL_CONSENT_REQUEST_POST",
    "TP_CB_URL_CONSENT_REQUEST_PUT",
    "TP_CB_URL_CONSENT_REQUEST_PUT_ERROR",
    "TP_CB_URL_CREATE_CREDENTIAL_POST",
    "TP_CB_URL_SERVICES_GET",
    "TP_CB_URL_SERVICES_PUT",
    "TP_CB_URL_SERVICES_PUT_ERROR",
    "TP_CB_URL_TRANSACTION_REQUEST_AUTH_POST",
    "TP_CB_URL_TRANSACTION_REQUEST_AUTH_PUT",
    "TP_CB_URL_TRANSACTION_REQUEST_AUTH_PUT_ERROR",
    "TP_CB_URL_TRANSACTION_REQUEST_GET",
    "TP_CB_URL_TRANSACTION_REQUEST_PATCH",
    "TP_CB_URL_TRANSACTION_REQUEST_POST",
    "TP_CB_URL_TRANSACTION_REQUEST_PUT",
    "TP_CB_URL_TRANSACTION_REQUEST_PUT_ERROR",
    "TP_CB_URL_TRANSACTION_REQUEST_VERIFY_POST",
    "TP_CB_URL_TRANSACTION_REQUEST_VERIFY_PUT",
    "TP_CB_URL_TRANSACTION_REQUEST_VERIFY_PUT_ERROR",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_http_with_a_host_and_nothing_hidden() {
        let loopback = ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap());
        let open = Egress::new(loopback.to_vec(), false);
        for good in [
            "http://127.0.0.1:3000",
            "http://dfsp.example/fsp/",
            "http://[::1]:80/parties/{{partyIdType}}/{{partyIdentifier}}",
        ] {
            assert_eq!(url(good, &open).as_deref(), Ok(good));
        }
        let long = format!("http://a/{}", "x".repeat(504));
        for bad in [
            "",
            "https://dfsp.example/fsp/",
            "ftp://a/",
            "file:///etc/passwd",
            "http://",
            "http:///x",
            "http://:80/x",
            "http://user:secret@host/x",
            "http://{{host}}/x",
            "http://a/x\r\nX: y",
            "http://a b/x",
            "http://a\\@b/x",
            "HTTP//a",
            long.as_str(),
        ] {
            assert!(url(bad, &open).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_and_topics_are_no_urls() {
        assert!(email("ops@dfsp.example").is_ok());
        assert!(email("ops").is_err());
        assert!(email("a@b\r\nBcc: c@d").is_err());
        assert!(topic("alarms").is_ok());
        assert!(topic("").is_err());
    }
}
