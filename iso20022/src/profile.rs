//! What single schemes want beyond the rules that hold everywhere.

use crate::envelope::Part;
use crate::fields::Fields;
use crate::rules::{at, at_attribute, missing};
use crate::xml::Node;
use crate::{Amount, Currency, Finding, limits};

/// A scheme whose usage rules a file can be held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// Swift's cross-border payments.
    CbprPlus,
    /// The instant payments of the Federal Reserve.
    FedNow,
    /// SEPA instant credit transfers.
    SctInst,
    /// The instant payments of The Clearing House.
    Rtp,
    /// Mojaloop hubs.
    Mojaloop,
}

impl Profile {
    /// All of them.
    pub const ALL: [Profile; 5] =
        [Profile::CbprPlus, Profile::FedNow, Profile::Mojaloop, Profile::Rtp, Profile::SctInst];

    /// `cbpr-plus`, `fednow`, `mojaloop`, `rtp` or `sct-inst`.
    pub fn as_str(self) -> &'static str {
        match self {
            Profile::CbprPlus => "cbpr-plus",
            Profile::FedNow => "fednow",
            Profile::Mojaloop => "mojaloop",
            Profile::Rtp => "rtp",
            Profile::SctInst => "sct-inst",
        }
    }

    /// The profile of this name.
    pub fn parse(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.as_str() == name)
    }
}

/// What a scheme wants of a pacs.008.
struct Wants {
    one_transaction: bool,
    /// `SttlmMtd` is CLRG.
    clearing: bool,
    uetr: bool,
    transaction_id: bool,
    settlement_date: bool,
    acceptance_time: bool,
    /// Empty: any.
    charge_bearers: &'static [&'static str],
    characters: Option<Characters>,
    /// Amounts are euros, at most this many cents.
    euro_cents_max: Option<i128>,
    /// Rules of CBPR+ alone: slashes in InstrId, CRED with its charges, no metals, no address that is
    /// all lines.
    cross_border: bool,
}

/// A character set, by what is allowed in it.
struct Characters {
    name: &'static str,
    allowed: fn(char) -> bool,
}

const ANY: Wants = Wants {
    one_transaction: false,
    clearing: false,
    uetr: false,
    transaction_id: false,
    settlement_date: false,
    acceptance_time: false,
    charge_bearers: &[],
    characters: None,
    euro_cents_max: None,
    cross_border: false,
};

impl Profile {
    fn wants(self) -> Wants {
        let instant = Wants { one_transaction: true, charge_bearers: &["SLEV"], ..ANY };
        match self {
            Profile::CbprPlus => Wants {
                uetr: true,
                settlement_date: true,
                charge_bearers: &["DEBT", "SHAR", "CRED"],
                characters: Some(Characters { name: "FIN-X extended", allowed: fin_x_extended }),
                cross_border: true,
                ..ANY
            },
            Profile::FedNow => Wants { clearing: true, uetr: true, ..instant },
            Profile::Mojaloop => Wants { one_transaction: true, clearing: true, ..ANY },
            Profile::Rtp => instant,
            Profile::SctInst => Wants {
                clearing: true,
                transaction_id: true,
                settlement_date: true,
                acceptance_time: true,
                characters: Some(Characters { name: "SEPA Latin", allowed: sepa_latin }),
                euro_cents_max: Some(99_999_999_999),
                ..instant
            },
        }
    }
}

/// The Latin character set that every SEPA participant reads.
fn sepa_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || " /-?:().,'+".contains(c)
}

/// The set that CBPR+ allows in names, addresses and remittance information.
fn fin_x_extended(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic()
}

/// What a document that keeps its schema and the rules for all breaks of a scheme's. Only pacs.008 has
/// such rules here.
pub(crate) fn check(document: &Part<'_>, profile: Profile) -> Vec<Finding> {
    let Some(body) = document.body().filter(|_| document.name.family() == "pacs.008") else {
        return Vec::new();
    };
    let wants = profile.wants();
    let transactions: Vec<_> = body.children_named("CdtTrfTxInf").collect();
    let mut findings = Vec::new();
    if let Some(second) = transactions.get(1).filter(|_| wants.one_transaction) {
        let text = format!("send one transaction in one message: {} wants that", profile.as_str());
        findings.push(at(*second, "oneTransaction", "AM18", text));
    }
    let group = body.child("GrpHdr");
    let method = group.and_then(|group| group.at(&["SttlmInf", "SttlmMtd"]));
    if let Some(method) = method.filter(|method| wants.clearing && method.text() != "CLRG") {
        let text = format!("write CLRG: {} settles through clearing", profile.as_str());
        findings.push(at(method, "settlementMethod", "FF01", text));
    }
    let group_date = group.and_then(|group| group.child("IntrBkSttlmDt"));
    for transaction in transactions {
        let found =
            Transaction { node: transaction, profile, wants: &wants, findings: &mut findings };
        found.check(group_date.is_some());
    }
    if let Some(characters) = &wants.characters {
        spell(body, characters, &mut findings);
    }
    findings.truncate(limits::FINDINGS);
    findings
}

struct Transaction<'t, 'f> {
    node: Node<'t>,
    profile: Profile,
    wants: &'f Wants,
    findings: &'f mut Vec<Finding>,
}

impl Transaction<'_, '_> {
    fn check(mut self, has_date: bool) {
        let ids = self.node.child("PmtId");
        let Wants { uetr, transaction_id, settlement_date, acceptance_time, .. } = *self.wants;
        self.wanted(uetr, ids, "UETR");
        self.wanted(transaction_id, ids, "TxId");
        self.wanted(settlement_date && !has_date, Some(self.node), "IntrBkSttlmDt");
        self.wanted(acceptance_time, Some(self.node), "AccptncDtTm");
        self.charge_bearer();
        self.euros();
        if self.wants.cross_border {
            self.cross_border(ids);
        }
    }

    fn wanted(&mut self, is_wanted: bool, inside: Option<Node<'_>>, name: &str) {
        if let Some(inside) = inside.filter(|inside| is_wanted && inside.child(name).is_none()) {
            let text = format!("add {name}: {} wants it", self.profile.as_str());
            self.findings.push(missing(inside, name, "wanted", text));
        }
    }

    fn charge_bearer(&mut self) {
        let Some(bearer) = self.node.child("ChrgBr") else { return };
        let allowed = self.wants.charge_bearers;
        if !allowed.is_empty() && !allowed.contains(&bearer.text()) {
            let text = format!(
                "write {}: {} allows no other",
                allowed.join(" or "),
                self.profile.as_str()
            );
            self.findings.push(at(bearer, "chargeBearer", "FF01", text));
        }
    }

    fn euros(&mut self) {
        let Some(most) = self.wants.euro_cents_max else { return };
        let Some(amount) = self.node.child("IntrBkSttlmAmt") else { return };
        let currency = amount.attribute("Ccy").unwrap_or_default();
        if currency != "EUR" {
            let text = "write the amount in EUR: no other currency is settled there";
            return self.findings.push(at_attribute(amount, "Ccy", "schemeCurrency", "AM03", text));
        }
        let units =
            Currency::parse(currency).and_then(|ccy| Amount::parse(amount.text().trim(), ccy));
        if units.is_ok_and(|amount| amount.units() > most * 1000) {
            let text = "write at most 999999999.99, the scheme's limit";
            self.findings.push(at(amount, "amountLimit", "AM02", text));
        }
    }

    fn cross_border(&mut self, ids: Option<Node<'_>>) {
        let slashed = |id: &Node<'_>| {
            let text = id.text();
            text.starts_with('/') || text.ends_with('/') || text.contains("//")
        };
        if let Some(id) = ids.and_then(|ids| ids.child("InstrId")).filter(slashed) {
            let text = "write the id without a slash at its ends or two in a row";
            self.findings.push(at(id, "slashes", "FF01", text));
        }
        let bearer = self.node.child("ChrgBr").filter(|bearer| bearer.text() == "CRED");
        if bearer.is_some() && self.node.child("ChrgsInf").is_none() {
            let text = "add ChrgsInf: with CRED the creditor sees the charges".to_owned();
            self.findings.push(missing(self.node, "ChrgsInf", "wanted", text));
        }
        let metal = |amount: &Node<'_>| {
            matches!(amount.attribute("Ccy"), Some("XAU" | "XAG" | "XPD" | "XPT"))
        };
        if let Some(amount) = self.node.child("IntrBkSttlmAmt").filter(metal) {
            let text = "write a currency: metals are not settled";
            self.findings.push(at_attribute(amount, "Ccy", "schemeCurrency", "AM03", text));
        }
        let node = self.node;
        addresses(node, self.findings);
    }
}

/// Since November 2026 an address is structured, or has its town and country beside its lines.
fn addresses(node: Node<'_>, findings: &mut Vec<Finding>) {
    for child in node.children().filter(|child| child.local() != "SplmtryData") {
        let has = |name: &str| child.child(name).is_some();
        if child.local() == "PstlAdr" && has("AdrLine") && !(has("TwnNm") && has("Ctry")) {
            let code = match node.local() {
                "Dbtr" => "BE07",
                "Cdtr" => "BE04",
                _ => "FF01",
            };
            let text = "add TwnNm and Ctry: an address is no longer all lines";
            findings.push(at(child, "addressLines", code, text));
        }
        addresses(child, findings);
    }
}

fn spell(node: Node<'_>, characters: &Characters, findings: &mut Vec<Finding>) {
    if node.local() == "SplmtryData" || findings.len() >= limits::FINDINGS {
        return;
    }
    let strange = |c: &char| !(characters.allowed)(*c);
    let is_leaf = node.children().next().is_none();
    if let Some(c) = node.text().chars().find(strange).filter(|_| is_leaf) {
        let shown = crate::xml::echo(&c.to_string());
        let text = format!("replace {shown}: it is not in the character set {}", characters.name);
        findings.push(at(node, "characters", "RR10", text));
    }
    node.children().for_each(|child| spell(child, characters, findings));
}
