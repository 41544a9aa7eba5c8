use super::locked;
use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;

/// Where in a payment a conduct applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// GET /parties as payee; the lookup as payer.
    Party,
    /// POST /quotes.
    Quote,
    /// POST /transfers.
    Transfer,
    /// PATCH /transfers/{ID} as payee.
    Patch,
    /// Any PUT that comes back to the payer, or to the payee. Only [`Conduct::acknowledge`] counts.
    Callback,
}

/// How a DFSP behaves in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conduct {
    /// What the caller gets at once.
    pub acknowledge: Acknowledge,
    /// How long it waits before it answers by callback, in milliseconds.
    pub delay_ms: u64,
    /// What it answers.
    pub answer: Answer,
    /// How often it sends its answer.
    pub answers: u32,
    /// It sends the second half of its answer's body this much later.
    pub slow_body_ms: u64,
    /// It answers in this version, whatever it was asked in.
    pub version: Option<&'static str>,
    /// It answers as if there were no `FSPIOP-Timeout` and no expiration.
    pub ignores_deadlines: bool,
}

impl Conduct {
    /// Accepts, answers at once, once, properly.
    pub fn proper() -> Self {
        Self {
            acknowledge: Acknowledge::Accept,
            delay_ms: 0,
            answer: Answer::Proper,
            answers: 1,
            slow_body_ms: 0,
            version: None,
            ignores_deadlines: false,
        }
    }

    /// Accepts and answers so.
    pub fn answering(answer: Answer) -> Self {
        Self { answer, ..Self::proper() }
    }

    /// Accepts and never answers.
    pub fn silent() -> Self {
        Self::answering(Answer::Silent)
    }

    /// Answers properly after `delay_ms`.
    pub fn late(delay_ms: u64) -> Self {
        Self { delay_ms, ..Self::proper() }
    }

    /// Acknowledges so; where that is a failure, nothing else happens.
    pub fn acknowledging(acknowledge: Acknowledge) -> Self {
        Self { acknowledge, ..Self::proper() }
    }
}

/// What the caller gets at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acknowledge {
    /// 202, or 200 to a PUT or PATCH.
    Accept,
    /// Does its work, but closes the connection instead of saying so.
    DropAfter,
    /// Another status; nothing is done.
    Status(u16),
    /// Closes the connection; nothing is done.
    Close,
    /// Resets the connection; nothing is done.
    Reset,
    /// As `Accept`, this much later, in milliseconds; the work begins at once.
    Late(u64),
}

/// What it answers by callback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// As it should: the party, the terms, or COMMITTED with the fulfilment.
    Proper,
    /// Transfers: RESERVED with the fulfilment; it credits when PATCH says COMMITTED.
    Reserved,
    /// Transfers: COMMITTED with a fulfilment that does not fit.
    WrongFulfilment,
    /// Transfers: RESERVED with a fulfilment that does not fit.
    ReservedWrongFulfilment,
    /// The error callback with this code.
    Error(u16),
    /// Nothing.
    Silent,
}

#[derive(Debug, Default)]
pub(super) struct Conducts(Mutex<HashMap<Stage, Planned>>);

#[derive(Debug, Default)]
struct Planned {
    standing: Option<Conduct>,
    queue: VecDeque<Conduct>,
}

impl Conducts {
    pub(super) fn set(&self, stage: Stage, conduct: Conduct) {
        locked(&self.0).entry(stage).or_default().standing = Some(conduct);
    }

    pub(super) fn enqueue(&self, stage: Stage, conduct: Conduct) {
        locked(&self.0).entry(stage).or_default().queue.push_back(conduct);
    }

    /// The conduct of the call that has just arrived.
    pub(super) fn next(&self, stage: Stage) -> Conduct {
        let mut planned = locked(&self.0);
        let planned = planned.entry(stage).or_default();
        let queued = planned.queue.pop_front();
        queued.or_else(|| planned.standing.clone()).unwrap_or_else(Conduct::proper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queue_comes_first_then_the_standing_conduct() {
        let conducts = Conducts::default();
        assert_eq!(conducts.next(Stage::Quote), Conduct::proper());
        conducts.set(Stage::Quote, Conduct::silent());
        conducts.enqueue(Stage::Quote, Conduct::late(5));
        assert_eq!(conducts.next(Stage::Quote), Conduct::late(5));
        assert_eq!(conducts.next(Stage::Quote), Conduct::silent());
        assert_eq!(conducts.next(Stage::Party), Conduct::proper());
    }
}
