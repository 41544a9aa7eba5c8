//! One id, four spellings.

use causeway_translate::PaymentId;
use causeway_translate::identity::BankReference;
use proptest::prelude::*;

#[test]
fn an_id_has_its_form_in_every_dialect() {
    let id = PaymentId::parse("0195F0C0-1111-4000-8000-00000000ABCD").unwrap();
    assert_eq!(id.uuid(), "0195f0c0-1111-4000-8000-00000000abcd");
    assert_eq!(id.max35(), "0195f0c01111400080000000000".to_owned() + "0abcd");
    assert_eq!(id.uetr(), id.uuid());
    assert_eq!(PaymentId::parse(&id.ulid()), Ok(id));
    assert_eq!(PaymentId::parse(&id.max35()), Ok(id));
    assert_eq!(PaymentId::of_message_id(&id.message_id(7)), Some(id));
    assert_eq!(id.message_id(7).len(), 34);
    for text in [
        "",
        "x",
        "NOTPROVIDED",
        "0195f0c0111140008000000000000abcg",
        "{0195f0c0-1111-4000-8000-00000000abcd}",
    ] {
        assert!(PaymentId::parse(text).is_err(), "{text}");
    }
    assert_eq!(PaymentId::of_message_id("0195f0c0111140008000000000000abc-7"), None);
}

#[test]
fn a_bank_reference_is_one_id_and_its_borders_count() {
    let reference = BankReference {
        bank: "bank1",
        message_id: "M",
        payment_information_id: "P",
        end_to_end_id: "E",
        index: 0,
    };
    let id = PaymentId::of_bank_reference(&reference);
    assert_eq!(id, PaymentId::of_bank_reference(&reference));
    assert_eq!(id.uuid().as_bytes()[14], b'5');
    assert!(b"89ab".contains(&id.uuid().as_bytes()[19]));
    // Fixed for ever: orders that are stored must be found again.
    assert_eq!(id.uuid(), "c5085aec-a211-5d96-8398-b271a24aafa6");
    for other in [
        BankReference { bank: "bank1M", message_id: "", ..reference },
        BankReference { message_id: "MP", payment_information_id: "", ..reference },
        BankReference { index: 1, ..reference },
        BankReference { end_to_end_id: "e", ..reference },
    ] {
        assert_ne!(PaymentId::of_bank_reference(&other), id, "{other:?}");
    }
}

proptest! {
    #[test]
    fn every_id_has_a_uetr_that_is_one(bits in any::<u128>()) {
        let id = PaymentId::from(fspiop::identifiers::Id128(bits));
        prop_assert!(iso20022::is_uetr(&id.uetr()));
        prop_assert_eq!(id.uetr(), id.uetr());
        prop_assert_eq!(PaymentId::parse(&id.ulid()), Ok(id));
        prop_assert_eq!(PaymentId::parse(&id.uuid()), Ok(id));
        prop_assert_eq!(id.is_uuid_v4(), iso20022::is_uetr(&id.uuid()));
        prop_assert_eq!(crate::support::through_store(&id), id);
    }
}
