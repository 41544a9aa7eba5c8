//! Backups of the embedded store.

use std::sync::Arc;

use fspiop::error::{ErrorCode, Refusal};
use serde::Serialize;
use switch_store::StoreError;

use super::{json, ledger};
use crate::backup::{self, BackupError};
use crate::envelope::Answer;
use crate::node::Node;

#[derive(Serialize)]
struct Shown {
    directory: String,
    at: Option<String>,
    rows: u64,
}

/// POST /backups: 201 when it is on stable storage. Goes on when nobody waits for the answer.
pub(super) async fn take(node: &Arc<Node>) -> Result<Answer, Refusal> {
    let here = Arc::clone(node);
    let taken = tokio::task::spawn_blocking(move || backup::take(&here)).await;
    let failed = |reason: String| {
        tracing::error!(reason, "no backup was taken");
        Refusal::new(ErrorCode::InternalServerError, "no backup was taken: the log says why")
    };
    match taken {
        Ok(Ok(backup)) => Ok(json(
            201,
            &Shown {
                directory: backup.directory.display().to_string(),
                at: ledger::date_time(backup.at),
                rows: backup.rows,
            },
        )),
        Ok(Err(BackupError::Busy)) => Err(refused("a backup is being taken already")),
        Ok(Err(BackupError::Store(StoreError::Unusable { .. }))) => {
            Err(refused("the database is backed up with its own tools"))
        }
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}

fn refused(why: &'static str) -> Refusal {
    Refusal::new(ErrorCode::ClientError, why).with_status(409)
}
