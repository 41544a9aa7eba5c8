//! Settings that can be used and perhaps should not be.

use super::Finding;
use crate::config::Config;

const ABOUT: &str = "settings";

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut look = |is: bool, seen: &str, mend: &str| {
        if is {
            findings.push(Finding::warn(ABOUT, seen, mend));
        }
    };
    look(
        !config.tls.is_on(),
        "TLS is off: whoever is on this machine is believed to be anybody",
        "set [tls] for anything but a trial (docs/tls.md)",
    );
    look(
        config.tls.is_on() && !config.tls.admin_mutual,
        "operators show no certificate: whoever is on this machine is an operator",
        "set tls.admin_mutual = true and [tls.admin] ca",
    );
    look(
        !config.tls.crls.is_empty() && !config.tls.refuse_stale_crls,
        "an overdue revocation list is still believed",
        "set tls.refuse_stale_crls = true once the lists are renewed reliably",
    );
    look(
        !config.scheme.require_signatures,
        "messages need no signature: a participant can deny, or be made to have said, anything",
        "set scheme.require_signatures = true",
    );
    look(
        config.egress.allow.iter().any(|network| network.holds_everything()),
        "egress.allow holds every address: a callback URL may lead into your own network",
        "name the networks of participants",
    );
    look(
        ["debug", "trace"].iter().any(|word| config.log.filter.contains(word)),
        "the log is as talkative as it can be: it fills disks and slows the node down",
        "set log.filter = \"info\", and more for the part that you look into",
    );
    if findings.is_empty() {
        findings.push(Finding::ok(ABOUT, "usable, and none of them is risky"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    const SAFE: &str =
        "[tls]\ncertificate = \"a\"\nkey = \"b\"\nca = \"c\"\n[tls.admin]\nca = \"d\"\n";

    fn seen(more: &str) -> Vec<Finding> {
        examine(&Config::parse(&format!("{SAFE}{more}"), "my.toml").unwrap())
    }

    #[test]
    fn safe_settings_are_in_order() {
        let findings = seen("");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].level, Level::Ok);
    }

    #[test]
    fn each_risk_is_named_with_its_mend() {
        for (text, mend) in [
            ("[scheme]\nrequire_signatures = false\n", "scheme.require_signatures"),
            ("[egress]\nallow = [\"0.0.0.0/0\"]\n", "networks of participants"),
            ("[egress]\nallow = [\"::/0\"]\n", "networks of participants"),
            ("[log]\nfilter = \"causeway=trace\"\n", "log.filter"),
        ] {
            let findings = seen(text);
            assert_eq!(findings.len(), 1, "{text}");
            assert!(findings[0].mend.contains(mend), "{:?}", findings[0]);
        }
        let plain = examine(&Config::parse("", "my.toml").unwrap());
        assert!(plain[0].seen.contains("TLS is off"));
    }
}
