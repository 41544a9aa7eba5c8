//! Agents, parties and accounts: what every family says about who pays whom.

use crate::fields::Fields;
use crate::write::Writer;
use crate::xml::Node;

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
    /// `PrvtId`
    Private {
        /// `DtAndPlcOfBirth`
        birth: Option<DateAndPlaceOfBirth>,
        /// `Othr`
        other: Vec<OtherId>,
    },
}

/// When and where a person was born (`DtAndPlcOfBirth`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DateAndPlaceOfBirth {
    /// `BirthDt`, as it is written: a day of the schema's type, with or without a time zone.
    pub date: String,
    /// `PrvcOfBirth`
    pub province: Option<String>,
    /// `CityOfBirth`
    pub city: String,
    /// `CtryOfBirth`
    pub country: String,
}

/// A cash account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// `Id`; optional from the versions of 2020 (pacs.008.001.10, pain.001.001.11) on.
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

impl Coded {
    /// The code or proprietary text.
    pub fn as_str(&self) -> &str {
        match self {
            Coded::Code(text) | Coded::Proprietary(text) => text,
        }
    }

    pub(crate) fn write(&self, w: &mut Writer, name: &str) {
        w.element(name, |w| match self {
            Coded::Code(code) => w.text("Cd", code),
            Coded::Proprietary(text) => w.text("Prtry", text),
        });
    }
}

impl Agent {
    /// An agent known by its BIC alone.
    pub fn of_bic(bic: impl Into<String>) -> Agent {
        Agent { bicfi: Some(bic.into()), ..Agent::default() }
    }

    /// Reads what holds `FinInstnId`.
    pub(crate) fn read(node: Node<'_>) -> Agent {
        let Some(institution) = node.child("FinInstnId") else { return Agent::default() };
        let clearing_member = institution.child("ClrSysMmbId").and_then(|member| {
            let member_id = member.string("MmbId")?;
            Some(ClearingMember { system: member.coded("ClrSysId"), member_id })
        });
        Agent {
            // Before the versions of 2013 the element was BIC.
            bicfi: institution.string("BICFI").or_else(|| institution.string("BIC")),
            clearing_member,
            lei: institution.string("LEI"),
            name: institution.string("Nm"),
            other: institution.child("Othr").map(OtherId::read),
        }
    }

    pub(crate) fn write(&self, w: &mut Writer, name: &str) {
        w.element(name, |w| {
            w.element("FinInstnId", |w| {
                w.text_if(w.either("BICFI", "BIC"), self.bicfi.as_deref());
                if let Some(member) = &self.clearing_member {
                    w.element("ClrSysMmbId", |w| {
                        if let Some(system) = &member.system {
                            system.write(w, "ClrSysId");
                        }
                        w.text("MmbId", &member.member_id);
                    });
                }
                w.text_if("LEI", self.lei.as_deref());
                w.text_if("Nm", self.name.as_deref());
                if let Some(other) = &self.other {
                    other.write(w, "Othr");
                }
            });
        });
    }
}

impl OtherId {
    pub(crate) fn read(node: Node<'_>) -> OtherId {
        OtherId {
            id: node.string("Id").unwrap_or_default(),
            scheme: node.coded("SchmeNm"),
            issuer: node.string("Issr"),
        }
    }

    fn write(&self, w: &mut Writer, name: &str) {
        w.element(name, |w| {
            w.text("Id", &self.id);
            if let Some(scheme) = &self.scheme {
                scheme.write(w, "SchmeNm");
            }
            w.text_if("Issr", self.issuer.as_deref());
        });
    }
}

impl Party {
    /// A party known by its name alone.
    pub fn named(name: impl Into<String>) -> Party {
        Party { name: Some(name.into()), ..Party::default() }
    }

    pub(crate) fn read(node: Node<'_>) -> Party {
        Party {
            name: node.string("Nm"),
            address: node.child("PstlAdr").map(PostalAddress::read),
            id: node.child("Id").and_then(PartyId::read),
            country_of_residence: node.string("CtryOfRes"),
        }
    }

    pub(crate) fn write(&self, w: &mut Writer, name: &str) {
        w.element(name, |w| {
            w.text_if("Nm", self.name.as_deref());
            if let Some(address) = &self.address {
                address.write(w);
            }
            if let Some(id) = &self.id {
                id.write(w);
            }
            w.text_if("CtryOfRes", self.country_of_residence.as_deref());
        });
    }
}

impl PostalAddress {
    fn read(node: Node<'_>) -> PostalAddress {
        PostalAddress {
            street: node.string("StrtNm"),
            building_number: node.string("BldgNb"),
            post_code: node.string("PstCd"),
            town: node.string("TwnNm"),
            country_subdivision: node.string("CtrySubDvsn"),
            country: node.string("Ctry"),
            lines: node.strings("AdrLine"),
        }
    }

    fn write(&self, w: &mut Writer) {
        w.element("PstlAdr", |w| {
            w.text_if("StrtNm", self.street.as_deref());
            w.text_if("BldgNb", self.building_number.as_deref());
            w.text_if("PstCd", self.post_code.as_deref());
            w.text_if("TwnNm", self.town.as_deref());
            w.text_if("CtrySubDvsn", self.country_subdivision.as_deref());
            w.text_if("Ctry", self.country.as_deref());
            self.lines.iter().for_each(|line| w.text("AdrLine", line));
        });
    }
}

impl PartyId {
    fn read(node: Node<'_>) -> Option<PartyId> {
        let other = |node: Node<'_>| node.children_named("Othr").map(OtherId::read).collect();
        if let Some(organisation) = node.child("OrgId") {
            let bic = organisation.string("AnyBIC");
            return Some(PartyId::Organisation {
                any_bic: bic.or_else(|| organisation.string("BICOrBEI")),
                lei: organisation.string("LEI"),
                other: other(organisation),
            });
        }
        node.child("PrvtId").map(|private| PartyId::Private {
            birth: private.child("DtAndPlcOfBirth").and_then(DateAndPlaceOfBirth::read),
            other: other(private),
        })
    }

    fn write(&self, w: &mut Writer) {
        w.element("Id", |w| match self {
            PartyId::Organisation { any_bic, lei, other } => w.element("OrgId", |w| {
                w.text_if(w.either("AnyBIC", "BICOrBEI"), any_bic.as_deref());
                w.text_if("LEI", lei.as_deref());
                other.iter().for_each(|other| other.write(w, "Othr"));
            }),
            PartyId::Private { birth, other } => w.element("PrvtId", |w| {
                if let Some(birth) = birth {
                    birth.write(w);
                }
                other.iter().for_each(|other| other.write(w, "Othr"));
            }),
        });
    }
}

impl DateAndPlaceOfBirth {
    fn read(node: Node<'_>) -> Option<DateAndPlaceOfBirth> {
        Some(DateAndPlaceOfBirth {
            date: node.string("BirthDt")?,
            province: node.string("PrvcOfBirth"),
            city: node.string("CityOfBirth")?,
            country: node.string("CtryOfBirth")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.element("DtAndPlcOfBirth", |w| {
            w.text("BirthDt", &self.date);
            w.text_if("PrvcOfBirth", self.province.as_deref());
            w.text("CityOfBirth", &self.city);
            w.text("CtryOfBirth", &self.country);
        });
    }
}

impl Account {
    /// An account known by its IBAN.
    pub fn of_iban(iban: impl Into<String>) -> Account {
        Account { id: Some(AccountId::Iban(iban.into())), ..Account::default() }
    }

    pub(crate) fn read(node: Node<'_>) -> Account {
        let proxy = node
            .child("Prxy")
            .and_then(|proxy| Some(Proxy { kind: proxy.coded("Tp"), id: proxy.string("Id")? }));
        Account {
            id: node.child("Id").and_then(AccountId::read),
            kind: node.coded("Tp"),
            currency: node.string("Ccy"),
            name: node.string("Nm"),
            proxy,
        }
    }

    pub(crate) fn write(&self, w: &mut Writer, name: &str) {
        w.element(name, |w| {
            match &self.id {
                Some(AccountId::Iban(iban)) => w.element("Id", |w| w.text("IBAN", iban)),
                Some(AccountId::Other(other)) => w.element("Id", |w| other.write(w, "Othr")),
                None => {}
            }
            if let Some(kind) = &self.kind {
                kind.write(w, "Tp");
            }
            w.text_if("Ccy", self.currency.as_deref());
            w.text_if("Nm", self.name.as_deref());
            if let Some(proxy) = &self.proxy {
                proxy.write(w);
            }
        });
    }
}

impl AccountId {
    fn read(node: Node<'_>) -> Option<AccountId> {
        match node.string("IBAN") {
            Some(iban) => Some(AccountId::Iban(iban)),
            None => node.child("Othr").map(|other| AccountId::Other(OtherId::read(other))),
        }
    }
}

impl Proxy {
    fn write(&self, w: &mut Writer) {
        w.element("Prxy", |w| {
            if let Some(kind) = &self.kind {
                kind.write(w, "Tp");
            }
            w.text("Id", &self.id);
        });
    }
}

impl PaymentType {
    pub(crate) fn read(node: Node<'_>) -> PaymentType {
        // SvcLvl repeats from the versions of 2019 on.
        let service_level = |level: Node<'_>| match level.string("Cd") {
            Some(code) => Some(Coded::Code(code)),
            None => level.string("Prtry").map(Coded::Proprietary),
        };
        PaymentType {
            instruction_priority: node.string("InstrPrty"),
            service_levels: node.children_named("SvcLvl").filter_map(service_level).collect(),
            local_instrument: node.coded("LclInstrm"),
            category_purpose: node.coded("CtgyPurp"),
        }
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.element("PmtTpInf", |w| {
            w.text_if("InstrPrty", self.instruction_priority.as_deref());
            self.service_levels.iter().for_each(|level| level.write(w, "SvcLvl"));
            if let Some(instrument) = &self.local_instrument {
                instrument.write(w, "LclInstrm");
            }
            if let Some(purpose) = &self.category_purpose {
                purpose.write(w, "CtgyPurp");
            }
        });
    }
}
