//! What a case leads to beside itself: a snooze, an allowed pair, an account on a list. Conditions all,
//! in the format of the admin API, so that the engine hears of them over the stream.

use std::sync::Arc;

use fspiop::error::Refusal;
use fspiop::time::DateTime;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::actions::{Change, done};
use super::asked::Asked;
use super::{Desk, refused};
use crate::cases::{Case, Payment};
use crate::hub::store_failed;
use crate::limits::CONDITION_BYTES_MAX;
use crate::screening::conditions;

const HOUR_MS: i64 = 3_600_000;
/// The longest snooze: a year. Who wants more allows a pair.
const SNOOZE_HOURS_MAX: i64 = 24 * 366;

impl Desk<'_> {
    /// POST cases/{id}/snooze {account or payment, hours, reason}: the typology of the case, for an
    /// account of the case, or for the pair of a payment of it.
    pub(super) async fn snooze(&self, asked: &Asked<'_>, case: &Case) -> Result<Change, Refusal> {
        let reason = asked.text("reason")?;
        let hours: Option<i64> = asked.field("hours").and_then(|hours| hours.parse().ok());
        let hours = hours.filter(|hours| (1..=SNOOZE_HOURS_MAX).contains(hours));
        let mend = format!("hours is 1 to {SNOOZE_HOURS_MAX}");
        let hours = hours.ok_or_else(|| refused(400, mend))?;
        let subject = match asked.field("payment") {
            Some(payment) => pair(case, payment)?,
            None => json!({ "account": account(asked, case)? }),
        };
        let until_ms = self.node.now().0.saturating_add(hours * HOUR_MS);
        let body = json!({
            "condTp": "snooze", "prsptv": "both", "subject": subject,
            "typology": case.typology, "xprtnDtTm": date_time(until_ms),
        });
        let name = self.set("snooze", body, reason).await?;
        let text = format!("{hours} h: {reason}");
        Ok(self.step("snoozed".to_owned(), name, text))
    }

    /// POST cases/{id}/allow {payment, reason}: this typology says nothing any more of payments from
    /// the one account to the other.
    pub(super) async fn allow(&self, asked: &Asked<'_>, case: &Case) -> Result<Change, Refusal> {
        self.caller.supervises()?;
        let reason = asked.text("reason")?;
        let body = json!({
            "condTp": "allow-pair", "prsptv": "both", "typology": case.typology,
            "subject": pair(case, asked.text("payment")?)?,
        });
        let name = self.set("allow", body, reason).await?;
        Ok(self.step("allowed the pair".to_owned(), name, reason.to_owned()))
    }

    /// POST cases/{id}/list {account, kind, side, reason}: a block list, a watch list, an override.
    pub(super) async fn list_account(
        &self,
        asked: &Asked<'_>,
        case: &Case,
    ) -> Result<Change, Refusal> {
        self.caller.supervises()?;
        let (kind, reason) = (asked.text("kind")?, asked.text("reason")?);
        let body = json!({
            "condTp": kind, "prsptv": asked.field("side").unwrap_or("both"),
            "subject": { "account": account(asked, case)? },
        });
        let name = self.set("list", body, reason).await?;
        Ok(self.step(format!("listed ({kind})"), name, reason.to_owned()))
    }

    /// POST lists {name, kind, side, scheme, identifier, member, reason, until}
    pub(super) async fn add_to_list(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        self.caller.supervises()?;
        let (scheme, id) = (asked.text("scheme")?, asked.text("identifier")?);
        let scheme = json!({ "prtry": scheme });
        let mut body = json!({
            "condTp": asked.text("kind")?, "prsptv": asked.field("side").unwrap_or("both"),
        });
        match asked.field("member") {
            None => body["ntty"] = json!({ "id": id, "schmeNm": scheme }),
            Some(member) => {
                let agent = json!({ "finInstnId": { "clrSysMmbId": { "mmbId": member } } });
                body["acct"] = json!({ "id": id, "schmeNm": scheme, "agt": agent });
            }
        }
        if let Some(until) = asked.field("until") {
            body["xprtnDtTm"] = json!(format!("{until}T23:59:59.999Z"));
        }
        self.set("list", body, asked.text("reason")?).await.map(|_| ())
    }

    /// POST lists/{name}/remove
    pub(super) async fn take_off_list(&self, name: &str) -> Result<(), Refusal> {
        self.caller.supervises()?;
        let of_file = match self.screening.book().kept.get(name) {
            None => return Err(refused(404, "no such condition")),
            Some(kept) => kept.of_file,
        };
        if of_file {
            return Err(refused(409, "this condition is the file's: change it there"));
        }
        let changed = self.screening.change(self.node, name, None).await;
        changed.map_err(|error| store_failed(&error))?;
        tracing::info!(condition = name, user = self.caller.name, "a condition was taken back");
        Ok(())
    }

    /// What has been set is written into the case.
    fn step(&self, what: String, name: String, text: String) -> Change {
        let (now_ms, by) = (self.node.now().0, self.caller.name.clone());
        done(move |case| case.step(now_ms, &by, &what, &name, &text))
    }

    async fn set(&self, what: &str, mut body: Value, reason: &str) -> Result<String, Refusal> {
        let now_ms = self.node.now().0;
        body["evtTp"] = json!(["all"]);
        body["incptnDtTm"] = json!(date_time(now_ms));
        body["condRsn"] = json!(reason);
        body["usr"] = json!(self.caller.name);
        let written = body.to_string();
        if written.len() > CONDITION_BYTES_MAX {
            return Err(refused(
                400,
                format!("a condition has at most {CONDITION_BYTES_MAX} bytes"),
            ));
        }
        let name = fresh_name(what, now_ms)?;
        let unfit = |error: &dyn std::fmt::Display| refused(400, error.to_string());
        let json = RawValue::from_string(written).map_err(|error| unfit(&error))?;
        let kept = conditions::Kept::read(&name, json, false, self.screening.pseudonyms());
        let kept = kept.map_err(|error| unfit(&error))?;
        crate::admin::room(self.screening, &name, &kept)?;
        let changed = self.screening.change(self.node, &name, Some(kept)).await;
        changed.map_err(|error| store_failed(&error))?;
        tracing::info!(condition = name, user = self.caller.name, "a condition was set");
        Ok(name)
    }
}

/// A name that nobody else has: two people may set something in the same millisecond, at two nodes.
fn fresh_name(what: &str, now_ms: i64) -> Result<String, Refusal> {
    let mut chance = [0; 4];
    aws_lc_rs::rand::fill(&mut chance).map_err(|_| refused(500, "no entropy"))?;
    Ok(format!("{what}-{now_ms}-{:08x}", u32::from_be_bytes(chance)))
}

/// An account that is of the case: nobody types a pseudonym.
fn account<'a>(asked: &'a Asked<'_>, case: &Case) -> Result<&'a str, Refusal> {
    let account = asked.text("account")?;
    let is_known = case.accounts.iter().any(|known| known == account);
    if is_known { Ok(account) } else { Err(refused(400, "account must be one of the case's")) }
}

fn pair(case: &Case, payment: &str) -> Result<Value, Refusal> {
    let found = case.payments.iter().find(|known| known.id == payment);
    let both = |payment: &Payment| payment.debtor.clone().zip(payment.creditor.clone());
    let (debtor, creditor) = found.and_then(both).ok_or_else(|| {
        refused(400, "payment must be one of the case's, with both accounts known")
    })?;
    Ok(json!({ "pair": [debtor, creditor] }))
}

/// As conditions are written.
fn date_time(at_ms: i64) -> Option<Arc<str>> {
    DateTime::from_epoch_ms(at_ms).map(|at| at.as_str().into())
}
