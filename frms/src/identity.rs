//! Who and what is spoken of: 128 bits each. Accounts and entities are pseudonyms, so that no
//! telephone number or IBAN is in the history, on the stream or in an explanation.

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::hmac;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Disguised;
use crate::limits::DESCRIPTION_CHARS_MAX;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:032x})", stringify!($name), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<$name, D::Error> {
                let text = String::deserialize(deserializer)?;
                let bits = (text.len() == 32).then(|| u128::from_str_radix(&text, 16).ok());
                bits.flatten().map($name).ok_or_else(|| de::Error::custom("not 32 hexadecimal digits"))
            }
        }
    };
}

identifier! {
    /// A payment: the transfer's id. In JSON 32 hexadecimal digits.
    PaymentId
}
identifier! {
    /// An account: identifier, scheme and agent (frms.md §1.1), under a pseudonym.
    AccountKey
}
identifier! {
    /// An entity: identifier and scheme (frms.md §1.1), under a pseudonym.
    EntityKey
}

impl AccountKey {
    /// Its last 64 bits, under which it is remembered: among ten million accounts two share them with
    /// a chance of one in 300,000.
    pub fn short(self) -> u64 {
        short(self.0)
    }
}

impl EntityKey {
    /// See [`AccountKey::short`].
    pub fn short(self) -> u64 {
        short(self.0)
    }
}

fn short(bits: u128) -> u64 {
    u64::try_from(bits & u128::from(u64::MAX)).unwrap_or(u64::MAX)
}

/// One side of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Party {
    /// Its account.
    pub account: AccountKey,
    /// Who holds it.
    pub entity: EntityKey,
}

/// Makes pseudonyms: HMAC-SHA-256 under a tenant's secret, cut to 128 bits. Without the secret
/// nobody finds out by trial whose account it is.
pub struct Pseudonyms {
    key: hmac::Key,
    /// What stands for the characters of ASCII, which most texts are made of.
    ascii: [u8; 128],
}

impl Pseudonyms {
    /// Under this secret. Another one makes every account a stranger.
    pub fn new(secret: &[u8]) -> Pseudonyms {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
        let mut pseudonyms = Pseudonyms { key, ascii: [0; 128] };
        let characters = (0_u8..128).map(|byte| pseudonyms.stand_in(char::from(byte)));
        let ascii: Vec<u8> = characters.collect();
        pseudonyms.ascii.copy_from_slice(&ascii);
        pseudonyms
    }

    /// A party known to `agent` by `id`, in the scheme of `id` (`MSISDN`, `IBAN`, ...). Spellings of one
    /// identifier are one party: of telephone numbers with and without `+` and separators (E.164), of
    /// IBANs in groups and in small letters (ISO 13616), of addresses of mail in capitals. Else a blocked
    /// account is paid by whoever writes it otherwise.
    pub fn party(&self, scheme: &str, id: &str, agent: &str) -> Party {
        Party { account: self.account(scheme, id, agent), entity: self.entity(scheme, id) }
    }

    /// An account.
    pub fn account(&self, scheme: &str, id: &str, agent: &str) -> AccountKey {
        AccountKey(self.digest(&["account", scheme, &spelled(scheme, id), agent]))
    }

    /// An entity.
    pub fn entity(&self, scheme: &str, id: &str) -> EntityKey {
        EntityKey(self.digest(&["entity", scheme, &spelled(scheme, id)]))
    }

    /// A text in which each character is replaced by one of 256 others, always the same for the same:
    /// how far two texts are apart can be told from it. Whoever has many of them can guess characters by
    /// how often they come, so that a stream of them is to be kept as the texts would be. What is longer
    /// than [`DESCRIPTION_CHARS_MAX`] characters is cut.
    pub fn disguise(&self, text: &str) -> Disguised {
        let other = |character: char| {
            let place = usize::try_from(u32::from(character)).ok();
            let known = place.and_then(|place| self.ascii.get(place)).copied();
            known.unwrap_or_else(|| self.stand_in(character))
        };
        Disguised(text.chars().take(DESCRIPTION_CHARS_MAX).map(other).collect())
    }

    fn stand_in(&self, character: char) -> u8 {
        self.digest(&["character", character.encode_utf8(&mut [0; 4])]).to_be_bytes()[0]
    }

    fn digest(&self, parts: &[&str]) -> u128 {
        let mut context = hmac::Context::with_key(&self.key);
        for part in parts {
            // The length keeps ("ab", "c") apart from ("a", "bc").
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part.as_bytes());
        }
        let tag = context.sign();
        tag.as_ref().iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
    }
}

/// An identifier without what its scheme does not tell apart.
fn spelled<'a>(scheme: &str, id: &'a str) -> Cow<'a, str> {
    let between = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')' | '+');
    match scheme {
        "MSISDN" if id.contains(between) => Cow::Owned(id.replace(between, "")),
        "IBAN" => Cow::Owned(id.replace(' ', "").to_ascii_uppercase()),
        "EMAIL" => Cow::Owned(id.to_lowercase()),
        _ => Cow::Borrowed(id),
    }
}

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_identifier_are_one_party() {
        let known = Pseudonyms::new(b"secret");
        for (scheme, spellings) in [
            ("MSISDN", ["255712345678", "+255712345678", "+255 712-345.678", "(255) 712345678"]),
            (
                "IBAN",
                [
                    "DE89370400440532013000",
                    "DE89 3704 0044 0532 0130 00",
                    "de89370400440532013000",
                    " De89370400440532013000",
                ],
            ),
            ("EMAIL", ["ann@example.com", "Ann@example.com", "ANN@EXAMPLE.COM", "ann@Example.com"]),
        ] {
            for spelling in spellings {
                assert_eq!(
                    known.party(scheme, spelling, "green"),
                    known.party(scheme, spellings[0], "green"),
                    "{spelling}"
                );
            }
        }
        for (scheme, one, other) in [
            ("MSISDN", "255712345678", "255712345679"),
            ("MSISDN", "255712345678/savings", "255712345678/wages"),
            ("BUSINESS", "a b", "ab"),
            ("ALIAS", "Ann", "ann"),
            ("EMAIL", "a.nn@example.com", "ann@example.com"),
        ] {
            assert_ne!(known.entity(scheme, one), known.entity(scheme, other), "{one} {other}");
        }
    }

    #[test]
    fn a_character_has_one_stand_in_whether_it_is_ready_or_made() {
        let pseudonyms = Pseudonyms::new(b"secret");
        let text = "Miete \u{0} ~\u{7f}\u{80} \u{e9}\u{1f600}";
        let made: Vec<u8> = text.chars().map(|character| pseudonyms.stand_in(character)).collect();
        assert_eq!(*pseudonyms.disguise(text).0, *made);
        assert_ne!(pseudonyms.disguise(text), Pseudonyms::new(b"other").disguise(text));
    }
}
