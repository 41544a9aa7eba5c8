//! The draft: one catalogue that is tried out beside the live one, tested on recorded events, and made
//! live by a supervisor. What was live before can be gone back to.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use bytes::Bytes;
use frms::{Backtest, Catalogue, Event, Label, Record, Report, Semantics};
use fspiop::error::Refusal;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use switch_store::{
    CommitError, DocumentKey, DocumentWrite, Expected, Notice, StoreError, Submission,
};

use super::asked::Asked;
use super::shadow::Shadow;
use super::{Desk, refused};
use crate::cases::{Word, kept};
use crate::hub::{read_failed, store_failed};
use crate::limits::{CASES_SCANNED_MAX, DRAFT_BYTES_MAX, RECORD_BYTES_MAX};
use crate::node::Node;
use crate::screening::catalogues::{self, Promotion};

/// The kind of the draft; there is one.
pub const DRAFT: &str = "screening-draft";

/// A catalogue that somebody tries out.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Draft {
    /// When it was put: Unix milliseconds.
    pub(super) at_ms: i64,
    /// By whom.
    pub(super) by: String,
    /// The file as text.
    pub(super) json: String,
    /// The latest test of just this text.
    pub(super) test: Option<Tested>,
}

/// A backtest of draft and live.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tested {
    pub(super) at_ms: i64,
    pub(super) by: String,
    /// `stream`, or `recorded`.
    pub(super) source: String,
    pub(super) records: u64,
    /// What the draft would have done, and what the live one would have.
    pub(super) draft: Box<RawValue>,
    pub(super) live: Box<RawValue>,
}

fn key() -> DocumentKey {
    DocumentKey::new(DRAFT, Bytes::from_static(b"draft"))
}

/// Goes on with the draft of an earlier run, or of another node's analyst.
///
/// # Errors
/// The store does not answer.
pub async fn resume(node: &Node) -> Result<(), StoreError> {
    let Some(workbench) = &node.workbench else { return Ok(()) };
    let draft = node.document(&key()).await?;
    let draft = draft.and_then(|found| serde_json::from_slice::<Draft>(&found.body).ok());
    let mut shadow = workbench.shadow();
    let is_judged = |draft: &Draft| shadow.as_ref().is_some_and(|it| it.put_ms() == draft.at_ms);
    if draft.as_ref().is_some_and(is_judged) {
        return Ok(());
    }
    let semantics = node.config.screening.semantics;
    let shadowed =
        |draft: Draft| Some(Shadow::new(read(&draft.json, semantics).ok()?, draft.at_ms));
    *shadow = draft.and_then(shadowed);
    Ok(())
}

fn read(json: &str, semantics: Semantics) -> Result<Catalogue, Refusal> {
    let read = Catalogue::read(json.as_bytes(), semantics);
    read.map_err(|error| refused(400, error.to_string()))
}

impl Desk<'_> {
    /// The draft, if there is one.
    pub(super) async fn draft(&self) -> Result<Option<Draft>, Refusal> {
        Ok(self.kept_draft().await?.map(|(draft, _)| draft))
    }

    /// The draft with the version that was read.
    async fn kept_draft(&self) -> Result<Option<(Draft, Expected)>, Refusal> {
        let found = self.node.document(&key()).await.map_err(read_failed)?;
        let Some(found) = found else { return Ok(None) };
        let draft = serde_json::from_slice(&found.body).ok();
        Ok(draft.map(|draft| (draft, Expected::Version(found.version))))
    }

    /// POST draft {catalogue}
    pub(super) async fn put_draft(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        let json = asked.field("catalogue").ok_or_else(|| refused(400, "catalogue is required"))?;
        if json.len() > DRAFT_BYTES_MAX {
            let mend = format!("a draft has at most {DRAFT_BYTES_MAX} bytes");
            return Err(refused(400, mend));
        }
        let catalogue = read(json, self.screening.semantics())?;
        let (at_ms, by) = (self.node.now().0, self.caller.name.clone());
        let draft = Draft { at_ms, by, json: json.to_owned(), test: None };
        self.keep(Some(&draft), Expected::Any).await?;
        *self.workbench.shadow() = Some(Shadow::new(catalogue, at_ms));
        tracing::info!(user = self.caller.name, "a draft of typologies is judged beside the live");
        Ok(())
    }

    /// POST draft/discard
    pub(super) async fn discard_draft(&self) -> Result<(), Refusal> {
        self.keep(None, Expected::Any).await?;
        *self.workbench.shadow() = None;
        Ok(())
    }

    /// POST draft/test {source}
    pub(super) async fn test_draft(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        let (mut draft, expected) = self.kept_draft().await?.ok_or_else(no_draft)?;
        let source = asked.field("source").unwrap_or("stream").to_owned();
        let Ok(_alone) = self.workbench.testing.try_lock() else {
            return Err(refused(409, "another backtest is under way: try again when it is done"));
        };
        let recorded = self.workbench.settings.recorded.clone();
        let records = match source.as_str() {
            "stream" => Some(self.streamed().await?),
            "recorded" if !recorded.as_os_str().is_empty() => None,
            _ => {
                return Err(refused(
                    400,
                    "source is stream, or recorded where a file is configured",
                ));
            }
        };
        let candidate = read(&draft.json, self.screening.semantics())?;
        let live = self.screening.live().catalogue;
        let run = move || match records {
            Some(records) => run(candidate, (*live).clone(), records.into_iter().map(Ok)),
            None => run(candidate, (*live).clone(), recorded_events(&recorded)?),
        };
        let done = tokio::task::spawn_blocking(run).await;
        let (of_draft, of_live, records) = done
            .map_err(|_| refused(500, "the backtest failed"))?
            .map_err(|reason| refused(400, reason))?;
        let raw = |report: &Report| {
            let json = serde_json::to_string(report).and_then(RawValue::from_string);
            json.map_err(|_| refused(500, "the report cannot be written"))
        };
        let (at_ms, by) = (self.node.now().0, self.caller.name.clone());
        let (of_draft, of_live) = (raw(&of_draft)?, raw(&of_live)?);
        draft.test = Some(Tested { at_ms, by, source, records, draft: of_draft, live: of_live });
        // It took a while: what somebody else has put, promoted or discarded meanwhile stays so.
        self.keep(Some(&draft), expected).await
    }

    /// POST draft/promote {reason, draft}: the draft by when it was put, as the page showed it.
    pub(super) async fn promote_draft(&self, asked: &Asked<'_>) -> Result<(), Refusal> {
        self.caller.supervises()?;
        let reason = asked.text("reason")?;
        let (draft, expected) = self.kept_draft().await?.ok_or_else(no_draft)?;
        if asked.field("draft").is_some_and(|seen| seen != draft.at_ms.to_string()) {
            return Err(another_draft());
        }
        if draft.test.is_none() {
            return Err(refused(409, "run a backtest of this draft first"));
        }
        self.promote(reason, None, draft.json).await?;
        // A draft that somebody has put just now is not what was promoted: it stays.
        if self.keep(None, expected).await.is_ok() {
            *self.workbench.shadow() = None;
        }
        Ok(())
    }

    /// POST catalogues/{number}/rollback {reason}
    pub(super) async fn roll_back(&self, asked: &Asked<'_>, number: &str) -> Result<(), Refusal> {
        self.caller.supervises()?;
        let reason = asked.text("reason")?;
        let unknown = || refused(404, "no such number");
        let number: u64 = number.parse().map_err(|_| unknown())?;
        let json = match number {
            0 => String::new(),
            _ => {
                let all = catalogues::stored(&*self.node.store).await.map_err(read_failed)?;
                let found = all.into_iter().find(|known| known.number == number);
                found.ok_or_else(unknown)?.json
            }
        };
        self.promote(reason, Some(number), json).await
    }

    async fn promote(&self, reason: &str, again: Option<u64>, json: String) -> Result<(), Refusal> {
        let number = self.screening.live().number.saturating_add(1);
        let (at_ms, by) = (self.node.now().0, self.caller.name.clone());
        let reason = reason.to_owned();
        let promotion = Promotion { number, at_ms, by, reason, again, json };
        let promoted = self.screening.promote(self.node, &promotion).await;
        promoted.map_err(|error| store_failed(&error))?;
        tracing::warn!(
            number,
            again,
            user = self.caller.name,
            "other typologies count from now on"
        );
        Ok(())
    }

    async fn keep(&self, draft: Option<&Draft>, expected: Expected) -> Result<(), Refusal> {
        let body = draft.map(serde_json::to_vec).transpose();
        let body = body.map_err(|_| refused(500, "the draft cannot be written"))?.map(Bytes::from);
        let write = DocumentWrite { key: key(), expected, body, deadline: None };
        let submission = Submission { documents: vec![write], ..Submission::default() };
        self.node.commit(submission).await.map_err(|error| match error {
            CommitError::Conflict { .. } => another_draft(),
            error => store_failed(&error),
        })?;
        self.node.store.tell(Notice::Changed(key()));
        Ok(())
    }

    /// What the stream still has, with what cases have come to as labels.
    async fn streamed(&self) -> Result<Vec<Record>, Refusal> {
        let closed = kept::list(self.node, None, CASES_SCANNED_MAX, |case| !case.is_open()).await;
        let mut labels = std::collections::HashMap::new();
        for (case, episode) in closed.map_err(read_failed)?.cases.iter().zip(0_u32..) {
            let label = match case.finding.as_ref().map(|finding| finding.verdict) {
                Some(Word::Fraud) => {
                    let behaviour = case.typology.split('@').next().unwrap_or_default();
                    Label {
                        behaviour: Some(behaviour.into()),
                        episode: Some(episode),
                        ..Label::default()
                    }
                }
                Some(Word::Genuine) => {
                    Label { looks_like: Some(case.typology.as_str().into()), ..Label::default() }
                }
                _ => continue,
            };
            for payment in &case.payments {
                labels.insert(payment.id.clone(), label.clone());
            }
        }
        let stream = self.screening.seen();
        let mut records = Vec::new();
        let entries =
            stream.read(0, usize::MAX).or_else(|missed| stream.read(missed.0, usize::MAX));
        for entry in entries.unwrap_or_default() {
            match entry.event {
                Event::Attempt(tx) => {
                    let label = labels.get(&tx.id.to_string()).cloned().unwrap_or_default();
                    records.push(Record::Tx { tx, label });
                }
                Event::Outcome(outcome) => records.push(Record::Outcome(outcome)),
                Event::Condition(change) => records.push(Record::Condition(change)),
                _ => {}
            }
        }
        Ok(records)
    }
}

fn no_draft() -> Refusal {
    refused(409, "there is no draft")
}

fn another_draft() -> Refusal {
    refused(409, "the draft is another one by now: look at it again")
}

fn run(
    draft: Catalogue,
    live: Catalogue,
    records: impl Iterator<Item = Result<Record, String>>,
) -> Result<(Report, Report, u64), String> {
    let (mut draft, mut live) = (Backtest::new(draft), Backtest::new(live));
    let mut count = 0;
    for record in records {
        let record = record?;
        if !matches!(record, Record::Catalogue(_)) {
            draft.take(&record);
            live.take(&record);
        }
        count += 1;
    }
    Ok((draft.finish(), live.finish(), count))
}

/// The records of a file, line by line; a bad one is named by its line and ends it.
fn recorded_events(
    path: &Path,
) -> Result<impl Iterator<Item = Result<Record, String>> + use<>, String> {
    let shown = path.display().to_string();
    let file = File::open(path).map_err(|error| format!("{shown}: {error}"))?;
    let mut input = BufReader::new(file);
    let bound = u64::try_from(RECORD_BYTES_MAX).unwrap_or(u64::MAX);
    let mut number = 0_u64;
    Ok(std::iter::from_fn(move || {
        loop {
            number += 1;
            let mut line = Vec::new();
            match input.by_ref().take(bound).read_until(b'\n', &mut line) {
                Ok(0) => return None,
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => {
                    let record = serde_json::from_slice(&line);
                    return Some(record.map_err(|error| format!("{shown}:{number}: {error}")));
                }
                Err(error) => return Some(Err(format!("{shown}:{number}: {error}"))),
            }
        }
    }))
}
