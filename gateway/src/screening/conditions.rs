//! Conditions on accounts and entities as they are kept: those of a file, which only the file
//! changes, and those of operators, which are documents. The scorer hears of each over the stream.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use frms::{Condition, ConditionChange, ConditionError, Pseudonyms};
use serde_json::value::RawValue;
use switch_store::{Store, StoreError};

/// The kind of operators' conditions; the key is the condition's name.
pub const CONDITION: &str = "screening-condition";

/// Documents that are read at once.
const PAGE: usize = 1_000;

/// All conditions as they were written, by name.
#[derive(Debug, Default)]
pub struct Book {
    /// By name.
    pub kept: BTreeMap<String, Kept>,
}

/// A condition as it was written.
#[derive(Debug, Clone)]
pub struct Kept {
    /// Whether it is the file's.
    pub of_file: bool,
    /// The peer's JSON.
    pub json: Box<RawValue>,
    /// What it means.
    pub condition: Arc<Condition>,
}

/// What is wrong with a file of conditions.
pub fn read_file(path: &Path, pseudonyms: &Pseudonyms) -> Result<Vec<(String, Kept)>, String> {
    if path.as_os_str().is_empty() {
        return Ok(Vec::new());
    }
    let at = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let bytes = std::fs::read(path).map_err(|error| at(&error))?;
    let written: BTreeMap<String, Box<RawValue>> =
        serde_json::from_slice(&bytes).map_err(|error| at(&error))?;
    let read = |(name, json): (String, Box<RawValue>)| {
        let kept = Kept::read(&name, json, true, pseudonyms)
            .map_err(|error| at(&format_args!("{name}: {error}")))?;
        Ok((name, kept))
    };
    written.into_iter().map(read).collect()
}

/// What operators have set.
///
/// # Errors
/// The store does not answer.
pub async fn stored(
    store: &dyn Store,
    pseudonyms: &Pseudonyms,
) -> Result<Vec<(String, Kept)>, StoreError> {
    let mut found = Vec::new();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let page = store.documents(CONDITION, after.as_deref(), PAGE).await?;
        for (key, document) in &page {
            let name = String::from_utf8_lossy(&key.key).into_owned();
            let json: Result<Box<RawValue>, _> = serde_json::from_slice(&document.body);
            let kept = json.map_err(|error| error.to_string()).and_then(|json| {
                Kept::read(&name, json, false, pseudonyms).map_err(|error| error.to_string())
            });
            match kept {
                Ok(kept) => found.push((name, kept)),
                Err(error) => tracing::error!(name, error, "a condition cannot be read"),
            }
        }
        match page.last() {
            Some((key, _)) if page.len() == PAGE => after = Some(key.key.to_vec()),
            _ => return Ok(found),
        }
    }
}

impl Book {
    /// What changes for operators to have set just this: `None` for what was taken back. The file's
    /// conditions stay.
    pub fn moved_to(&self, stored: Vec<(String, Kept)>) -> Vec<(String, Option<Kept>)> {
        let stored: BTreeMap<String, Kept> = stored.into_iter().collect();
        let gone =
            self.kept.iter().filter(|(name, kept)| !kept.of_file && !stored.contains_key(*name));
        let mut moved: Vec<_> = gone.map(|(name, _)| (name.clone(), None)).collect();
        moved.extend(stored.into_iter().filter_map(|(name, new)| {
            let known = self.kept.get(&name);
            let same = known.is_some_and(|old| old.of_file || old.json.get() == new.json.get());
            (!same).then_some((name, Some(new)))
        }));
        moved
    }
}

impl Kept {
    /// A condition as it is written.
    ///
    /// # Errors
    /// It is none.
    pub fn read(
        name: &str,
        json: Box<RawValue>,
        of_file: bool,
        pseudonyms: &Pseudonyms,
    ) -> Result<Kept, ConditionError> {
        let condition = Condition::read(name, json.get().as_bytes(), pseudonyms)?;
        Ok(Kept { of_file, json, condition: Arc::new(condition) })
    }

    /// What the stream is told.
    pub fn change(&self, version: u64) -> ConditionChange {
        let condition = Some(Arc::clone(&self.condition));
        ConditionChange { name: self.condition.name.clone(), condition, version }
    }
}
