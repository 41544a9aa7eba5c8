//! The database of a cluster: a primary, the standby that it waits for, and the change from one to the other.

use std::path::{Path, PathBuf};

use super::disk::Disk;
use super::postgres::Postgres;
use super::programs::Programs;
use crate::ToolkitError;
use crate::limits::CLUSTER_DISK_MIB;

/// A primary and, where there is one, its synchronous standby.
#[derive(Debug)]
pub struct Database {
    folder: PathBuf,
    made: usize,
    primary: Postgres,
    standby: Option<Postgres>,
    // After the servers: what they have open is closed.
    disks: Option<Disks>,
}

/// Where servers have disks of their own: those of both.
#[derive(Debug)]
struct Disks {
    primary: Disk,
    standby: Option<Disk>,
}

impl Database {
    /// Makes both in `folder`, on disks of their own if wished.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program fails.
    pub async fn create(
        programs: &Programs,
        folder: &Path,
        with_standby: bool,
        with_disks: bool,
    ) -> Result<Database, ToolkitError> {
        let name = "postgres1";
        let mount = || Disk::mount(&folder.join(name), CLUSTER_DISK_MIB);
        let disk = with_disks.then(mount).transpose()?;
        let disks = disk.map(|primary| Disks { primary, standby: None });
        let primary = Postgres::create(programs, folder, name).await?;
        let folder = folder.to_owned();
        let mut database = Database { folder, made: 1, primary, standby: None, disks };
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
            if let Some(disks) = &mut self.disks {
                disks.standby = Some(Disk::mount(&self.folder.join(&name), CLUSTER_DISK_MIB)?);
            }
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
        if let Some(disks) = &mut self.disks
            && let Some(disk) = disks.standby.take()
        {
            disks.primary = disk;
        }
        Ok(())
    }

    /// Fills the primary's disk.
    ///
    /// # Errors
    /// [`ToolkitError`] if it has none of its own.
    pub fn fill(&self) -> Result<(), ToolkitError> {
        let none = || ToolkitError::Message("postgres has no disk of its own".to_owned());
        self.disks.as_ref().ok_or_else(none)?.primary.fill()
    }

    /// Gives the primary's disk its room again.
    ///
    /// # Errors
    /// [`ToolkitError::Io`] if it cannot.
    pub fn clear(&self) -> Result<(), ToolkitError> {
        self.disks.as_ref().map_or(Ok(()), |disks| disks.primary.clear())
    }
}
