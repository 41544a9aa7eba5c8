//! Media types and negotiation (row H13), as the reference's algorithm has it.

use crate::rows;
use fspiop::error::Refusal;
use fspiop::version::{
    Family, Resource, Spoken, Version, accept, accept_all, accepted_versions, content_type,
    negotiate_accept, negotiate_content, served,
};

fn outcome(result: Result<(Family, Version), Refusal>) -> String {
    match result {
        Ok((Family::Fspiop, version)) => version.to_string(),
        Ok((Family::Iso20022, version)) => format!("iso {version}"),
        Err(refusal) => format!("{} {}", refusal.status, refusal.code),
    }
}

#[test]
fn accept_takes_the_highest_served_version() {
    // Accept for quotes; V stands for application/vnd.interoperability
    let table = "
        V.quotes+json;version=1                                             | 1.1
        V.quotes+json;version=1.0                                           | 1.0
        V.quotes+json;version=1.1                                           | 1.1
        V.quotes+json                                                       | 2.0
        V.quotes+json; version=1                                            | 1.1
        V.quotes+json ; version=1                                           | 1.1
        V.quotes+json ;version=1                                            | 1.1
        V.quotes+json;version=2,V.quotes+json;version=1                     | 2.0
        V.quotes+json;version=1,V.quotes+json;version=2                     | 2.0
        V.quotes+json;version=2, V.quotes+json;version=1.0                  | 2.0
        V.quotes+json;version=3, V.quotes+json;version=1.0                  | 1.0
        V.quotes+json;version=1.0 ,V.quotes+json;version=1.1                | 1.1
        V.iso20022.quotes+json;version=2.0,V.quotes+json;version=1          | 1.1
        V.quotes+json;version=2                                             | 2.0
        V.quotes+json;version=2.0                                           | 2.0
        V.quotes+json;version=2.1                                           | 406 3001
        V.quotes+json;version=3                                             | 406 3001
        V.quotes+json;version=1.2                                           | 406 3001
        V.quotes+json;version=9.9                                           | 406 3001
        V.quotes+json;version=300                                           | 406 3001
        V.iso20022.quotes+json;version=2                                    | 406 3001
        V.quotes+json;version=                                              | 400 3101
        V.quotes+json;version=1.                                            | 400 3101
        V.quotes+json;version=1.0.0                                         | 400 3101
        V.quotes+json;version=-1                                            | 400 3101
        V.quotes+json;version=1;q=0.9                                       | 400 3101
        V.quotes+json;  version=1                                           | 400 3101
        V.quotes+json;version=1,                                            | 400 3101
        V.transfers+json;version=1                                          | 400 3101
        V.quotes+xml;version=1                                              | 400 3101
        V.quotes;version=1                                                  | 400 3101
        application/json                                                    | 400 3101
        */*                                                                 | 400 3101
        testAcceptText                                                      | 400 3101
    ";
    for [header, wanted] in rows::<2>(table) {
        let header = header.replace("V.", "application/vnd.interoperability.");
        assert_eq!(outcome(negotiate_accept(&header, Resource::Quotes)), wanted, "{header}");
    }
    assert_eq!(outcome(negotiate_accept("", Resource::Quotes)), "400 3101");
    let many = vec![accept(Family::Fspiop, Resource::Quotes, Version::V1_1); 17].join(",");
    assert_eq!(outcome(negotiate_accept(&many, Resource::Quotes)), "400 3101");
}

#[test]
fn content_type_names_major_and_minor() {
    let table = "
        V.quotes+json;version=1.0            | 1.0
        V.quotes+json;version=1.1            | 1.1
        V.quotes+json ; version=1.1          | 1.1
        V.quotes+json;version=1              | 400 3101
        V.quotes+json                        | 400 3101
        V.quotes+json;version=1.1, V.quotes+json;version=1.0 | 400 3101
        V.quotes+json;version=1.1;charset=utf-8 | 400 3101
        V.transfers+json;version=1.1         | 400 3101
        V.quotes+xml;version=5.0             | 400 3101
        application/json                     | 400 3101
        V.quotes+json;version=2.0            | 2.0
        V.quotes+json; version=2.0           | 2.0
        V.quotes+json;version=2              | 400 3101
        V.quotes+json;version=2.1            | 406 3001
        V.quotes+json;version=3.9            | 406 3001
        V.quotes+json;version=9.0            | 406 3001
        V.iso20022.quotes+json;version=2.0   | 406 3001
    ";
    for [header, wanted] in rows::<2>(table) {
        let header = header.replace("V.", "application/vnd.interoperability.");
        assert_eq!(outcome(negotiate_content(&header, Resource::Quotes)), wanted, "{header}");
    }
}

#[test]
fn a_406_names_what_is_served() {
    let header = "application/vnd.interoperability.parties+json;version=7";
    let refusal = negotiate_accept(header, Resource::Parties).unwrap_err();
    let wanted = concat!(
        r#"{"errorInformation":{"errorCode":"3001","errorDescription":"#,
        r#""Unacceptable version requested - The Client requested an unsupported version, "#,
        r#"see extension list for supported version(s).","#,
        r#""extensionList":{"extension":[{"key":"1","value":"0"},{"key":"1","value":"1"},"#,
        r#"{"key":"2","value":"0"}]}}}"#
    );
    assert_eq!(String::from_utf8(refusal.render()).unwrap(), wanted);
    let header = "application/vnd.interoperability.parties+json;version=7.0";
    let refusal = negotiate_content(header, Resource::Parties).unwrap_err();
    let tail = "Client supplied a protocol version which is not supported by the server";
    assert_eq!(refusal.description(), format!("Unacceptable version requested - {tail}"));
    assert_eq!(refusal.extensions.len(), 3);
}

#[test]
fn media_types_are_written_as_the_api_asks() {
    let written = content_type(Family::Fspiop, Resource::Transfers, Version::V1_1);
    assert_eq!(written, "application/vnd.interoperability.transfers+json;version=1.1");
    let written = accept(Family::Iso20022, Resource::FxQuotes, Version::V2_0);
    assert_eq!(written, "application/vnd.interoperability.iso20022.fxQuotes+json;version=2");
}

#[test]
fn four_resources_are_served_in_three_versions() {
    let resources =
        [Resource::Participants, Resource::Parties, Resource::Quotes, Resource::Transfers];
    for resource in resources {
        let versions = [Version::V1_0, Version::V1_1, Version::V2_0];
        assert_eq!(served(Family::Fspiop, resource), versions);
        assert!(served(Family::Iso20022, resource).is_empty());
    }
    assert!(served(Family::Fspiop, Resource::FxQuotes).is_empty());
}

#[test]
fn an_accept_may_take_several_versions() {
    let taken = |header: &str| {
        let header = header.replace("V.", "application/vnd.interoperability.");
        let accepted = accepted_versions(&header, Resource::Quotes).unwrap();
        accepted.iter().map(|(_, version)| version.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(taken("V.quotes+json;version=1"), "1.0 1.1");
    assert_eq!(taken("V.quotes+json"), "1.0 1.1 2.0");
    assert_eq!(taken("V.quotes+json;version=2,V.quotes+json;version=1.0"), "1.0 2.0");
    assert_eq!(taken(&accept_all(Family::Fspiop, Resource::Quotes)), "1.0 1.1 2.0");
}

#[test]
fn a_minor_version_takes_those_before_it_and_a_major_one_does_not() {
    // What its record says | of transfers it takes | of quotes
    let table = "
                             | 1.0 1.1 2.0 | 1.0 1.1 2.0
        1.0                  | 1.0         | 1.0
        1.1                  | 1.0 1.1     | 1.0 1.1
        2.0                  | 2.0         | 2.0
        1.0 2.0              | 1.0 2.0     | 1.0 2.0
        2.0 1.1 2.0          | 1.0 1.1 2.0 | 1.0 1.1 2.0
        transfers=1.0        | 1.0         | 1.0 1.1 2.0
        2.0 transfers=1.1    | 1.0 1.1     | 2.0
    ";
    let all = [Version::V1_0, Version::V1_1, Version::V2_0];
    for [entries, transfers, quotes] in rows::<3>(table) {
        let mut spoken = Spoken::default();
        entries.split_whitespace().for_each(|entry| spoken.add(entry).unwrap());
        for (resource, wanted) in [(Resource::Transfers, transfers), (Resource::Quotes, quotes)] {
            let taken = all.iter().filter(|version| spoken.takes(resource, **version));
            let taken: Vec<String> = taken.map(Version::to_string).collect();
            assert_eq!(taken.join(" "), wanted, "{entries} {resource}");
        }
        let stored: Spoken =
            serde_json::from_str(&serde_json::to_string(&spoken).unwrap()).unwrap();
        assert_eq!(stored, spoken, "{entries}");
    }
    for entry in
        ["", "1", "1.2", "3.0", "transfers=", "transfers=3.0", "people=1.1", "1.1.1", "v1.1"]
    {
        assert!(Spoken::default().add(entry).is_err(), "{entry}");
    }
    let later: Spoken = serde_json::from_str(r#"["1.1","9.9","iso20022=2.0"]"#).unwrap();
    assert_eq!(later.of(Resource::Quotes), [Version::V1_1], "another release's entries are left");
}
