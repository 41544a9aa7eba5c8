//! Structural validation by tables: element order, cardinality, choices, types, facets.
//!
//! | file | what it decides |
//! |---|---|
//! | `tables/` | every version and type, generated from the published schemas by `cargo xtask schema-tables` |
//! | `table` | the tables' text to a [`Schema`] a version |
//! | `check` | a tree against a schema |
//! | `facets` | a text against a simple type |
//! | `pattern` | XML Schema's regular expressions, as far as the schemas use them |

mod check;
mod facets;
mod pattern;
mod table;

use std::sync::LazyLock;

pub(crate) use check::{check, check_body, path};
pub(crate) use table::{Kind, Schema};

/// The schemas of the served versions, read at the first use. A broken table serves nothing; a test
/// reads them all.
static SCHEMAS: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    let (messages, types) = (include_str!("tables/messages.txt"), include_str!("tables/types.txt"));
    Schema::parse_all(messages, types).unwrap_or_default()
});

/// The schema of a message version, if it is served.
pub(crate) fn of(message: &str) -> Option<&'static Schema> {
    SCHEMAS.iter().find(|schema| schema.message == message)
}

/// The versions that are checked and read, headers included, in the order of their names.
pub fn served_versions() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|schema| schema.message)
}

/// Whether a version has an element: `declares("pacs.008.001.02", "FIToFICstmrCdtTrf/CdtTrfTxInf")`,
/// local names from below its root element. False for versions that are not served.
pub fn declares(version: &str, path: &str) -> bool {
    of(version).is_some_and(|schema| {
        let step = |of, name| schema.child(of, name).map(|child| child.of);
        path.split('/').try_fold(schema.root_type(), step).is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_read() {
        let listed = include_str!("tables/messages.txt").lines().count();
        assert_eq!((served_versions().count(), listed), (22, 22));
        for message in served_versions() {
            assert!(of(message).unwrap().namespace().ends_with(message));
        }
        assert!(of("pacs.008.001.99").is_none());
    }

    #[test]
    fn what_a_version_declares() {
        let uetr = "FIToFICstmrCdtTrf/CdtTrfTxInf/PmtId/UETR";
        for (version, path, expected) in [
            ("pacs.008.001.08", uetr, true),
            ("pacs.008.001.02", uetr, false),
            ("pacs.008.001.99", uetr, false),
            ("pacs.002.001.10", uetr, false),
            ("pacs.002.001.10", "FIToFIPmtStsRpt/TxInfAndSts/OrgnlUETR", true),
            ("head.001.001.02", "Fr/FIId", true),
            ("head.001.001.02", "", false),
        ] {
            assert_eq!(declares(version, path), expected, "{version} {path}");
        }
    }
}
