//! Which change of each condition was the last, so that an older one that arrives late changes nothing.
//! Of those that were taken back the latest are remembered by name; of all before them it is known that
//! they are older.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::limits::CONDITIONS_REMOVED_MAX;

/// The last change of each name.
#[derive(Clone, Debug, Default)]
pub struct Versions {
    of: HashMap<Arc<str>, u64>,
    /// Those of them that are not set, the oldest first.
    removed: BTreeSet<(u64, Arc<str>)>,
    /// Whatever is not in `of` was told before this one.
    floor: u64,
}

impl Versions {
    /// Whether nothing newer is known of a name. 0 has no place in the order: it counts as it comes.
    pub fn admits(&self, name: &str, version: u64) -> bool {
        let known = self.of.get(name).copied();
        version == 0 || version >= known.unwrap_or(self.floor)
    }

    /// A name was changed.
    pub fn note(&mut self, name: &str, version: u64, is_set: bool) {
        let (name, former) = match self.of.remove_entry(name) {
            Some((name, former)) => (name, former),
            None => (Arc::from(name), 0),
        };
        self.removed.remove(&(former, Arc::clone(&name)));
        let version = version.max(former);
        if version == 0 {
            return;
        }
        if !is_set {
            self.removed.insert((version, Arc::clone(&name)));
        }
        self.of.insert(name, version);
        while self.removed.len() > CONDITIONS_REMOVED_MAX {
            let Some((version, name)) = self.removed.pop_first() else { break };
            self.of.remove(&name);
            self.floor = self.floor.max(version);
        }
    }

    /// The last change of a name that is set; 0 if it has no place in the order.
    pub fn of(&self, name: &str) -> u64 {
        self.of.get(name).copied().unwrap_or(0)
    }

    /// What is set and counts was told since: whatever is older may be forgotten, since it is known to be
    /// older.
    pub fn complete(&mut self, version: u64) {
        self.of.retain(|_, known| *known >= version);
        self.removed.retain(|(known, _)| *known >= version);
        self.floor = self.floor.max(version);
    }

    /// What must be known to know the same: the floor, and each name's version, by name.
    pub fn kept(&self) -> (u64, Vec<(&Arc<str>, u64)>) {
        let mut of: Vec<_> = self.of.iter().map(|(name, version)| (name, *version)).collect();
        of.sort_unstable();
        (self.floor, of)
    }

    /// The floor, as it was kept.
    pub fn restore_floor(&mut self, floor: u64) {
        self.floor = floor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_back_is_remembered_and_what_is_forgotten_is_older() {
        let mut versions = Versions::default();
        let last = u64::try_from(CONDITIONS_REMOVED_MAX).unwrap() + 10;
        for version in 1..=last {
            versions.note(&format!("name {version}"), version, false);
        }
        assert_eq!(versions.of.len(), CONDITIONS_REMOVED_MAX);
        assert_eq!((versions.removed.len(), versions.floor), (CONDITIONS_REMOVED_MAX, 10));
        assert!(!versions.admits("name 3", 2) && !versions.admits("name 3", 9));
        assert!(versions.admits("name 3", 10) && versions.admits("never heard of", 11));
        let name = format!("name {last}");
        assert!(!versions.admits(&name, last - 1) && versions.admits(&name, last));
        versions.note(&name, last, true);
        assert_eq!(versions.removed.len(), CONDITIONS_REMOVED_MAX - 1);
        versions.note(&name, 0, false);
        assert!(!versions.admits(&name, last - 1), "what has no place in the order moves nothing");
    }
}
