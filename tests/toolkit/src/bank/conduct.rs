use super::locked;
use std::collections::VecDeque;
use std::sync::Mutex;

/// How a bank behaves in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankConduct {
    /// What it answers; to a status message, `Accept` and `Reject` are 202.
    pub answer: BankAnswer,
    /// How long it waits before it answers, in milliseconds.
    pub delay_ms: u64,
    /// Whether the pacs.002 is posted later to the gateway; otherwise it is the 200's body.
    pub posts_later: bool,
    /// How often it posts its answer.
    pub answers: u32,
}

/// What a bank answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BankAnswer {
    /// pacs.002 with this positive or interim code: `ACSC`, `ACCC`, `ACWP`, `ACCP`, `ACSP`, ...
    Accept(String),
    /// pacs.002 RJCT with this reason code.
    Reject(String),
    /// 202 and nothing more.
    Silent,
    /// Another HTTP status; nothing is done.
    Status(u16),
    /// Closes the connection; nothing is done.
    Close,
    /// Resets the connection; nothing is done.
    Reset,
    /// Takes the message in, does its work, and closes the connection instead of answering.
    DropAfter,
    /// 200 with bytes that are no pacs.002.
    Garbage,
}

impl BankConduct {
    /// ACSC in the 200's body, at once.
    pub fn proper() -> Self {
        Self::answering(BankAnswer::Accept("ACSC".to_owned()))
    }

    /// That answer, in the 200's body, at once.
    pub fn answering(answer: BankAnswer) -> Self {
        Self { answer, delay_ms: 0, posts_later: false, answers: 1 }
    }

    /// RJCT with a reason, in the 200's body, at once.
    pub fn rejecting(reason: &str) -> Self {
        Self::answering(BankAnswer::Reject(reason.to_owned()))
    }

    /// The same, but posted to the gateway after `delay_ms`.
    #[must_use]
    pub fn later(self, delay_ms: u64) -> Self {
        Self { posts_later: true, delay_ms, ..self }
    }
}

#[derive(Debug, Default)]
pub(super) struct BankConducts(Mutex<Planned>);

#[derive(Debug, Default)]
struct Planned {
    standing: Option<BankConduct>,
    queue: VecDeque<BankConduct>,
}

impl BankConducts {
    pub(super) fn set(&self, conduct: BankConduct) {
        locked(&self.0).standing = Some(conduct);
    }

    pub(super) fn enqueue(&self, conduct: BankConduct) {
        locked(&self.0).queue.push_back(conduct);
    }

    /// The conduct of the message that has just arrived.
    pub(super) fn next(&self) -> BankConduct {
        let mut planned = locked(&self.0);
        let queued = planned.queue.pop_front();
        queued.or_else(|| planned.standing.clone()).unwrap_or_else(BankConduct::proper)
    }
}
