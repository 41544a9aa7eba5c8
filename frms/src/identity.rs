//! Who and what is spoken of: 128 bits each. Accounts and entities are pseudonyms, so that no
//! telephone number or IBAN is in the history, on the stream or in an explanation.

use std::fmt;

use aws_lc_rs::hmac;
use serde::{Serialize, Serializer};

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

/// One side of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
}

impl Pseudonyms {
    /// Under this secret. Another one makes every account a stranger.
    pub fn new(secret: &[u8]) -> Pseudonyms {
        Pseudonyms { key: hmac::Key::new(hmac::HMAC_SHA256, secret) }
    }

    /// A party known to `agent` by `id`, in the scheme of `id` (`MSISDN`, `IBAN`, ...).
    pub fn party(&self, scheme: &str, id: &str, agent: &str) -> Party {
        Party { account: self.account(scheme, id, agent), entity: self.entity(scheme, id) }
    }

    /// An account.
    pub fn account(&self, scheme: &str, id: &str, agent: &str) -> AccountKey {
        AccountKey(self.digest(&["account", scheme, id, agent]))
    }

    /// An entity.
    pub fn entity(&self, scheme: &str, id: &str) -> EntityKey {
        EntityKey(self.digest(&["entity", scheme, id]))
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

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pseudonyms")
    }
}
