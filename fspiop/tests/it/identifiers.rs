//! Identifiers: rows J08, J09, J13 and H06.

use crate::rows;
use fspiop::identifiers::{
    CorrelationId, FspId, Id128, IdForm, PartyIdType, PartyIdentifier, PartySubIdOrType,
    person_name,
};
use proptest::prelude::*;

#[test]
fn correlation_ids_have_the_form_of_their_version() {
    // id | 1.1 | 2.0
    let table = "
        b51ec534-ee48-4575-b6a9-ead2955b8069   | yes | yes
        b51ec534-ee48-1575-86a9-ead2955b8069   | yes | yes
        b51ec534-ee48-5575-96a9-ead2955b8069   | yes | yes
        b51ec534-ee48-6575-a6a9-ead2955b8069   | no  | yes
        01890a5d-ac96-774b-bcce-b302099a8057   | no  | yes
        b51ec534-ee48-8575-b6a9-ead2955b8069   | no  | no
        b51ec534-ee48-0575-b6a9-ead2955b8069   | no  | no
        b51ec534-ee48-4575-c6a9-ead2955b8069   | no  | no
        b51ec534-ee48-4575-76a9-ead2955b8069   | no  | no
        B51EC534-EE48-4575-B6A9-EAD2955B8069   | no  | no
        b51ec534-ee48-4575-b6a9-ead2955b806A   | no  | no
        {b51ec534-ee48-4575-b6a9-ead2955b8069} | no  | no
        b51ec534ee484575b6a9ead2955b8069       | no  | no
        b51ec534-ee48-4575-b6a9-ead2955b806    | no  | no
        b51ec534-ee48-4575-b6a9-ead2955b80699  | no  | no
        b51ec534-ee48-4575-b6a9ead2955b8069-   | no  | no
        -51ec534-ee48-4575-b6a9-ead2955b8069   | no  | no
        g51ec534-ee48-4575-b6a9-ead2955b8069   | no  | no
        00000000-0000-0000-0000-000000000000   | no  | no
        urn:uuid:b51ec534-ee48-4575-b6a9-ead29 | no  | no
        01ARZ3NDEKTSV4RRFFQ69G5FAV             | no  | yes
        7ZZZZZZZZZZZZZZZZZZZZZZZZZ             | no  | yes
        8ZZZZZZZZZZZZZZZZZZZZZZZZZ             | no  | no
        01arz3ndektsv4rrffq69g5fav             | no  | no
        01ARZ3NDEKTSV4RRFFQ69G5FAI             | no  | no
        01ARZ3NDEKTSV4RRFFQ69G5FAU             | no  | no
        01ARZ3NDEKTSV4RRFFQ69G5FA              | no  | no
        0                                      | no  | no
    ";
    let yes = |parsed: Result<CorrelationId, _>| if parsed.is_ok() { "yes" } else { "no" };
    for [id, v1, v2] in rows::<3>(table) {
        assert_eq!(yes(CorrelationId::parse(id, IdForm::Uuid1To5)), v1, "{id} in 1.1");
        assert_eq!(yes(CorrelationId::parse(id, IdForm::Uuid1To7OrUlid)), v2, "{id} in 2.0");
    }
    for odd in ["", "é51ec534-ee48-4575-b6a9-ead2955b806", "éé1ec534-ee48-4575-b6a9-ead2955b806"]
    {
        assert!(CorrelationId::parse(odd, IdForm::Uuid1To7OrUlid).is_err(), "{odd}");
    }
}

#[test]
fn ids_are_compared_as_bits() {
    let id = Id128::from_ulid("01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap();
    assert_eq!(id.to_uuid(), "01563e3a-b5d3-d676-4c61-efb99302bd5b");
    assert_eq!(id.to_ulid(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
    assert_eq!(Id128::from_uuid("01563E3A-B5D3-D676-4C61-EFB99302BD5B"), Some(id));
    assert_eq!(Id128::from_bytes(id.to_bytes()), id);
    let uuid = CorrelationId::parse("01890a5d-ac96-774b-bcce-b302099a8057", IdForm::Uuid1To7OrUlid);
    let uuid = uuid.unwrap();
    let ulid = CorrelationId::parse(&uuid.id().to_ulid(), IdForm::Uuid1To7OrUlid).unwrap();
    assert_eq!(uuid, ulid);
    assert_ne!(uuid.as_str(), ulid.as_str(), "each keeps its spelling");
    assert_eq!(CorrelationId::from_id(ulid.id()).as_str(), uuid.as_str());
}

#[test]
fn fsp_ids_can_stand_in_headers_and_paths() {
    let taken = ["a", "payeefsp", "DFSP.1", "proxy-A_b", "0123456789ABCDEF0123456789abcdef"];
    for id in taken {
        assert_eq!(FspId::parse(id).unwrap().as_str(), id);
    }
    let refused = [
        "",
        "0123456789ABCDEF0123456789abcdefg",
        "a b",
        " a",
        "a\r\nX: y",
        "a\0",
        "a\tb",
        "a/b",
        "a,b",
        "a;b",
        "a:b",
        "a?b",
        "a\"b",
        "a\u{200d}b",
        "a\u{200b}",
        "\u{feff}a",
        "dfspé",
        "dfsp%0d\n",
        "a@b",
        "(a)",
        "a\u{7f}",
        "a=b",
        "a\\b",
        "<a>",
        "[a]",
        "{a}",
    ];
    for id in refused {
        assert!(FspId::parse(id).is_err(), "{id:?}");
    }
}

#[test]
fn party_identifiers_are_bounded_in_characters() {
    let rows = [
        ("15295558888".to_owned(), true, true),
        ("josé/x".to_owned(), true, true),
        ("é".repeat(128), true, true),
        ("é".repeat(129), false, false),
        (String::new(), false, false),
        ("Bob's shop".to_owned(), true, false),
        ("{$x}".to_owned(), true, false),
        ("a\u{0}b".to_owned(), false, false),
        ("a\r\nb".to_owned(), false, false),
        ("a\u{85}b".to_owned(), false, false),
    ];
    for (text, in_body, in_path) in rows {
        assert_eq!(PartyIdentifier::parse(&text).is_ok(), in_body, "{text:?}");
        assert_eq!(PartyIdentifier::parse_in_path(&text).is_ok(), in_path, "{text:?}");
        assert_eq!(PartySubIdOrType::parse(&text).is_ok(), in_body, "{text:?}");
    }
}

#[test]
fn names_are_kept_as_they_are_spelled() {
    let taken = [
        "Bill",
        "O'Brien-Smith, Jr.",
        "José",
        "Jose\u{301}",
        "支払い",
        "हिन्दी",
        "عبد الرحمن",
        "a_b",
        "Nº1",
        "می\u{200c}خواهم",
        "Ngũgĩ wa Thiong'o",
        "١٢٣",
        "Ñ",
    ];
    for name in taken {
        assert_eq!(person_name(name).unwrap(), name);
    }
    assert_ne!(person_name("José"), person_name("Jose\u{301}"), "NFC and NFD stay apart");
    let refused =
        ["", " ", "   ", "a\nb", "<b>", "a&b", "a@b", "a/b", "😀", "a\u{200b}b", "a\tb", "«a»"];
    for name in refused {
        assert!(person_name(name).is_err(), "{name:?}");
    }
    assert!(person_name(&"x".repeat(128)).is_ok() && person_name(&"x".repeat(129)).is_err());
}

#[test]
fn enumerations_are_exact() {
    assert_eq!(PartyIdType::parse("MSISDN"), Ok(PartyIdType::Msisdn));
    assert_eq!(PartyIdType::PersonalId.as_str(), "PERSONAL_ID");
    for text in ["msisdn", "MSISDN ", "", "PHONE"] {
        assert!(PartyIdType::parse(text).is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn both_spellings_read_back(bits: u128) {
        let id = Id128(bits);
        prop_assert_eq!(Id128::from_uuid(&id.to_uuid()), Some(id));
        prop_assert_eq!(Id128::from_ulid(&id.to_ulid()), Some(id));
    }
}
