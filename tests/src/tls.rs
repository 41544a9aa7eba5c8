//! The scheme's CA and the operators' CA of one test binary, and the files that a gateway reads.

use std::path::Path;
use std::sync::OnceLock;

use causeway_toolkit::tls::{Credentials, SchemeCa};

/// Who issues to participants and to gateways.
pub fn scheme_ca() -> &'static SchemeCa {
    static CA: OnceLock<SchemeCa> = OnceLock::new();
    CA.get_or_init(|| SchemeCa::new("Test Scheme CA").expect("a CA"))
}

/// Who issues to operators.
pub fn operators_ca() -> &'static SchemeCa {
    static CA: OnceLock<SchemeCa> = OnceLock::new();
    CA.get_or_init(|| SchemeCa::new("Test Operators CA").expect("a CA"))
}

/// What an operator shows, and verifies the gateway by.
pub fn operator() -> Credentials {
    let operator = operators_ca().participant("operator").expect("a certificate");
    operator.trusting(scheme_ca().pem())
}

/// Writes what a gateway of this name needs into `directory`; the settings that say so, in TOML.
pub fn settings(directory: &Path, name: &str) -> String {
    let credentials = scheme_ca().participant(name).expect("a certificate");
    credentials.write(directory, "gateway").expect("files");
    std::fs::write(directory.join("operators.pem"), operators_ca().pem()).expect("a file");
    let file = |name: &str| directory.join(name);
    format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\nca = {:?}\npoll_ms = 100\n\
         [tls.admin]\nca = {:?}\n",
        file("gateway.pem"),
        file("gateway.key"),
        file("gateway-ca.pem"),
        file("operators.pem"),
    )
}
