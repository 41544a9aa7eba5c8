//! Lookups and quotes in flight, as all nodes know them: one key with an expiry per question, written
//! when the request is passed on, read and removed when its answer is. The node that took the request
//! keeps it in its own memory besides ([`Pending`]): to tell the asker when nobody answers, and for
//! when Redis is away.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use fspiop::version::Version;
use redis::{RedisResult, Script, Value, from_redis_value};
use serde::{Deserialize, Serialize};
use switch::Timestamp;

use super::{Away, Link, Told};
use crate::limits::{QUESTION_GRACE_MS, QUESTIONS_AT_ONCE_MAX, QUESTIONS_UNKNOWN_MS};
use crate::pending::{Pending, Question, Waiting};
use crate::upstream::Upstream;

static ASK: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("ask.lua")));
static ANSWER: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("answer.lua")));
static GIVE_UP: LazyLock<Script> = LazyLock::new(|| Script::new(include_str!("give_up.lua")));

/// The questions that all nodes know.
pub struct Questions {
    link: Arc<Link>,
    /// Whether other nodes write the same store. If not, this node's memory is the whole truth
    /// wherever Redis has none.
    several: bool,
}

/// What is to be done with an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is passed back to who waits.
    Awaited(Waiting),
    /// Somebody may wait for it: another node may have passed the question on while Redis was away.
    Unknown,
    /// It is dropped: nobody waits for it (any more), or another was asked.
    Unasked,
}

/// What is kept of a request under its key, beside what scripts read.
#[derive(Serialize, Deserialize)]
struct Kept {
    path: String,
    version: String,
    since: i64,
}

impl Questions {
    /// Over this connection.
    pub fn new(link: Arc<Link>, several: bool) -> Questions {
        Questions { link, several }
    }

    /// The connection that they are told over.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Tells all nodes of a request that is passed on, which `pending` has already. If the same was
    /// asked before and is not answered, when that one's budget ends.
    pub async fn asked(
        &self,
        pending: &Pending,
        waiting: &Waiting,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let Told { value: first, generation } = self.ask(waiting, now).await.ok()?;
        pending.told(&waiting.source, &waiting.question, generation);
        first.map(Timestamp)
    }

    /// Whom an answer of `from` to `source` is for.
    pub async fn answered(
        &self,
        pending: &Pending,
        source: &str,
        question: &Question,
        from: &str,
    ) -> Answered {
        let here = pending.known(source, question);
        let own = || pending.answer(source, question, from);
        match self.take(source, question, from).await {
            Ok(Told { value: Taken::Waiting(waiting), .. }) => {
                let _ = own();
                Answered::Awaited(waiting)
            }
            Ok(Told { value: Taken::AnotherWasAsked, .. }) => Answered::Unasked,
            // Another node has passed one back.
            Ok(Told { value: Taken::Nothing, generation })
                if here.as_ref().is_some_and(|here| here.shared == Some(generation)) =>
            {
                Answered::Unasked
            }
            Ok(Told { value: Taken::Nothing, .. }) | Err(Away) => match (here, own()) {
                (_, Some(waiting)) => Answered::Awaited(waiting),
                (None, None) if self.several && self.may_have_missed() => Answered::Unknown,
                _ => Answered::Unasked,
            },
        }
    }

    /// Those of `overdue`, which this node has passed on and heard nothing of, whose asker is to be
    /// told so. Where the question has been asked, so that another node may have passed an answer back, and
    /// nobody can say, it is not told, and gives up by its own clock: an error after an answer would be worse.
    pub async fn unanswered(&self, mut overdue: Vec<Waiting>, was_asked: bool) -> Vec<Waiting> {
        let in_doubt_silent = self.several && was_asked;
        let generation = self.link.generation();
        let asked =
            |waiting: &mut Waiting| waiting.shared.is_some() && waiting.shared == generation;
        let known: Vec<Waiting> = overdue.extract_if(.., asked).collect();
        if in_doubt_silent {
            overdue.clear();
        }
        for chunk in known.chunks(QUESTIONS_AT_ONCE_MAX) {
            match self.given_up(chunk).await {
                Ok(Told { value: told, generation: at }) if Some(at) == generation => {
                    let silent = chunk.iter().zip(told).filter(|(_, unanswered)| *unanswered);
                    overdue.extend(silent.map(|(waiting, _)| waiting.clone()));
                }
                _ if in_doubt_silent => {}
                _ => overdue.extend_from_slice(chunk),
            }
        }
        overdue
    }

    /// Whether a question that is passed on now may be unknown to Redis.
    fn may_have_missed(&self) -> bool {
        let settled = Duration::from_millis(QUESTIONS_UNKNOWN_MS);
        self.link.there_for().is_none_or(|there_for| there_for < settled)
    }

    async fn ask(&self, waiting: &Waiting, now: Timestamp) -> Result<Told<Option<i64>>, Away> {
        let kept = Kept {
            path: waiting.path.clone(),
            version: waiting.version.to_string(),
            since: waiting.asked.since.0,
        };
        // What a struct of plain members becomes cannot fail.
        let kept = serde_json::to_string(&kept).unwrap_or_default();
        let left_ms = waiting.own.0.saturating_sub(now.0).max(0);
        let mut script = ASK.key(key(&waiting.source, &waiting.question));
        script.arg(&waiting.asked_of).arg(waiting.own.0).arg(waiting.asked.until.0);
        script.arg(kept).arg(left_ms.saturating_add(QUESTION_GRACE_MS));
        let run = |mut connection| async move { script.invoke_async(&mut connection).await };
        self.link.run("ask", run).await
    }

    async fn take(
        &self,
        source: &str,
        question: &Question,
        from: &str,
    ) -> Result<Told<Taken>, Away> {
        let mut script = ANSWER.key(key(source, question));
        script.arg(from);
        let run = |mut connection| async move {
            let value: Value = script.invoke_async(&mut connection).await?;
            taken(value, (source, question, from))
        };
        self.link.run("answer", run).await
    }

    async fn given_up(&self, chunk: &[Waiting]) -> Result<Told<Vec<bool>>, Away> {
        let mut script = GIVE_UP.prepare_invoke();
        for waiting in chunk {
            script.key(key(&waiting.source, &waiting.question)).arg(waiting.own.0);
        }
        let run = |mut connection| async move { script.invoke_async(&mut connection).await };
        self.link.run("give-up", run).await
    }
}

enum Taken {
    Waiting(Waiting),
    AnotherWasAsked,
    Nothing,
}

fn taken(value: Value, (source, question, from): (&str, &Question, &str)) -> RedisResult<Taken> {
    let fields: Vec<String> = match value {
        Value::Int(0) => return Ok(Taken::Nothing),
        Value::Int(_) => return Ok(Taken::AnotherWasAsked),
        fields => from_redis_value(fields)?,
    };
    let [own, until, kept] = fields.as_slice() else { return Ok(Taken::Nothing) };
    let read = || {
        let kept: Kept = serde_json::from_str(kept).ok()?;
        let (since, until) = (Timestamp(kept.since), Timestamp(until.parse().ok()?));
        Some(Waiting {
            source: source.to_owned(),
            question: question.clone(),
            path: kept.path,
            version: Version::parse(&kept.version).ok()?,
            asked_of: from.to_owned(),
            own: Timestamp(own.parse().ok()?),
            asked: Upstream { since, until },
            shared: None,
        })
    };
    let waiting = read();
    if waiting.is_none() {
        tracing::error!(source, "a question in Redis cannot be read");
    }
    Ok(waiting.map_or(Taken::Nothing, Taken::Waiting))
}

/// What is asked has no spaces, so that nobody's name can make one question look like another.
fn key(source: &str, question: &Question) -> String {
    match question {
        Question::Party(target) => format!("causeway:asked:{target} {source}"),
        Question::Quote(id) => format!("causeway:asked:/quotes/{id:032x} {source}"),
    }
}
