//! Rules that a processor elsewhere answers are no defects.

use frms::{Catalogue, Semantics};
use serde_json::{Value, json};

use super::{clean, codes_as};

/// The clean set, in which a processor elsewhere answers the second rule: its entry says what it may
/// come to, in bands that have no limits.
fn external() -> Value {
    let mut json = clean().to_string().replace("902", "X02").parse::<Value>().unwrap();
    json["rules"][1]["external"] = json!(true);
    json["rules"][1]["config"]["bands"] =
        json!([{ "subRuleRef": ".01" }, { "subRuleRef": ".02", "reason": "in 30 days or more" }]);
    json["rules"][1]["config"]["parameters"] = json!({ "nights": ["sat"] });
    json
}

fn accepted(json: &Value, semantics: Semantics) -> Result<Catalogue, String> {
    let read = Catalogue::read(json.to_string().as_bytes(), semantics);
    read.map_err(|error| error.to_string())
}

#[test]
fn an_entry_that_says_external_is_enough_in_both_semantics() {
    for semantics in [Semantics::Strict, Semantics::Peer] {
        assert_eq!(codes_as(&external(), semantics), [], "{semantics:?}");
        assert!(accepted(&external(), semantics).is_ok(), "{semantics:?}");
    }
}

/// Without the word the strict semantics refuse it, and the peer's take it as they take every rule.
#[test]
fn an_entry_that_is_none_of_ours_needs_the_word_in_the_strict_semantics() {
    let mut json = clean().to_string().replace("902", "X02").parse::<Value>().unwrap();
    assert_eq!(codes_as(&json, Semantics::Peer), []);
    assert!(accepted(&json, Semantics::Peer).is_ok());
    let unknown = ("rule-unknown".to_owned(), "/rules/1".to_owned());
    assert_eq!(codes_as(&json, Semantics::Strict), [unknown]);
    assert!(accepted(&json, Semantics::Strict).is_err());
    json["rules"][1]["external"] = json!(true);
    assert_eq!(codes_as(&json, Semantics::Strict), []);
}

#[test]
fn what_is_wrong_with_its_weights_is_found_all_the_same() {
    let mut json = external();
    json["rules"][1]["config"]["bands"][1]["subRuleRef"] = json!(".03");
    let missing = ("weight-missing".to_owned(), "/typologies/0/rules/1/wghts".to_owned());
    let unused = ("weight-unused".to_owned(), "/typologies/0/rules/1/wghts/3".to_owned());
    let found = codes_as(&json, Semantics::Strict);
    assert!(found.contains(&missing) && found.contains(&unused), "{found:?}");
    // With the peer's semantics its processor may say whatever somebody weighs.
    assert_eq!(codes_as(&json, Semantics::Peer), [missing]);
}

#[test]
fn without_outcomes_it_is_one_with_the_peer_s_semantics_alone() {
    let mut json = external();
    json["rules"][1]["config"] = json!({ "parameters": {} });
    assert_eq!(codes_as(&json, Semantics::Peer), []);
    assert!(accepted(&json, Semantics::Peer).is_ok());
    let found = codes_as(&json, Semantics::Strict);
    assert!(found.contains(&("no-outcome".to_owned(), "/rules/1/config".to_owned())), "{found:?}");
    assert!(accepted(&json, Semantics::Strict).is_err());
}

/// None of ours and no entry: asked elsewhere with the peer's semantics, refused in the strict ones.
#[test]
fn without_an_entry_it_is_one_with_the_peer_s_semantics_alone() {
    let mut json = external();
    json["rules"].as_array_mut().unwrap().pop();
    assert_eq!(codes_as(&json, Semantics::Peer), []);
    assert!(accepted(&json, Semantics::Peer).is_ok());
    let unconfigured = ["/map/0/messages/0/typologies/0/rules/1", "/typologies/0/rules/1"];
    let unconfigured = unconfigured.map(|at| ("rule-unconfigured".to_owned(), at.to_owned()));
    assert_eq!(codes_as(&json, Semantics::Strict), unconfigured);
    assert!(accepted(&json, Semantics::Strict).is_err());
}

#[test]
fn one_of_ours_without_an_entry_is_a_defect_in_both() {
    for semantics in [Semantics::Strict, Semantics::Peer] {
        let mut json = clean();
        json["rules"].as_array_mut().unwrap().pop();
        let found = codes_as(&json, semantics);
        assert!(found.iter().all(|(code, _)| code == "rule-unconfigured"), "{found:?}");
        assert_eq!(found.len(), 2, "{semantics:?}");
    }
}
