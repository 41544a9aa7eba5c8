//! A set of configurations out of one file.

use std::collections::BTreeSet;

use serde_json::Value;
use thiserror::Error;

use super::entries::{MapEntry, RuleEntry, TypologyEntry};
use crate::limits::CONFIGURED_MAX;

/// The entries of a file, each with where it stands (a JSON pointer).
#[derive(Clone, Debug, Default)]
pub struct Set {
    /// The rules.
    pub rules: Vec<(String, RuleEntry)>,
    /// The typologies.
    pub typologies: Vec<(String, TypologyEntry)>,
    /// The network maps.
    pub maps: Vec<(String, MapEntry)>,
}

/// Why a file is no set of configurations. Its author's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SetError {
    /// Not JSON.
    #[error("not JSON: {0}")]
    Json(String),
    /// An entry without something that it must have.
    #[error("{at}: not a {what}: {error}")]
    Entry {
        /// Where.
        at: String,
        /// Rule, typology or network map.
        what: &'static str,
        /// What it lacks.
        error: String,
    },
    /// None at all.
    #[error("neither a rule, nor a typology, nor a network map")]
    Empty,
    /// Too many.
    #[error("more than {CONFIGURED_MAX} rules, typologies or network maps")]
    Number,
}

impl Set {
    /// Reads one entry, a list of them, or any JSON that holds some: an object with `messages` is a
    /// network map, one with `expression` a typology, one with `id` and `config` a rule.
    ///
    /// # Errors
    /// See [`SetError`].
    pub fn read(json: &[u8]) -> Result<Set, SetError> {
        let value: Value =
            serde_json::from_slice(json).map_err(|error| SetError::Json(error.to_string()))?;
        let mut set = Set::default();
        set.gather(&value, &mut String::new())?;
        let named = value.get("rules").or_else(|| value.get("typologies")).is_some();
        match set.rules.len() + set.typologies.len() + set.maps.len() {
            0 if !named => Err(SetError::Empty),
            _ => Ok(set),
        }
    }

    /// What is one tenant's.
    #[must_use]
    pub fn of_tenant(&self, tenant: &str) -> Set {
        let mut set = self.clone();
        set.rules.retain(|(_, entry)| entry.tenant_id == tenant);
        set.typologies.retain(|(_, entry)| entry.tenant_id == tenant);
        set.maps.retain(|(_, entry)| entry.tenant_id == tenant);
        set
    }

    /// What counts for a tenant: its entries, or those of the only tenant that there is.
    ///
    /// # Errors
    /// The tenants, where there are several and this one is not among them.
    pub fn for_tenant(self, tenant: &str) -> Result<Set, String> {
        let rules = self.rules.iter().map(|(_, entry)| &entry.tenant_id);
        let typologies = self.typologies.iter().map(|(_, entry)| &entry.tenant_id);
        let maps = self.maps.iter().map(|(_, entry)| &entry.tenant_id);
        let tenants: BTreeSet<&String> = rules.chain(typologies).chain(maps).collect();
        match tenants.iter().any(|known| *known == tenant) {
            true => Ok(self.of_tenant(tenant)),
            false if tenants.len() <= 1 => Ok(self),
            false => Err(tenants.into_iter().cloned().collect::<Vec<_>>().join(", ")),
        }
    }

    fn gather(&mut self, value: &Value, at: &mut String) -> Result<(), SetError> {
        if [self.rules.len(), self.typologies.len(), self.maps.len()]
            .iter()
            .any(|count| *count > CONFIGURED_MAX)
        {
            return Err(SetError::Number);
        }
        match value {
            Value::Object(members) => {
                let has = |name| members.contains_key(name);
                if has("messages") {
                    self.maps.push((at.clone(), entry(value, at, "network map")?));
                } else if has("expression") {
                    self.typologies.push((at.clone(), entry(value, at, "typology")?));
                } else if has("id") && has("config") {
                    self.rules.push((at.clone(), entry(value, at, "rule")?));
                } else {
                    for (name, member) in members {
                        let name = name.replace('~', "~0").replace('/', "~1");
                        self.within(member, at, &name)?;
                    }
                }
            }
            Value::Array(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    self.within(part, at, &index.to_string())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn within(&mut self, value: &Value, at: &mut String, step: &str) -> Result<(), SetError> {
        let length = at.len();
        at.push('/');
        at.push_str(step);
        self.gather(value, at)?;
        at.truncate(length);
        Ok(())
    }
}

fn entry<T: serde::de::DeserializeOwned>(
    value: &Value,
    at: &str,
    what: &'static str,
) -> Result<T, SetError> {
    serde_json::from_value(value.clone()).map_err(|error| SetError::Entry {
        at: if at.is_empty() { "/".to_owned() } else { at.to_owned() },
        what,
        error: error.to_string(),
    })
}
