//! Accounts and proxies, both ways.

use causeway_translate::party::{PartyKey, fspiop_name, name_of};
use fspiop::amount::CurrencyList;
use fspiop::identifiers::PartyIdType;
use fspiop::json::{Node, parse};
use fspiop::party::Party;
use fspiop::version::{Rules, Version};
use iso20022::{Account, AccountId, Coded, OtherId, Proxy};

use crate::support::rows;

/// `iban DE89..`, `other 123`, `TELE +49..`, `other 123 TELE +49`, `prtry:MYKIND x`
fn account(text: &str) -> Account {
    let mut account = Account::default();
    let mut words = text.split_whitespace();
    while let (Some(kind), Some(id)) = (words.next(), words.next()) {
        let id = id.replace('_', " ");
        match kind {
            "iban" => account.id = Some(AccountId::Iban(id)),
            "other" => {
                account.id = Some(AccountId::Other(OtherId { id, scheme: None, issuer: None }))
            }
            "none" => account.proxy = Some(Proxy { kind: None, id }),
            _ => {
                let kind = match kind.strip_prefix("prtry:") {
                    Some(own) => Coded::Proprietary(own.to_owned()),
                    None => Coded::Code(kind.to_owned()),
                };
                account.proxy = Some(Proxy { kind: Some(kind), id });
            }
        }
    }
    account
}

#[test]
fn an_account_names_a_party() {
    for [given, expected] in rows::<2>(
        "
        iban GB33BUKB20201555555555                   | IBAN GB33BUKB20201555555555
        iban gb33bukb20201555555555                   | IBAN GB33BUKB20201555555555
        iban GB33BUKB20201555555555 TELE +4917        | IBAN GB33BUKB20201555555555
        other 4711                                    | ACCOUNT_ID 4711
        other NOTPROVIDED TELE +49-1701234567         | MSISDN 491701234567
        TELE 0049170                                  | MSISDN 0049170
        EMAL ana@example.org                          | EMAIL ana@example.org
        prtry:MYKIND somebody                         | ALIAS somebody
        CINC 0815                                     | ALIAS 0815
        none somebody                                 | ALIAS somebody
        TELE +49_170                                  | BE23
        TELE phone                                    | BE23
        TELE +                                        | BE23
        other 47/11                                   | BE23
        other 47?11                                   | BE23
        other {47}                                    | BE23
        other 4_7                                     | BE23
        nothing                                       | AC03
    ",
    ) {
        let got = match PartyKey::of_account(&account(given)) {
            Ok(key) => format!("{} {}", key.id_type, key.identifier),
            Err(error) => error.iso_reason().to_owned(),
        };
        assert_eq!(got, expected, "{given}");
    }
}

#[test]
fn a_party_names_an_account_that_names_it_again() {
    for [id_type, identifier] in rows::<2>(
        "
        IBAN        | GB33BUKB20201555555555
        MSISDN      | 491701234567
        EMAIL       | ana@example.org
        ALIAS       | somebody
        ACCOUNT_ID  | 4711
    ",
    ) {
        let id_type = PartyIdType::parse(id_type).unwrap();
        let key = PartyKey { id_type, identifier: identifier.to_owned(), sub_id: None };
        assert_eq!(PartyKey::of_account(&key.account().unwrap()), Ok(key));
    }
    for (id_type, identifier) in [
        (PartyIdType::AccountId, "x".repeat(35)),
        (PartyIdType::Consent, "c".to_owned()),
        (PartyIdType::ThirdPartyLink, "l".to_owned()),
    ] {
        let key = PartyKey { id_type, identifier, sub_id: None };
        assert!(key.account().is_err(), "{key:?}");
    }
}

#[test]
fn names_are_plain_and_fit() {
    let party = |more: &str| {
        let text =
            format!(r#"{{"partyIdInfo":{{"partyIdType":"MSISDN","partyIdentifier":"1"}}{more}}}"#);
        let currencies = CurrencyList::shipped();
        let rules = Rules::new(Version::V2_0, &currencies);
        Party::read(&Node::root(&parse(text.as_bytes()).unwrap()), &rules).unwrap()
    };
    let parts = r#","personalInfo":{"complexName":{"firstName":"Ana","lastName":"Lima"}}"#;
    assert_eq!(name_of(&party("")), None);
    assert_eq!(name_of(&party(parts)).as_deref(), Some("Ana Lima"));
    assert_eq!(
        name_of(&party(&format!(r#","name":"A. Lima"{parts}"#))).as_deref(),
        Some("A. Lima")
    );
    assert_eq!(fspiop_name("  "), None);
    assert_eq!(fspiop_name(&"é".repeat(140)).unwrap().chars().count(), 128);
}
