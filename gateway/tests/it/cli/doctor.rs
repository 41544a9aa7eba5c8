//! `causeway doctor`: what it says of installations that are good, odd and broken.

mod servers;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use causeway_toolkit::tls::{Credentials, Leaf, SchemeCa};
use serde_json::Value;

use super::{Ran, causeway};

/// A directory with certificates and a configuration that names them.
struct Installation {
    directory: tempfile::TempDir,
}

impl Installation {
    fn new() -> Installation {
        let installation = Installation { directory: tempfile::tempdir().unwrap() };
        let ca = SchemeCa::new("Scheme").unwrap();
        installation.put(&ca.participant("hub.example").unwrap());
        let operators = SchemeCa::new("Operators").unwrap();
        fs::write(installation.path().join("operators.pem"), operators.pem()).unwrap();
        installation.configure("");
        installation
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn put(&self, credentials: &Credentials) {
        credentials.write(self.path(), "hub").unwrap();
    }

    fn configure(&self, more: &str) {
        let file = |name: &str| self.path().join(name);
        let text = format!(
            "[listen]\nfspiop = \"127.0.0.1:0\"\nbank = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
             [tls]\ncertificate = {:?}\nkey = {:?}\nca = {:?}\n[tls.admin]\nca = {:?}\n\
             [store]\ndirectory = {:?}\n{more}",
            file("hub.pem"),
            file("hub.key"),
            file("hub-ca.pem"),
            file("operators.pem"),
            file("data"),
        );
        fs::write(self.config(), text).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.path().join("causeway.toml")
    }

    fn examined(&self) -> Ran {
        let config = self.config();
        causeway(["doctor", "--config", config.to_str().unwrap()])
    }

    /// What is said about something, with its level.
    fn said(&self, about: &str) -> Vec<(String, String)> {
        let config = self.config();
        let ran = causeway(["doctor", "--json", "--config", config.to_str().unwrap()]);
        let document: Value = serde_json::from_str(&ran.said).unwrap();
        let findings = document["findings"].as_array().unwrap().clone();
        let about = findings.into_iter().filter(|finding| finding["about"] == about);
        let text =
            |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        about.map(|finding| (text(&finding, "level"), text(&finding, "seen"))).collect()
    }

    fn one(&self, about: &str) -> (String, String) {
        let said = self.said(about);
        assert_eq!(said.len(), 1, "{said:?}");
        said.into_iter().next().unwrap()
    }
}

#[test]
fn a_good_installation_is_in_order_and_untouched() {
    let installation = Installation::new();
    let ran = installation.examined();
    assert_eq!((ran.code, ran.complained.as_str()), (0, ""), "{}", ran.said);
    assert!(ran.said.contains("0 wrong"), "{}", ran.said);
    assert!(!installation.path().join("data").exists(), "looking changes nothing");
    assert_eq!(installation.one("certificate").0, "ok");
    assert_eq!(installation.one("keys").0, "ok");
    assert!(installation.said("address").iter().all(|(level, _)| level == "ok"));
}

#[test]
fn certificates_that_cannot_be_used_are_wrong_and_say_why() {
    let installation = Installation::new();
    let ca = SchemeCa::new("Scheme").unwrap();
    let expired = Leaf { years: (2020, 2024), ..Leaf::of("hub.example") };
    installation.put(&ca.issue(&expired).unwrap());
    let (level, seen) = installation.one("certificate");
    assert_eq!(level, "wrong");
    assert!(seen.contains("expired (2024-01-01)"), "{seen}");
    assert_eq!(installation.examined().code, 1);

    let future = Leaf { years: (2090, 2120), ..Leaf::of("hub.example") };
    installation.put(&ca.issue(&future).unwrap());
    let (level, seen) = installation.one("certificate");
    assert!(level == "wrong" && seen.contains("from 2090-01-01"), "{seen}");

    let (one, other) = (ca.participant("hub.example"), ca.participant("hub.example"));
    installation.put(&Credentials { key: other.unwrap().key, ..one.unwrap() });
    assert_eq!(installation.one("certificate").0, "wrong", "a key of another certificate");

    fs::remove_file(installation.path().join("hub.key")).unwrap();
    let (level, seen) = installation.one("certificate");
    assert!(level == "wrong" && seen.contains("hub.key"), "{seen}");
}

#[test]
fn a_certificate_that_the_ca_does_not_know_is_pointed_out() {
    let installation = Installation::new();
    let (ca, other) = (SchemeCa::new("Scheme").unwrap(), SchemeCa::new("Other").unwrap());
    installation.put(&other.participant("hub.example").unwrap().trusting(ca.pem()));
    let levels: Vec<String> =
        installation.said("certificate").into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, ["ok", "warn"]);
    assert_eq!(installation.examined().code, 0, "participants may know it by another CA");
}

#[test]
fn keys_that_others_can_read_are_pointed_out_with_the_command() {
    let installation = Installation::new();
    let key = installation.path().join("hub.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = installation.examined();
    assert!(ran.said.contains(&format!("chmod 600 {}", key.display())), "{}", ran.said);
    assert_eq!(ran.code, 0);
}

#[test]
fn an_address_in_use_is_pointed_out() {
    let installation = Installation::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    let text = fs::read_to_string(installation.config()).unwrap();
    let text = text.replacen("127.0.0.1:0", &at.to_string(), 1);
    fs::write(installation.config(), text).unwrap();
    let levels: Vec<String> =
        installation.said("address").into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, ["warn", "ok", "ok"]);
}

#[test]
fn settings_that_cannot_be_read_are_wrong() {
    let installation = Installation::new();
    installation.configure("[limits]\nheader_timeot_ms = 1\n");
    let ran = installation.examined();
    assert_eq!(ran.code, 1);
    assert!(ran.said.contains("WRONG") && ran.said.contains("header_timeot_ms"), "{}", ran.said);
}

#[test]
fn a_directory_that_cannot_be_made_is_wrong() {
    let installation = Installation::new();
    // A file is where the directory would have to be.
    fs::write(installation.path().join("data"), b"").unwrap();
    let text = fs::read_to_string(installation.config()).unwrap();
    fs::write(installation.config(), text.replace("/data\"", "/data/below\"")).unwrap();
    assert_eq!(installation.one("store").0, "wrong");
}

#[test]
fn a_node_that_does_not_run_is_not_ready() {
    let installation = Installation::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = taken.local_addr().unwrap();
    drop(taken);
    let text = fs::read_to_string(installation.config()).unwrap();
    let text = text.replace("admin = \"127.0.0.1:0\"", &format!("admin = \"{at}\""));
    fs::write(installation.config(), text).unwrap();
    let ran = causeway(["health", "--config", installation.config().to_str().unwrap()]);
    assert_eq!((ran.code, ran.said.as_str()), (1, ""));
    assert!(ran.complained.contains(&at.to_string()), "{}", ran.complained);
}
