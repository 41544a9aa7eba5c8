//! Agents, parties and accounts: what every family says about who pays whom.

/// A choice of an externally listed code or a proprietary text (`Cd` | `Prtry`).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Coded {
    /// `Cd`
    Code(String),
    /// `Prtry`
    Proprietary(String),
}

/// A financial institution (`FinInstnId`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Agent {
    /// `BICFI`
    pub bicfi: Option<String>,
    /// `ClrSysMmbId`
    pub clearing_member: Option<ClearingMember>,
    /// `LEI`
    pub lei: Option<String>,
    /// `Nm`, at most 140 characters.
    pub name: Option<String>,
    /// `Othr`
    pub other: Option<OtherId>,
}

/// A member of a clearing system (`ClrSysMmbId`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClearingMember {
    /// `ClrSysId`
    pub system: Option<Coded>,
    /// `MmbId`, at most 35 characters.
    pub member_id: String,
}

/// An identification under some scheme (`Othr`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherId {
    /// `Id`, at most 35 characters (34 for an account).
    pub id: String,
    /// `SchmeNm`
    pub scheme: Option<Coded>,
    /// `Issr`
    pub issuer: Option<String>,
}

/// A debtor, creditor, ultimate or initiating party.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Party {
    /// `Nm`, at most 140 characters.
    pub name: Option<String>,
    /// `PstlAdr`
    pub address: Option<PostalAddress>,
    /// `Id`
    pub id: Option<PartyId>,
    /// `CtryOfRes`, ISO 3166 alpha-2.
    pub country_of_residence: Option<String>,
}

/// What is read of a postal address (`PstlAdr`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PostalAddress {
    /// `StrtNm`
    pub street: Option<String>,
    /// `BldgNb`
    pub building_number: Option<String>,
    /// `PstCd`
    pub post_code: Option<String>,
    /// `TwnNm`
    pub town: Option<String>,
    /// `CtrySubDvsn`
    pub country_subdivision: Option<String>,
    /// `Ctry`, ISO 3166 alpha-2.
    pub country: Option<String>,
    /// `AdrLine`, at most 7.
    pub lines: Vec<String>,
}

/// How a party is identified (`OrgId` | `PrvtId`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartyId {
    /// `OrgId`
    Organisation {
        /// `AnyBIC`
        any_bic: Option<String>,
        /// `LEI`
        lei: Option<String>,
        /// `Othr`
        other: Vec<OtherId>,
    },
    /// `PrvtId`; date and place of birth are not read.
    Private {
        /// `Othr`
        other: Vec<OtherId>,
    },
}

/// A cash account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// `Id`; optional from CashAccount40 on, required by the versions written here.
    pub id: Option<AccountId>,
    /// `Tp`
    pub kind: Option<Coded>,
    /// `Ccy`
    pub currency: Option<String>,
    /// `Nm`
    pub name: Option<String>,
    /// `Prxy`
    pub proxy: Option<Proxy>,
}

/// How an account is identified (`IBAN` | `Othr`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountId {
    /// `IBAN`, as written: its check digits are a rule's question.
    Iban(String),
    /// `Othr`
    Other(OtherId),
}

/// An alias of an account, such as a telephone number (`Prxy`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// `Tp`: `TELE`, `EMAL`, ...
    pub kind: Option<Coded>,
    /// `Id`, at most 2048 characters.
    pub id: String,
}

/// Payment type information (`PmtTpInf`), as far as it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentType {
    /// `InstrPrty`: `HIGH` or `NORM`.
    pub instruction_priority: Option<String>,
    /// `SvcLvl`
    pub service_levels: Vec<Coded>,
    /// `LclInstrm`
    pub local_instrument: Option<Coded>,
    /// `CtgyPurp`
    pub category_purpose: Option<Coded>,
}
