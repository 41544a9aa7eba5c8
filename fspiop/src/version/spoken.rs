//! The versions that a participant says it speaks.

use super::{Resource, Version, listing};
use crate::error::Refusal;
use crate::json::Unfit;
use serde::{Deserialize, Serialize};

/// The versions that a participant speaks, as its record lists them: `1.1` is about every resource,
/// `transfers=1.1` about one. Nothing is known of a resource that no entry is about: its messages are
/// judged by the participant itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<String>", into = "Vec<String>")]
pub struct Spoken(Vec<Entry>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    version: Version,
    resource: Option<Resource>,
}

impl Spoken {
    /// Adds what one entry says.
    ///
    /// # Errors
    /// [`Unfit`] for what is neither a known version nor `{resource}={version}`.
    pub fn add(&mut self, entry: &str) -> Result<(), Unfit> {
        let entry = Entry::parse(entry)?;
        if let Err(at) = self.0.binary_search(&entry) {
            self.0.insert(at, entry);
        }
        Ok(())
    }

    /// Whether nothing is said at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The versions of a resource, ascending; none where nothing is known.
    pub fn of(&self, resource: Resource) -> Vec<Version> {
        let about = |resource: Option<Resource>| -> Vec<Version> {
            let entries = self.0.iter().filter(|entry| entry.resource == resource);
            entries.map(|entry| entry.version).collect()
        };
        let own = about(Some(resource));
        if own.is_empty() { about(None) } else { own }
    }

    /// Whether a message of this version is taken; where nothing is known, it may be.
    pub fn takes(&self, resource: Resource, version: Version) -> bool {
        let spoken = self.of(resource);
        spoken.is_empty() || spoken.iter().any(|own| own.takes(version))
    }

    /// 3001 with the versions of a resource as `{major: minor}` extensions.
    pub fn refusal(&self, resource: Resource, detail: &'static str) -> Refusal {
        listing(&self.of(resource), detail)
    }
}

/// What several lists say together.
impl FromIterator<Spoken> for Spoken {
    fn from_iter<I: IntoIterator<Item = Spoken>>(lists: I) -> Self {
        let mut entries: Vec<Entry> = lists.into_iter().flat_map(|list| list.0).collect();
        entries.sort_unstable();
        entries.dedup();
        Self(entries)
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self, Unfit> {
        const RULE: Unfit = Unfit("must be 1.0, 1.1 or 2.0, alone or as in transfers=1.1");
        let (resource, version) = match text.split_once('=') {
            Some((resource, version)) => {
                (Some(Resource::parse(resource).map_err(|_| RULE)?), version)
            }
            None => (None, text),
        };
        let version = Version::parse(version).map_err(|_| RULE)?;
        let known = [Version::V1_0, Version::V1_1, Version::V2_0];
        known.contains(&version).then_some(Self { version, resource }).ok_or(RULE)
    }

    fn text(self) -> String {
        match self.resource {
            Some(resource) => format!("{resource}={}", self.version),
            None => self.version.to_string(),
        }
    }
}

/// As stored. An entry that another release wrote says nothing to this one.
impl From<Vec<String>> for Spoken {
    fn from(entries: Vec<String>) -> Self {
        let mut spoken = Self::default();
        for entry in &entries {
            let _ = spoken.add(entry);
        }
        spoken
    }
}

impl From<Spoken> for Vec<String> {
    fn from(spoken: Spoken) -> Self {
        spoken.0.into_iter().map(Entry::text).collect()
    }
}
