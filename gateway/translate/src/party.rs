//! Accounts and names of parties between ISO 20022 and FSPIOP.

use fspiop::identifiers::{FspId, PartyIdType, PartyIdentifier, PartySubIdOrType};
use fspiop::party::{Party, PartyIdInfo};
use fspiop::route::PartyPath;
use iso20022::{Account, AccountId, Coded, OtherId, Proxy};
use serde::{Deserialize, Serialize};

use crate::document;
use crate::limits::{FSPIOP_TEXT_CHARS, NAME_CHARS, OTHER_ACCOUNT_CHARS};

/// Stands where a schema demands an account number and only a proxy is known.
pub(crate) const NOT_PROVIDED: &str = "NOTPROVIDED";

/// What names a party in FSPIOP, as it stands in documents and in paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartyKey {
    /// The kind of identifier.
    #[serde(with = "document::id_type")]
    pub id_type: PartyIdType,
    /// The identifier.
    pub identifier: String,
    /// The sub-identifier.
    pub sub_id: Option<String>,
}

/// Why an account cannot be named on the other side. The sender's to mend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unnameable {
    /// No account at all.
    #[error("no account: name it by IBAN, Othr/Id or Prxy")]
    NoAccount,
    /// A telephone number that is not digits.
    #[error("a TELE proxy is digits with an optional leading + and hyphens")]
    Telephone,
    /// Not an identifier that can stand in a path.
    #[error("an account or proxy is 1 to 128 characters without spaces, braces, / and ?")]
    Identifier,
    /// Longer than an account number of ISO 20022 may be.
    #[error("an account identifier of more than 34 characters cannot be said in ISO 20022")]
    TooLong,
    /// A consent or a link is nobody's account.
    #[error("a consent or a third-party link is no account")]
    NotAnAccount,
}

impl Unnameable {
    /// The ISO external status reason, for a creditor's account.
    pub fn iso_reason(self) -> &'static str {
        match self {
            Self::Telephone | Self::Identifier => "BE23",
            Self::NoAccount | Self::TooLong | Self::NotAnAccount => "AC03",
        }
    }
}

impl PartyKey {
    /// The key of a party as FSPIOP names it.
    pub fn of(info: &PartyIdInfo) -> Self {
        Self {
            id_type: info.id_type,
            identifier: info.identifier.as_str().to_owned(),
            sub_id: info.sub_id.as_ref().map(|sub_id| sub_id.as_str().to_owned()),
        }
    }

    /// The key of a party as a path names it, however it is spelt there.
    pub fn of_path(path: &PartyPath) -> Self {
        Self {
            id_type: path.id_type,
            identifier: path.identifier.as_str().to_owned(),
            sub_id: path.sub_id.as_ref().map(|sub_id| sub_id.as_str().to_owned()),
        }
    }

    /// The key of an account: an IBAN before a proxy, a proxy before another account number (which is
    /// often a placeholder beside a proxy).
    ///
    /// # Errors
    /// [`Unnameable`]
    pub fn of_account(account: &Account) -> Result<Self, Unnameable> {
        let (id_type, identifier) = match (&account.id, &account.proxy) {
            (Some(AccountId::Iban(iban)), _) => (PartyIdType::Iban, compact(iban)),
            (_, Some(proxy)) => of_proxy(proxy)?,
            (Some(AccountId::Other(other)), None) => (PartyIdType::AccountId, other.id.clone()),
            (None, None) => return Err(Unnameable::NoAccount),
        };
        let in_path = PartyIdentifier::parse_in_path(&identifier).is_ok();
        if !in_path || identifier.contains(['/', '?']) {
            return Err(Unnameable::Identifier);
        }
        Ok(Self { id_type, identifier, sub_id: None })
    }

    /// Whether the party is named by an account number, not by an alias.
    pub fn is_account(&self) -> bool {
        matches!(self.id_type, PartyIdType::Iban | PartyIdType::AccountId)
    }

    /// FSPIOP's form, with the party's FSP where it is known.
    ///
    /// # Errors
    /// [`Unnameable::Identifier`] for what FSPIOP cannot carry.
    pub fn id_info(&self, fsp_id: Option<&str>) -> Result<PartyIdInfo, Unnameable> {
        let fits = |_| Unnameable::Identifier;
        Ok(PartyIdInfo {
            id_type: self.id_type,
            identifier: PartyIdentifier::parse(&self.identifier).map_err(fits)?,
            sub_id: self
                .sub_id
                .as_deref()
                .map(PartySubIdOrType::parse)
                .transpose()
                .map_err(fits)?,
            fsp_id: fsp_id.map(FspId::parse).transpose().map_err(fits)?,
            extensions: Vec::new(),
        })
    }

    /// ISO 20022's form: the inverse of [`PartyKey::of_account`].
    ///
    /// # Errors
    /// [`Unnameable::TooLong`], [`Unnameable::NotAnAccount`].
    pub fn account(&self) -> Result<Account, Unnameable> {
        let proxy = |kind: Coded, id: String| Account {
            id: Some(AccountId::Other(OtherId {
                id: NOT_PROVIDED.to_owned(),
                scheme: None,
                issuer: None,
            })),
            proxy: Some(Proxy { kind: Some(kind), id }),
            ..Account::default()
        };
        let code = |code: &str| Coded::Code(code.to_owned());
        Ok(match self.id_type {
            PartyIdType::Iban => {
                Account { id: Some(AccountId::Iban(self.identifier.clone())), ..Account::default() }
            }
            PartyIdType::Msisdn => proxy(code("TELE"), format!("+{}", self.identifier)),
            PartyIdType::Email => proxy(code("EMAL"), self.identifier.clone()),
            PartyIdType::Alias => {
                proxy(Coded::Proprietary("ALIAS".to_owned()), self.identifier.clone())
            }
            PartyIdType::AccountId => self.other_account(None)?,
            PartyIdType::PersonalId | PartyIdType::Business | PartyIdType::Device => {
                self.other_account(Some(Coded::Proprietary(self.id_type.as_str().to_owned())))?
            }
            PartyIdType::Consent | PartyIdType::ThirdPartyLink => {
                return Err(Unnameable::NotAnAccount);
            }
        })
    }

    fn other_account(&self, scheme: Option<Coded>) -> Result<Account, Unnameable> {
        if self.identifier.chars().count() > OTHER_ACCOUNT_CHARS {
            return Err(Unnameable::TooLong);
        }
        let other = OtherId { id: self.identifier.clone(), scheme, issuer: None };
        Ok(Account { id: Some(AccountId::Other(other)), ..Account::default() })
    }
}

/// A party's name as a bank knows it: the display name, else the parts with a space between them.
pub fn name_of(party: &Party) -> Option<String> {
    let parts = || {
        let name = party.personal_info.as_ref()?.complex_name.as_ref()?;
        let parts = [&name.first_name, &name.middle_name, &name.last_name];
        let joined = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" ");
        (!joined.is_empty()).then_some(joined)
    };
    party.name.clone().or_else(parts).map(|name| cut(&name, NAME_CHARS))
}

/// A bank's name of a party as FSPIOP carries it: at most 128 characters.
pub fn fspiop_name(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty()).then(|| cut(name, FSPIOP_TEXT_CHARS))
}

/// The first `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

fn of_proxy(proxy: &Proxy) -> Result<(PartyIdType, String), Unnameable> {
    let kind = match &proxy.kind {
        Some(Coded::Code(code) | Coded::Proprietary(code)) => code.as_str(),
        None => "",
    };
    Ok(match kind {
        "TELE" => (PartyIdType::Msisdn, digits_of(&proxy.id)?),
        "EMAL" => (PartyIdType::Email, proxy.id.clone()),
        _ => (PartyIdType::Alias, proxy.id.clone()),
    })
}

fn digits_of(telephone: &str) -> Result<String, Unnameable> {
    let digits: String = telephone.chars().filter(|c| !matches!(c, '+' | '-')).collect();
    let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if fits { Ok(digits) } else { Err(Unnameable::Telephone) }
}

/// An IBAN as machines write it: without spaces, in capitals.
fn compact(iban: &str) -> String {
    iban.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}
