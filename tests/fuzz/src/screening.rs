//! Files and requests that fraud screening is told its rules and conditions with.

use frms::tms::{TmsMessage, Told};
use frms::{Catalogue, Condition, Pseudonyms, Semantics};

/// One condition: what is read depends on nothing but the bytes, what is refused says why.
pub fn condition(bytes: &[u8]) {
    let pseudonyms = Pseudonyms::new(b"a secret of the fuzzer");
    let read = || Condition::read("fuzzed", bytes, &pseudonyms);
    match read() {
        Ok(condition) => {
            assert!(condition.until_ms.is_none_or(|until_ms| condition.from_ms <= until_ms));
            assert!(read().is_ok_and(|again| again.subject == condition.subject));
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A message of the open peer's, as each of them: what is read depends on nothing but the bytes, and
/// is an amount that somebody could pay.
pub fn message(bytes: &[u8]) {
    let pseudonyms = Pseudonyms::new(b"a secret of the fuzzer");
    for message in TmsMessage::ALL {
        for semantics in [Semantics::Strict, Semantics::Peer] {
            let read = || message.read(bytes, &pseudonyms, semantics);
            match read() {
                Ok(Told::Attempt(attempt)) => {
                    assert!(attempt.units.0 >= 0 && attempt.debtor.is_some());
                    assert_eq!(read(), Ok(Told::Attempt(attempt)));
                }
                Ok(told) => assert_eq!(read(), Ok(told)),
                Err(error) => assert!(!error.to_string().is_empty()),
            }
        }
    }
}

/// Rules and typologies: what is read keeps the bounds.
pub fn catalogue(bytes: &[u8]) {
    // As leniently as the peer: anything but a panic.
    if let Err(error) = Catalogue::read(bytes, Semantics::Peer) {
        assert!(!error.to_string().is_empty());
    }
    match Catalogue::read(bytes, Semantics::Strict) {
        Ok(_) => assert!(Catalogue::read(bytes, Semantics::Strict).is_ok()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
