//! What goes over the stream: an event a message, under a subject that says what it is. The subjects
//! are the same in this process and on NATS JetStream (docs/screening.md).

use std::sync::Arc;

use serde::Serialize;

use crate::limits::SUBJECT_TOKEN_CHARS_MAX;
use crate::{
    Attempt, CatalogueChange, ConditionBook, ConditionChange, Outcome, PaymentId, Ruling, Verdict,
};

/// One event. In JSON its payload is the inner object.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// A payment is to be screened.
    Attempt(Arc<Attempt>),
    /// The verdict on an attempt.
    Verdict(Arc<Verdict>),
    /// A typology has something to tell: the verdict in which it does, once a typology.
    Alert {
        /// The typology.
        typology: Arc<str>,
        /// The verdict.
        verdict: Arc<Verdict>,
    },
    /// What became of a payment.
    Outcome(Outcome),
    /// A condition was set or taken back.
    Condition(Arc<ConditionChange>),
    /// All conditions have been told.
    ConditionBook(ConditionBook),
    /// A rule processor elsewhere has answered.
    Ruling(Arc<Ruling>),
    /// From here on other rules and typologies count.
    Catalogue(Arc<CatalogueChange>),
}

impl Event {
    /// The subject: `frm.{tenant}.tx.{currency}.{payerFsp}`, `frm.{tenant}.verdict.{decision}`,
    /// `frm.{tenant}.alert.{typology}`, `frm.{tenant}.outcome.{kind}`, `frm.{tenant}.condition.{name}`,
    /// `frm.{tenant}.book.{version}`, `frm.{tenant}.rule.{rule}`, `frm.{tenant}.catalogue.{name}`.
    pub fn subject(&self, tenant: &str) -> String {
        let tenant = token(tenant);
        match self {
            Self::Attempt(attempt) => {
                let (currency, payer) = (token(&attempt.currency), token(&attempt.payer_fsp));
                format!("frm.{tenant}.tx.{currency}.{payer}")
            }
            Self::Verdict(verdict) => format!("frm.{tenant}.verdict.{}", verdict.decision.as_str()),
            Self::Alert { typology, .. } => format!("frm.{tenant}.alert.{}", token(typology)),
            Self::Outcome(outcome) => format!("frm.{tenant}.outcome.{}", outcome.kind.as_str()),
            Self::Condition(change) => format!("frm.{tenant}.condition.{}", token(&change.name)),
            Self::ConditionBook(book) => format!("frm.{tenant}.book.{}", book.version),
            Self::Ruling(ruling) => format!("frm.{tenant}.rule.{}", token(&ruling.rule.id)),
            Self::Catalogue(change) => format!("frm.{tenant}.catalogue.{}", token(&change.name)),
        }
    }

    /// What makes a second one of it the same message (`Nats-Msg-Id`); none where each counts.
    pub fn message_id(&self) -> Option<String> {
        let of = |what: &str, id: PaymentId| format!("{what}-{id}");
        match self {
            Self::Attempt(attempt) => {
                let Attempt { id, hash, point, .. } = &**attempt;
                Some(format!("{}{}-{hash:?}", of("tx", *id), point.suffix()))
            }
            Self::Verdict(verdict) => {
                let Verdict { id, hash, point, .. } = &**verdict;
                Some(format!("{}{}-{hash:?}", of("verdict", *id), point.suffix()))
            }
            Self::Alert { typology, verdict } => {
                let suffix = verdict.point.suffix();
                Some(format!("{}{suffix}-{typology}", of("alert", verdict.id)))
            }
            Self::Outcome(outcome) => Some(of(outcome.kind.as_str(), outcome.id)),
            Self::Ruling(ruling) => {
                let Ruling { payment, hash, rule, .. } = &**ruling;
                Some(format!("{}-{hash:?}-{}@{}", of("rule", *payment), rule.id, rule.cfg))
            }
            Self::Condition(_) | Self::ConditionBook(_) | Self::Catalogue(_) => None,
        }
    }
}

/// Whether a subject is one of those that a pattern names: `*` stands for one token, `>` at the end
/// for one or more, as with NATS.
pub fn matches(pattern: &str, subject: &str) -> bool {
    let mut wanted = pattern.split('.');
    let mut given = subject.split('.');
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(">"), Some(_)) => return true,
            (Some("*"), Some(_)) => {}
            (Some(one), Some(other)) if one == other => {}
            _ => return false,
        }
    }
}

/// A token of a subject: letters, digits, `-`, `_` and `@` as they are, any other byte as `=` and two
/// hexadecimal digits, so that no name can be taken for a wildcard or for two tokens. What is longer
/// than [`SUBJECT_TOKEN_CHARS_MAX`] is cut.
pub fn token(text: &str) -> String {
    let mut token = String::with_capacity(text.len());
    for byte in text.bytes() {
        if token.len() + 3 > SUBJECT_TOKEN_CHARS_MAX {
            break;
        }
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'@' => {
                token.push(char::from(byte));
            }
            _ => token.push_str(&format!("={byte:02x}")),
        }
    }
    if token.is_empty() { "=".to_owned() } else { token }
}
