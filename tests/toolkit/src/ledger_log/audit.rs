use super::{Entry, Event, Outcome, Standing, Terms, Units};
use crate::ToolkitError;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Everything that the participants know, to be judged. Give it the log of every participant, or the sums cannot
/// agree; and what a GET says at the end of every transfer (`Dfsp::ask_all`) and order (`IsoBank::ask_all`): a payee
/// of a bank's order knows its end by no other way.
#[derive(Debug, Clone, Default)]
pub struct Audit {
    entries: Vec<Entry>,
    standings: Vec<(String, String, Standing)>,
    moves: Vec<PositionMove>,
}

/// A participant's position before and after the run, as the admin API shows it (positive: it owes).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionMove {
    /// Whose.
    pub participant: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Before the first payment of the logs.
    pub before: Units,
    /// After the last.
    pub after: Units,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The hub acknowledged it and knows nothing of it.
    Lost {
        /// Whose message.
        participant: String,
        /// The transfer or order.
        id: String,
    },
    /// The hub acknowledged it, and there is no final answer.
    Unanswered {
        /// Who waits.
        participant: String,
        /// The transfer or order.
        id: String,
    },
    /// Two different final answers.
    TwoAnswers {
        /// The transfer or order.
        id: String,
        /// Each answer and who had it.
        answers: BTreeSet<String>,
    },
    /// It was refused at once, and done nevertheless.
    RefusedButDone {
        /// Whose message.
        participant: String,
        /// The transfer or order.
        id: String,
    },
    /// A repeated delivery differed from the first.
    ChangedDelivery {
        /// The payee.
        participant: String,
        /// The transfer.
        id: String,
    },
    /// The payee has the money more than once.
    CreditedTwice {
        /// The payee.
        participant: String,
        /// The transfer.
        id: String,
    },
    /// The payee has the money of a payment that ended without.
    CreditedNotCommitted {
        /// The payee.
        participant: String,
        /// The transfer.
        id: String,
    },
    /// What payers paid is not what payees got.
    SumsDiffer {
        /// ISO 4217 code.
        currency: String,
        /// Paid.
        debited: Units,
        /// Received.
        credited: Units,
    },
    /// A position did not move by what the participant's payments come to.
    Position {
        /// Whose.
        participant: String,
        /// ISO 4217 code.
        currency: String,
        /// How it moved.
        moved: Units,
        /// How it should have.
        expected: Units,
    },
}

/// The audit's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// All that is wrong, in a fixed order.
    pub faults: Vec<Fault>,
    /// Payments that ended COMMITTED, as their payers know them.
    pub committed: usize,
    /// Payments that ended ABORTED.
    pub aborted: usize,
}

impl Verdict {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.faults.is_empty()
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (committed, aborted, faults) = (self.committed, self.aborted, self.faults.len());
        writeln!(f, "{committed} committed, {aborted} aborted, {faults} faults")?;
        self.faults.iter().try_for_each(|fault| writeln!(f, "  {fault:?}"))
    }
}

impl Audit {
    /// Adds a participant's log.
    #[must_use]
    pub fn with_log(mut self, entries: Vec<Entry>) -> Self {
        self.entries.extend(entries);
        self
    }

    /// Adds what a GET of `participant` for `id` was answered.
    #[must_use]
    pub fn with_standing(
        mut self,
        participant: impl Into<String>,
        id: impl Into<String>,
        standing: Standing,
    ) -> Self {
        self.standings.push((participant.into(), id.into(), standing));
        self
    }

    /// Adds how a position moved.
    #[must_use]
    pub fn with_position(mut self, moved: PositionMove) -> Self {
        self.moves.push(moved);
        self
    }

    /// Judges: nothing acknowledged is lost, nothing is done twice, every order has one final answer, positions are
    /// the sum of what was committed.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] if an amount in a log is not a number.
    pub fn judge(&self) -> Result<Verdict, ToolkitError> {
        let stories = self.stories();
        let truth = self.truth();
        let mut faults = two_answers(&stories, &truth);
        let mut books = Books::default();
        let (mut committed, mut aborted) = (0, 0);
        for ((participant, id), story) in &stories {
            let outcome = truth.get(id).and_then(|answers| answers.keys().next().copied());
            faults.extend(story.faults(participant, id, outcome));
            if let Some(terms) = &story.sent {
                committed += usize::from(outcome == Some(Outcome::Committed));
                aborted += usize::from(outcome == Some(Outcome::Aborted));
                if outcome == Some(Outcome::Committed) {
                    books.debit(participant, terms)?;
                }
            }
            if let (Some(terms), true) = (&story.credit, story.credits > story.reversals) {
                books.credit(participant, terms)?;
            }
        }
        faults.extend(books.faults(&self.moves));
        Ok(Verdict { faults, committed, aborted })
    }

    fn stories(&self) -> BTreeMap<(String, String), Story> {
        let mut stories: BTreeMap<(String, String), Story> = BTreeMap::new();
        for entry in &self.entries {
            let key = (entry.participant.clone(), entry.id.clone());
            stories.entry(key).or_default().add(&entry.event);
        }
        for (participant, id, standing) in &self.standings {
            let key = (participant.clone(), id.clone());
            stories.entry(key).or_default().standing = Some(*standing);
        }
        stories
    }

    /// For each id, the outcomes that anybody was told, and by whom.
    fn truth(&self) -> BTreeMap<String, BTreeMap<Outcome, BTreeSet<String>>> {
        let learned = self.entries.iter().filter_map(|entry| match &entry.event {
            Event::Learned { outcome, by, .. } => {
                Some((&entry.participant, &entry.id, *outcome, by.as_str()))
            }
            _ => None,
        });
        let asked =
            self.standings.iter().filter_map(|(participant, id, standing)| match standing {
                Standing::Final(outcome) => Some((participant, id, *outcome, "get")),
                Standing::Open | Standing::Unknown => None,
            });
        let mut truth: BTreeMap<String, BTreeMap<Outcome, BTreeSet<String>>> = BTreeMap::new();
        for (participant, id, outcome, by) in learned.chain(asked) {
            let told = format!("{outcome:?} to {participant} by {by}");
            truth.entry(id.clone()).or_default().entry(outcome).or_default().insert(told);
        }
        truth
    }
}

/// What one participant knows of one payment.
#[derive(Debug, Default)]
struct Story {
    sent: Option<Terms>,
    sendings: usize,
    refusals: usize,
    acknowledged: bool,
    digests: BTreeSet<String>,
    answered: Option<Outcome>,
    answer_acknowledged: bool,
    credit: Option<Terms>,
    credits: usize,
    reversals: usize,
    learned: BTreeSet<Outcome>,
    answer_ids: BTreeSet<String>,
    standing: Option<Standing>,
}

impl Story {
    fn add(&mut self, event: &Event) {
        match event {
            Event::Sent { terms } => {
                self.sendings += 1;
                self.sent.get_or_insert_with(|| terms.clone());
            }
            Event::Acknowledged { .. } => self.acknowledged = true,
            Event::Refused { .. } => self.refusals += 1,
            Event::Received { digest, .. } => {
                self.digests.insert(digest.clone());
            }
            Event::Answered { outcome } => self.answered = Some(*outcome),
            Event::AnswerAcknowledged => self.answer_acknowledged = true,
            Event::Credited { terms } => {
                self.credits += 1;
                self.credit.get_or_insert_with(|| terms.clone());
            }
            Event::Reversed => self.reversals += 1,
            Event::Learned { outcome, answer_id, .. } => {
                self.learned.insert(*outcome);
                self.answer_ids.extend(answer_id.clone());
            }
        }
    }

    fn faults(&self, participant: &str, id: &str, outcome: Option<Outcome>) -> Vec<Fault> {
        let (participant, id) = (participant.to_owned(), id.to_owned());
        let known = |fault: fn(String, String) -> Fault| fault(participant.clone(), id.clone());
        let mut faults = Vec::new();
        let is_known = outcome.is_some() || self.standing == Some(Standing::Open);
        let unknown_now = self.standing == Some(Standing::Unknown) && outcome.is_some();
        if self.promised() && (!is_known || unknown_now) {
            faults.push(known(lost));
        } else if self.promised() && self.waits(outcome) {
            faults.push(known(unanswered));
        }
        let refused = self.sendings > 0 && self.refusals >= self.sendings && !self.acknowledged;
        if refused && outcome == Some(Outcome::Committed) {
            faults.push(known(refused_but_done));
        }
        if self.digests.len() > 1 {
            faults.push(known(changed_delivery));
        }
        match self.credits.saturating_sub(self.reversals) {
            0 => {}
            1 if outcome == Some(Outcome::Committed) => {}
            1 => faults.push(known(credited_not_committed)),
            _ => faults.push(known(credited_twice)),
        }
        faults
    }

    /// The hub has acknowledged something of it.
    fn promised(&self) -> bool {
        self.acknowledged || (self.answered == Some(Outcome::Committed) && self.answer_acknowledged)
    }

    /// It has ended, or not, and this participant does not know though it must.
    fn waits(&self, outcome: Option<Outcome>) -> bool {
        let told = !self.learned.is_empty() || matches!(self.standing, Some(Standing::Final(_)));
        let must_be_told = self.acknowledged || outcome != Some(Outcome::Committed);
        must_be_told && !told
    }
}

fn lost(participant: String, id: String) -> Fault {
    Fault::Lost { participant, id }
}

fn unanswered(participant: String, id: String) -> Fault {
    Fault::Unanswered { participant, id }
}

fn refused_but_done(participant: String, id: String) -> Fault {
    Fault::RefusedButDone { participant, id }
}

fn changed_delivery(participant: String, id: String) -> Fault {
    Fault::ChangedDelivery { participant, id }
}

fn credited_twice(participant: String, id: String) -> Fault {
    Fault::CreditedTwice { participant, id }
}

fn credited_not_committed(participant: String, id: String) -> Fault {
    Fault::CreditedNotCommitted { participant, id }
}

/// Contradictions between participants, and several named answers to one.
fn two_answers(
    stories: &BTreeMap<(String, String), Story>,
    truth: &BTreeMap<String, BTreeMap<Outcome, BTreeSet<String>>>,
) -> Vec<Fault> {
    let contradictions =
        truth.iter().filter(|(_, answers)| answers.len() > 1).map(|(id, answers)| {
            Fault::TwoAnswers {
                id: id.clone(),
                answers: answers.values().flatten().cloned().collect(),
            }
        });
    let names =
        stories.iter().filter(|(_, story)| story.answer_ids.len() > 1).map(|((_, id), story)| {
            Fault::TwoAnswers { id: id.clone(), answers: story.answer_ids.clone() }
        });
    contradictions.chain(names).collect()
}

#[derive(Default)]
struct Books {
    debits: BTreeMap<(String, String), Units>,
    credits: BTreeMap<(String, String), Units>,
}

impl Books {
    fn debit(&mut self, participant: &str, terms: &Terms) -> Result<(), ToolkitError> {
        add(&mut self.debits, participant, terms)
    }

    fn credit(&mut self, participant: &str, terms: &Terms) -> Result<(), ToolkitError> {
        add(&mut self.credits, participant, terms)
    }

    fn faults(&self, moves: &[PositionMove]) -> Vec<Fault> {
        let currencies: BTreeSet<&String> =
            self.debits.keys().chain(self.credits.keys()).map(|(_, currency)| currency).collect();
        let sums = currencies.into_iter().filter_map(|currency| {
            let (debited, credited) = (sum(&self.debits, currency), sum(&self.credits, currency));
            let currency = currency.clone();
            (debited != credited).then_some(Fault::SumsDiffer { currency, debited, credited })
        });
        sums.chain(moves.iter().filter_map(|moved| self.position(moved))).collect()
    }

    fn position(&self, moved: &PositionMove) -> Option<Fault> {
        let key = (moved.participant.clone(), moved.currency.clone());
        let of = |side: &BTreeMap<_, Units>| side.get(&key).copied().unwrap_or_default();
        let expected = of(&self.debits) + -of(&self.credits);
        let actual = moved.after + -moved.before;
        let (participant, currency) = key;
        (actual != expected).then_some(Fault::Position {
            participant,
            currency,
            moved: actual,
            expected,
        })
    }
}

fn add(
    side: &mut BTreeMap<(String, String), Units>,
    participant: &str,
    terms: &Terms,
) -> Result<(), ToolkitError> {
    let amount = Units::parse(&terms.amount)
        .map_err(|error| ToolkitError::Message(format!("log of {participant}: {error}")))?;
    let entry = side.entry((participant.to_owned(), terms.currency.clone())).or_default();
    *entry = *entry + amount;
    Ok(())
}

fn sum(side: &BTreeMap<(String, String), Units>, currency: &str) -> Units {
    let of_currency = side.iter().filter(|((_, of), _)| of == currency);
    of_currency.fold(Units::default(), |sum, (_, units)| sum + *units)
}
