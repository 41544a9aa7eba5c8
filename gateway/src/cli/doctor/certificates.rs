//! Certificates: can they be used, do the keys fit, until when are they good, does the CA know them. And the files
//! that nobody else should read.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use switch::Timestamp;

use super::{Finding, Level};
use crate::config::{Config, TlsFiles};
use crate::limits::CERTIFICATE_DAYS_WARNED;
use crate::tls;

const ABOUT: &str = "certificate";
const DAY_MS: i64 = 86_400_000;
/// Who else may do anything with the file.
const OTHERS: u32 = 0o077;

pub(super) fn examine(config: &Config, now: Timestamp) -> Vec<Finding> {
    let mut findings = private_files(config);
    if !config.tls.is_on() {
        return findings;
    }
    if let Some(refused) = tls::check(&config.tls).err() {
        let mend = "docs/tls.md says what must be in each file";
        findings.push(Finding::wrong(ABOUT, refused.to_string(), mend));
        return findings;
    }
    for (path, used) in by_certificate(config) {
        findings.extend(examine_one(&path, &used, now));
    }
    findings
}

/// Each certificate file once, with the CA that the other side is likely to know it by.
fn by_certificate(config: &Config) -> BTreeMap<PathBuf, TlsFiles> {
    let tls = &config.tls;
    let all = [tls.admin(), tls.client(), tls.bank(), tls.fspiop()];
    // The operators' CA says who operators are, not who we are.
    let with_our_ca =
        |files: TlsFiles| (files.certificate.clone(), TlsFiles { ca: tls.ca.clone(), ..files });
    all.into_iter().map(with_our_ca).collect()
}

fn examine_one(path: &Path, files: &TlsFiles, now: Timestamp) -> Vec<Finding> {
    let name = path.display();
    let (from, until) = match tls::validity(path) {
        Ok(validity) => validity,
        Err(error) => return vec![Finding::wrong(ABOUT, error.to_string(), "make it anew")],
    };
    let days = (until.0 - now.0).div_euclid(DAY_MS);
    let date = day(until);
    let mut findings = vec![match (from > now, days) {
        (true, _) => {
            let seen = format!("{name} is good only from {} on", day(from));
            Finding::wrong(ABOUT, seen, "look at this machine's clock, or wait")
        }
        (_, ..0) => {
            let seen = format!("{name} has expired ({date})");
            Finding::wrong(ABOUT, seen, "renew it; a running node takes the new file by itself")
        }
        (_, 0..CERTIFICATE_DAYS_WARNED) => {
            let seen = format!("{name} is good for {days} more days ({date})");
            let mend = "renew it now; a running node takes the new file by itself";
            Finding::warn(ABOUT, seen, mend)
        }
        _ => Finding::ok(ABOUT, format!("{name} fits its key, {days} more days ({date})")),
    }];
    let is_good = findings.iter().all(|finding| finding.level != Level::Wrong);
    if is_good && let Err(error) = tls::leads_to_ca(files, now) {
        let seen = format!("{name} is not one that {} vouches for: {error}", files.ca.display());
        let mend = "participants who know you by that CA refuse you; put the intermediate \
                    certificates behind it, or give them the CA that issued it";
        findings.push(Finding::warn(ABOUT, seen, mend));
    }
    findings
}

/// The day of an instant, as `2026-11-21`.
fn day(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).ok();
    instant.map_or_else(|| "?".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// Private keys that others on this machine can read.
fn private_files(config: &Config) -> Vec<Finding> {
    let keys = config.store.directory.join("keys");
    let own = fs::read_dir(&keys).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = own.collect();
    if config.tls.is_on() {
        let tls = &config.tls;
        files.extend([tls.fspiop(), tls.bank(), tls.admin(), tls.client()].map(|files| files.key));
    }
    files.sort();
    files.dedup();
    let open = |path: &PathBuf| {
        fs::metadata(path).is_ok_and(|file| file.permissions().mode() & OTHERS != 0)
    };
    let findings: Vec<Finding> =
        files.iter().filter(|path| open(path)).map(|path| loose(path)).collect();
    match findings.is_empty() && !files.is_empty() {
        true => vec![Finding::ok("keys", format!("{} files, for their owner alone", files.len()))],
        false => findings,
    }
}

fn loose(path: &Path) -> Finding {
    let seen = format!("{} can be read by others on this machine", path.display());
    Finding::warn("keys", seen, format!("chmod 600 {}", path.display()))
}
