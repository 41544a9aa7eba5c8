//! What the database's errors mean to the committer (DESIGN.md §4).

use tokio_postgres::Error;
use tokio_postgres::error::{Severity, SqlState};

use crate::StoreError;

/// Raised by our own functions: a row is not as it was read.
const CHANGED: &str = "CW409";
/// Raised by our own functions: this node's claims have been taken over.
const DEPOSED: &str = "CW410";

/// PostgreSQL's own: no space left on its device.
const DISK_FULL: &str = "53100";

/// Before a commit was sent, or in answer to one of its statements: nothing was written.
pub(crate) fn refused(error: &Error) -> StoreError {
    let Some(state) = error.code() else {
        return unavailable(error);
    };
    let reason = described(error);
    match state.code() {
        CHANGED | "23505" => StoreError::Conflict { reason },
        DEPOSED => StoreError::Halted { reason },
        // Whoever waited in a circle finds it gone.
        "40001" | "40P01" => StoreError::Conflict { reason },
        // What a batch contains: values that do not fit, keys that no index takes.
        code if code.starts_with("22") || code.starts_with("23") || code == "54000" => {
            StoreError::Constraint { reason }
        }
        // A file could not be made larger: what is stored can be read, and the next statement may find room.
        DISK_FULL => StoreError::Full { reason },
        // Lock and statement timeouts, shutdown, a server that is read-only now.
        _ => StoreError::Unavailable { reason },
    }
}

/// While the connection is made or nothing was to be written.
pub(crate) fn unavailable(error: &Error) -> StoreError {
    StoreError::Unavailable { reason: described(error) }
}

/// Whether the server has said that a statement failed: nothing of its transaction is written.
pub(crate) fn is_answer(error: &Error) -> bool {
    error.as_db_error().is_some()
}

/// Whether the connection is of no use after this error.
pub(crate) fn ends_session(error: &Error) -> bool {
    match error.as_db_error() {
        None => true,
        Some(answer) => {
            let fatal = [Some(Severity::Fatal), Some(Severity::Panic)];
            fatal.contains(&answer.parsed_severity())
                || answer.code() == &SqlState::READ_ONLY_SQL_TRANSACTION
        }
    }
}

/// Messages of the server name tables and keys' columns; values stay in its detail, which is left
/// out.
fn described(error: &Error) -> String {
    match error.as_db_error() {
        Some(error) => format!("{} ({})", error.message(), error.code().code()),
        None => {
            let source = std::error::Error::source(error);
            source.map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
        }
    }
}
