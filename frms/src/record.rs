//! Events in a file: a JSON object a line, each with one event, in the order of the stream. What is
//! known of a payment afterwards stands beside its attempt, for those who measure; nobody who judges
//! looks at it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Attempt, CatalogueChange, ConditionChange, Event, Outcome};

/// One line of such a file: `{"tx": {...}, "label": {...}}`, `{"outcome": {...}}`,
/// `{"condition": {...}}` or `{"catalogue": {...}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Record {
    /// What became of one.
    Outcome(Outcome),
    /// A condition was set or taken back.
    Condition(Arc<ConditionChange>),
    /// Other rules and typologies counted from there on.
    Catalogue(Arc<CatalogueChange>),
    /// A payment is tried.
    #[serde(untagged)]
    Tx {
        /// The payment.
        tx: Arc<Attempt>,
        /// What it was, if that is known.
        #[serde(default, skip_serializing_if = "Label::is_genuine")]
        label: Label,
    },
}

/// What a payment was, as only its author or a later inquiry knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Label {
    /// The number of the behaviour that it was part of, as `011` (frms.md §3.1), or the name of another
    /// pattern; none for a genuine payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behaviour: Option<Arc<str>>,
    /// Which of the behaviour's episodes; the same number with another behaviour is another episode.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub episode: Option<u32>,
    /// The family of genuine payments that look alike, as `salary run`; none for the ordinary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looks_like: Option<Arc<str>>,
}

impl Label {
    /// Whether nothing is to be said of it.
    pub fn is_genuine(&self) -> bool {
        *self == Label::default()
    }
}

impl Record {
    /// The event.
    pub fn event(&self) -> Event {
        match self {
            Self::Tx { tx, .. } => Event::Attempt(Arc::clone(tx)),
            Self::Outcome(outcome) => Event::Outcome(*outcome),
            Self::Condition(change) => Event::Condition(Arc::clone(change)),
            Self::Catalogue(change) => Event::Catalogue(Arc::clone(change)),
        }
    }
}
