//! What operators have changed: participants, accounts, limits, money in, records (endpoints, keys,
//! versions), conditions of fraud screening. Who holds a party is left out: that is personal data, and
//! moves nothing.

use aws_lc_rs::digest::{SHA256, digest};
use serde_json::{Value, json};
use switch::{Command, Decision, Outcome, ParticipantName, Timestamp};
use switch_store::{DocumentWrite, NewOutboxRow, NotRendered};

use super::transfers::{audit, lane_of, uuid};
use super::{Moved, account_name, date_time};
use crate::peers::{PEER, PeerRecord, PublicKey};
use crate::screening::conditions::CONDITION;

/// Whether a command is an operator's, of whom auditors hear.
pub(super) fn is_told_of(command: &Command) -> bool {
    matches!(
        command,
        Command::CreateHubAccount { .. }
            | Command::CreateParticipant { .. }
            | Command::SetParticipantActive { .. }
            | Command::SetAccountActive { .. }
            | Command::SetInitialPositionAndLimit { .. }
            | Command::SetLimit { .. }
            | Command::RecordFundsIn(_)
    )
}

/// The event of a command that took effect.
pub(super) fn command(
    tenant: &str,
    command: &Command,
    decision: &Decision,
    now: Timestamp,
) -> Result<Option<NewOutboxRow>, NotRendered> {
    if decision.outcome != Outcome::Accepted {
        return Ok(None);
    }
    let Some((event, participant, mut payload)) = shown(command) else { return Ok(None) };
    if !decision.postings.is_empty() {
        payload["postings"] = decision.postings.iter().map(|one| json!(Moved::of(one))).collect();
    }
    let lane = lane_of(participant.as_str());
    row(tenant, event, participant.as_str(), payload, lane, now).map(Some)
}

/// The event of a participant's record or a condition that was written.
pub(super) fn document(
    tenant: &str,
    write: &DocumentWrite,
    now: Timestamp,
) -> Result<Option<NewOutboxRow>, NotRendered> {
    let name = String::from_utf8_lossy(&write.key.key);
    if write.key.kind == PEER {
        let Some(body) = &write.body else { return Ok(None) };
        let record: PeerRecord =
            serde_json::from_slice(body).map_err(|error| NotRendered(error.to_string()))?;
        let payload = record_shown(&name, &record);
        return row(tenant, "participant.record", &name, payload, lane_of(&name), now).map(Some);
    }
    if write.key.kind != CONDITION {
        return Ok(None);
    }
    let (payload, lane) = (condition_shown(&name, write), format!("conditions/{name}"));
    row(tenant, "screening.condition", &name, payload, lane, now).map(Some)
}

fn row(
    tenant: &str,
    event: &str,
    about: &str,
    mut payload: Value,
    resource: String,
    now: Timestamp,
) -> Result<NewOutboxRow, NotRendered> {
    payload["event"] = event.into();
    payload["tenant"] = tenant.into();
    payload["at"] = date_time(now).into();
    Ok(audit(tenant, event, Some(about), &payload)?.row(resource)?)
}

fn shown(command: &Command) -> Option<(&'static str, ParticipantName, Value)> {
    Some(match command {
        Command::CreateHubAccount { kind, currency } => {
            let (hub, kind) = (ParticipantName::hub(), account_name(*kind));
            let payload = json!({
                "participant": hub.as_str(), "account": kind, "currency": currency.as_str(),
            });
            ("account.opened", hub, payload)
        }
        Command::CreateParticipant { name, currency, is_proxy } => {
            let payload = json!({
                "participant": name.as_str(), "currency": currency.as_str(), "isProxy": is_proxy,
            });
            ("participant.created", name.clone(), payload)
        }
        Command::SetParticipantActive { name, active } => {
            let payload = json!({ "participant": name.as_str(), "isActive": active });
            ("participant.changed", name.clone(), payload)
        }
        Command::SetAccountActive { participant, account, active } => {
            let payload = json!({
                "participant": participant.as_str(), "accountId": account.0, "isActive": active,
            });
            ("account.changed", participant.clone(), payload)
        }
        Command::SetInitialPositionAndLimit {
            participant,
            initial_position,
            net_debit_cap,
            alarm_percentage,
        } => {
            let payload = json!({
                "participant": participant.as_str(), "currency": net_debit_cap.currency().as_str(),
                "netDebitCap": net_debit_cap.to_string(), "alarmPercentage": alarm_percentage,
                "initialPosition": initial_position.to_string(),
            });
            ("limit.changed", participant.clone(), payload)
        }
        Command::SetLimit { participant, net_debit_cap, alarm_percentage } => {
            let payload = json!({
                "participant": participant.as_str(), "currency": net_debit_cap.currency().as_str(),
                "netDebitCap": net_debit_cap.to_string(), "alarmPercentage": alarm_percentage,
            });
            ("limit.changed", participant.clone(), payload)
        }
        Command::RecordFundsIn(funds) => {
            let payload = json!({
                "participant": funds.participant.as_str(), "accountId": funds.account.0,
                "transferId": uuid(funds.id), "amount": funds.money.to_string(),
                "currency": funds.money.currency().as_str(),
                "externalReference": funds.external_reference,
            });
            ("funds.in", funds.participant.clone(), payload)
        }
        _ => return None,
    })
}

/// A record as it now stands. Keys by their fingerprint; addresses of people are left out.
fn record_shown(name: &str, record: &PeerRecord) -> Value {
    let urls = record.endpoints.iter().filter(|(kind, _)| !kind.ends_with("_EMAIL"));
    let endpoints: serde_json::Map<String, Value> =
        urls.map(|(kind, value)| (kind.clone(), value.as_str().into())).collect();
    json!({
        "participant": name,
        "endpoints": endpoints,
        "keys": record.keys.iter().map(key_shown).collect::<Vec<_>>(),
        "versions": record.versions,
        "tlsIdentity": record.tls_identity,
        "honoursTimeout": record.honours_timeout,
        "acceptsTranslated": record.accepts_translated,
        "bankUrl": record.bank.as_ref().map(|bank| bank.url()),
    })
}

fn key_shown(key: &PublicKey) -> Value {
    let hash = digest(&SHA256, key.public_key_pem.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "pemSha256": hash, "validFrom": key.valid_from, "validUntil": key.valid_until })
}

/// A condition without its subject: whose account it is stays with the hub.
fn condition_shown(name: &str, write: &DocumentWrite) -> Value {
    let body = write.body.as_ref().and_then(|body| serde_json::from_slice::<Value>(body).ok());
    let member = |member: &str| body.as_ref().and_then(|body| body.get(member).cloned());
    json!({
        "condition": name, "isSet": body.is_some(), "condTp": member("condTp"),
        "prsptv": member("prsptv"), "usr": member("usr"),
    })
}
