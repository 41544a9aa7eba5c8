//! The database of a cluster: a primary, the standby that it waits for, and the change from one to the other.

use std::path::{Path, PathBuf};

use super::postgres::Postgres;
use super::programs::Programs;
use crate::ToolkitError;

/// A primary and, where there is one, its synchronous standby.
#[derive(Debug)]
pub struct Database {
    folder: PathBuf,
    made: usize,
    primary: Postgres,
    standby: Option<Postgres>,
}

impl Database {
    /// Makes both in `folder`.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program fails.
    pub async fn create(
        programs: &Programs,
        folder: &Path,
        with_standby: bool,
    ) -> Result<Database, ToolkitError> {
        let primary = Postgres::create(programs, folder, "postgres1").await?;
        let folder = folder.to_owned();
        let mut database = Database { folder, made: 1, primary, standby: None };
        if with_standby {
            database.add_standby().await?;
        }
        Ok(database)
    }

    /// The server that takes writes.
    pub fn primary(&mut self) -> &mut Postgres {
        &mut self.primary
    }

    /// The server that follows it.
    pub fn standby(&mut self) -> Option<&mut Postgres> {
        self.standby.as_mut()
    }

    /// A new standby, that the primary waits for from now on. Nothing, if there is one.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program fails.
    pub async fn add_standby(&mut self) -> Result<(), ToolkitError> {
        if self.standby.is_none() {
            self.made += 1;
            let name = format!("postgres{}", self.made);
            self.standby = Some(Postgres::follow(&self.primary, &self.folder, &name).await?);
        }
        Ok(())
    }

    /// Kills the primary for good; the standby takes its place.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] without a standby; [`ToolkitError`] if it is not promoted.
    pub fn fail_over(&mut self) -> Result<(), ToolkitError> {
        let Some(standby) = self.standby.take() else {
            return Err(ToolkitError::Message("there is no standby to fail over to".to_owned()));
        };
        self.primary.kill();
        standby.promote()?;
        self.primary = standby;
        Ok(())
    }
}
