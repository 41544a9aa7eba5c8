//! Structural validation by tables: element order, cardinality, choices, types, facets.
//!
//! | file | what it decides |
//! |---|---|
//! | `tables/` | generated from the published schemas by `cargo xtask schema-tables` |
//! | `table` | a table's text to a [`Schema`] |
//! | `check` | a tree against a schema |
//! | `facets` | a text against a simple type |
//! | `pattern` | XML Schema's regular expressions, as far as the schemas use them |

mod check;
mod facets;
mod pattern;
mod table;
mod tables;

use std::sync::{LazyLock, OnceLock};

pub(crate) use check::{check, check_body, path};
pub(crate) use table::Schema;

struct Slot {
    message: &'static str,
    text: &'static str,
    schema: OnceLock<Option<Schema>>,
}

static SLOTS: LazyLock<Vec<Slot>> = LazyLock::new(|| {
    let slot = |&(message, text)| Slot { message, text, schema: OnceLock::new() };
    tables::TABLES.iter().map(slot).collect()
});

/// The schema of a message version, if it is served. Its table is read at the first use.
pub(crate) fn of(message: &str) -> Option<&'static Schema> {
    let slot = SLOTS.iter().find(|slot| slot.message == message)?;
    slot.schema.get_or_init(|| Schema::parse(slot.text)).as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read() {
        for (message, _) in tables::TABLES {
            let schema = of(message).unwrap_or_else(|| panic!("{message}"));
            assert!(schema.namespace().ends_with(message));
        }
        assert!(of("pacs.008.001.99").is_none());
    }
}
