//! What `deploy/` gives to operators is held against the program and against the tools that read it:
//! settings by the program's own parser, units by systemd, the chart by a template engine.

mod chart;
mod schema;
mod templates;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use causeway::config::Config;
use causeway::node::HUB;
use causeway_tests::process::{Process, program};
use causeway_tests::{root, skip, tls};
use serde_json::Value;

fn deploy(path: &str) -> PathBuf {
    root().join("deploy").join(path)
}

fn text(path: &str) -> String {
    fs::read_to_string(deploy(path)).unwrap()
}

/// Runs a tool; none if it is not here, which skips the test.
fn run(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            skip(&format!("{}: {error}", command.get_program().display()));
            None
        }
    }
}

fn said(output: &Output) -> String {
    let of = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", of(&output.stdout), of(&output.stderr))
}

/// YAML documents as JSON, by PyYAML.
fn documents(yaml: &Path) -> Option<Vec<Value>> {
    let script = "import json, sys, yaml\n\
                  print(json.dumps(list(yaml.safe_load_all(open(sys.argv[1])))))";
    let output = run(Command::new("python3").args(["-c", script]).arg(yaml))?;
    if said(&output).contains("No module named 'yaml'") {
        skip("python3 has no PyYAML");
        return None;
    }
    assert!(output.status.success(), "{}: {}", yaml.display(), said(&output));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn every_configuration_is_one_that_the_program_takes() {
    for path in ["compose/causeway.toml", "systemd/causeway.toml"] {
        let config = Config::parse(&text(path), path).unwrap();
        assert!(config.tls.is_on(), "{path}: an example has TLS");
        assert!(config.scheme.require_signatures, "{path}");
    }
}

#[test]
fn images_name_no_registry_and_run_as_nobody_special() {
    let file = text("container/Containerfile");
    let images = file.lines().filter_map(|line| line.strip_prefix("FROM "));
    for image in images {
        let name = image.split(' ').next().unwrap();
        let host = name.split('/').next().unwrap();
        assert!(!name.contains('/') || !host.contains(['.', ':']), "a registry: {image}");
    }
    assert!(file.contains("\nUSER 65532:65532\n"));
    assert!(file.contains("ENTRYPOINT [\"/usr/local/bin/causeway\"]"), "no shell in between");
    assert!(file.contains("--locked"), "what is built is what was tested");
}

#[test]
fn the_unit_is_one_that_systemd_takes() {
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("causeway.service");
    let here = text("systemd/causeway.service")
        .replace("/usr/local/bin/causeway", &program().display().to_string());
    fs::write(&unit, here).unwrap();
    let verify = run(Command::new("systemd-analyze").arg("verify").arg(&unit));
    let Some(verify) = verify else { return };
    assert!(verify.status.success(), "{}", said(&verify));
    let ours = said(&verify);
    assert!(!ours.contains("causeway.service:"), "a line of the unit is not understood: {ours}");
}

#[test]
fn the_compose_file_has_three_nodes_and_waits_for_its_servers() {
    let Some(documents) = documents(&deploy("compose/compose.yaml")) else { return };
    let services = documents[0]["services"].as_object().unwrap();
    let nodes: Vec<&Value> = (1..=3).map(|n| &services[&format!("node{n}")]).collect();
    for node in nodes {
        for server in ["postgres", "nats", "redis"] {
            assert_eq!(node["depends_on"][server]["condition"], "service_healthy", "{server}");
        }
        assert_eq!(node["read_only"], true);
        let probe = node["healthcheck"]["test"].as_array().unwrap();
        assert_eq!((&probe[0], &probe[2]), (&"CMD".into(), &"health".into()), "no shell");
    }
    for server in ["postgres", "nats", "redis"] {
        assert!(services[server]["healthcheck"]["test"].is_array(), "{server}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_probe_is_answered_by_a_node_that_runs() {
    let process = Process::start("").await;
    let config = process.directory().join("causeway.toml");
    tls::operator().write(process.directory(), "operator").unwrap();
    let file = |name: &str| process.directory().join(name);
    let mut probe = Command::new(program());
    probe.arg("health").arg("--config").arg(&config);
    let without = probe.output().unwrap();
    assert!(!without.status.success(), "operators must show who they are: {}", said(&without));
    probe.arg("--certificate").arg(file("operator.pem")).arg("--key").arg(file("operator.key"));
    let with = probe.output().unwrap();
    assert!(with.status.success(), "{}", said(&with));
    let health: Value = serde_json::from_slice(&with.stdout).unwrap();
    assert_eq!(health["status"], "OK");
    assert!(!process.public_keys(&[HUB]).is_empty());
}
