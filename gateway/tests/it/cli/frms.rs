//! `frms lint`, as somebody who writes typologies runs it.

use std::fs;

use serde_json::Value;

use super::causeway;

const GAP: &str = r#"{ "id": "901@1.0.0", "cfg": "1.0.0", "config": { "bands": [
    { "subRuleRef": ".01", "upperLimit": 2, "reason": "few" },
    { "subRuleRef": ".02", "lowerLimit": 3, "reason": "many" } ] } }"#;

#[test]
fn findings_are_printed_for_people_and_for_programs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rule.json");
    fs::write(&file, GAP).unwrap();
    let name = file.display().to_string();

    let people = causeway(["frms", "lint", &name]);
    assert_eq!((people.code, people.complained.as_str()), (1, ""));
    let line =
        format!("{name}: error[band-gap]: rule 901@1.0.0: values from 2 to below 3 are in no band");
    assert!(people.said.starts_with(&line), "{}", people.said);
    assert!(people.said.contains("  at /config/bands\n  mend: begin each band"), "{}", people.said);

    let programs = causeway(["frms", "lint", "--json", &name]);
    let found: Value = serde_json::from_str(&programs.said).unwrap();
    assert_eq!(programs.code, 1);
    assert_eq!(found["file"], name.as_str());
    assert_eq!(found["findings"][0]["code"], "band-gap");
    assert_eq!(found["findings"][0]["path"], "/config/bands");

    fs::write(&file, GAP.replace("\"lowerLimit\": 3", "\"lowerLimit\": 2")).unwrap();
    assert_eq!(causeway(["frms", "lint", &name]).code, 0);
    fs::write(&file, "{").unwrap();
    let broken = causeway(["frms", "lint", &name]);
    assert_eq!(broken.code, 2);
    assert!(broken.complained.contains("not JSON"), "{}", broken.complained);
}

/// A rule that is none of ours is external with the peer's semantics, and an error without.
#[test]
fn the_semantics_say_whether_a_rule_needs_an_entry() {
    let weights = "[{\"ref\":\".err\",\"wght\":0},{\"ref\":\".01\",\"wght\":0},{\"ref\":\".02\",\"wght\":60}]";
    let term = |id: &str| {
        format!("{{\"id\":\"{id}\",\"cfg\":\"1\",\"termId\":\"{id}\",\"wghts\":{weights}}}")
    };
    let rule = GAP
        .replace("\"lowerLimit\": 3", "\"lowerLimit\": 2")
        .replace("1.0.0\", \"con", "1\", \"con");
    let (ours, other) = (term("901@1.0.0"), term("X01@1.0.0"));
    let typology = format!(
        "{{\"cfg\":\"t@1\",\"workflow\":{{\"alertThreshold\":100}},\"rules\":[{ours},{other}],\
         \"expression\":[\"Add\",\"901@1.0.0\",\"X01@1.0.0\"]}}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("set.json");
    fs::write(&file, format!("[{rule},{typology}]")).unwrap();
    let name = file.display().to_string();
    let strict = causeway(["frms", "lint", &name]);
    assert_eq!(strict.code, 1);
    assert!(strict.said.contains("error[rule-unconfigured]"), "{}", strict.said);
    assert!(strict.said.contains("\"external\": true"), "{}", strict.said);
    let peer = causeway(["frms", "lint", "--semantics", "peer", &name]);
    assert_eq!((peer.code, peer.said), (0, format!("{name}: 0 errors, 0 warnings\n")));
}
