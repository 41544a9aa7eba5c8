//! A cluster under load that a person, or a script, does bad things to. Running it is the affair of
//! `causeway-toolkit cluster`, as the fault tests use the same code; here it is built and called.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Builds the programs and becomes the one that runs the cluster, so that it alone hears Ctrl-C.
/// Returns only with what kept it from that.
pub fn run(root: &Path, args: &[&str]) -> String {
    let (release, args) = match args {
        ["--release", rest @ ..] => (true, rest),
        args => (false, args),
    };
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--bins", "-p", "causeway", "-p", "causeway-toolkit"]);
    if release {
        build.arg("--release");
    }
    match build.current_dir(root).status() {
        Ok(status) if status.success() => {}
        Ok(status) => return format!("the programs were not built: {status}"),
        Err(why) => return format!("cargo cannot be run: {why}"),
    }
    let folder = root.join("target").join(if release { "release" } else { "debug" });
    let program = folder.join("causeway-toolkit");
    let why = Command::new(&program).arg("cluster").args(args).exec();
    format!("{}: {why}", program.display())
}
