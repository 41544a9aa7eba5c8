//! What is known of a payment beside its terms: who pays whom, what for, how old the payer is and where.
//! From the quote that a transfer follows, else from its ILP packet, else not at all. Accounts and texts
//! are pseudonyms from here on, and of a day of birth only the age is kept.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use causeway_translate::remittance_text;
use frms::{AccountKey, Disguised, EntityKey, Facts, Party, Place, Pseudonyms};
use fspiop::identifiers::{TransactionInitiator, TransactionScenario};
use fspiop::ilp::Packet;
use fspiop::json::Value;
use fspiop::party::PartyIdInfo;
use fspiop::quote::{GeoCode, QuotesPost, QuotesPut};
use fspiop::time::{Date, DateTime};
use fspiop::transfer::TransfersPost;
use serde::{Deserialize, Serialize};
use switch::Timestamp;
use switch_store::{Document, DocumentKey, DocumentWrite, Expected};

use crate::limits::{AGE_MAX_YEARS, QUOTED_KEPT_MS, QUOTES_ASKED_MAX};
use crate::outbound::NotKept;

/// The kind of what is kept of a quote until its transfer comes; the key is payer, payee and condition.
pub const QUOTED: &str = "quoted-parties";

/// What is known of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who pays.
    pub debtor: Option<Party>,
    /// Who is paid.
    pub creditor: Option<Party>,
    /// Where that is known from.
    pub facts: Facts,
    /// The rest, from the same place.
    pub about: About,
}

/// What is known besides who pays whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What kind of payment it is.
    pub category: Option<&'static str>,
    /// How old the payer was on the day of the quote, or of the prepare where that tells.
    pub debtor_age_years: Option<u16>,
    /// Where the payer was.
    pub place: Option<Place>,
    /// What it is for.
    pub description: Option<Disguised>,
}

/// As they are stored: account and entity of the debtor, then of the creditor, then the rest.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u8,
    debtor: (u128, u128),
    creditor: (u128, u128),
    category: Option<String>,
    debtor_age_years: Option<u16>,
    place: Option<(i32, i32)>,
    description: Option<Vec<u8>>,
}

/// As they were stored before there was more than parties.
#[derive(Serialize, Deserialize)]
struct StoredParties {
    version: u8,
    debtor: (u128, u128),
    creditor: (u128, u128),
}

const STORED_VERSION: u8 = 2;
const STORED_PARTIES_VERSION: u8 = 1;

/// Quotes that were asked for and not answered yet: in memory, as the quotes themselves are. Two
/// generations of at most [`QUOTES_ASKED_MAX`]: when the younger is full, the elder is forgotten.
#[derive(Debug, Default)]
pub struct QuotesAsked {
    generations: Mutex<(HashMap<Quote, Asked>, HashMap<Quote, Asked>)>,
}

/// A quote, by who asked and its 128 bits.
type Quote = (String, u128);

/// Of whom it was asked, and whose payment it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Of whom: only its answer counts.
    pub payee_fsp: String,
    /// Who pays.
    pub debtor: Party,
    /// Who is paid.
    pub creditor: Party,
    /// What else it says.
    pub about: About,
}

impl QuotesAsked {
    /// Remembers what a quote is about until it is answered.
    pub fn ask(&self, payer_fsp: &str, quote: u128, asked: Asked) {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.0.len() >= QUOTES_ASKED_MAX {
            generations.1 = std::mem::take(&mut generations.0);
        }
        generations.0.insert((payer_fsp.to_owned(), quote), asked);
    }

    /// What a quote is about that `payee_fsp` answers: once.
    pub fn answer(&self, payer_fsp: &str, quote: u128, payee_fsp: &str) -> Option<Asked> {
        let mut generations = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (payer_fsp.to_owned(), quote);
        let (young, old) = &mut *generations;
        let map = if young.contains_key(&key) { young } else { old };
        map.get(&key).filter(|asked| asked.payee_fsp == payee_fsp)?;
        map.remove(&key)
    }
}

impl Asked {
    /// What a quote asks about.
    pub fn of(
        post: &QuotesPost,
        (payer_fsp, payee_fsp): (&str, &str),
        now: Timestamp,
        known: &Pseudonyms,
    ) -> Asked {
        Asked {
            payee_fsp: payee_fsp.to_owned(),
            debtor: party(&post.payer.id_info, payer_fsp, known),
            creditor: party(&post.payee.id_info, payee_fsp, known),
            about: About::of_quote(post, now, known),
        }
    }

    /// As it is known of an attempt.
    pub fn known(self) -> Known {
        let Asked { debtor, creditor, about, .. } = self;
        Known { debtor: Some(debtor), creditor: Some(creditor), facts: Facts::Quote, about }
    }

    /// What is kept of it until the transfer comes, once it is answered.
    ///
    /// # Errors
    /// [`NotKept`]: nothing is to be written then, least of all a removal.
    pub fn kept(
        &self,
        payer_fsp: &str,
        put: &QuotesPut,
        now: Timestamp,
    ) -> Result<DocumentWrite, NotKept> {
        let both = |party: Party| (party.account.0, party.entity.0);
        let About { category, debtor_age_years, place, description } = &self.about;
        let stored = Stored {
            version: STORED_VERSION,
            debtor: both(self.debtor),
            creditor: both(self.creditor),
            category: category.map(str::to_owned),
            debtor_age_years: *debtor_age_years,
            place: place.map(|place| (place.latitude_e5, place.longitude_e5)),
            description: description.as_ref().map(|disguised| disguised.0.to_vec()),
        };
        let (shortest, longest) = QUOTED_KEPT_MS;
        let until =
            put.expiration.epoch_ms().clamp(now.plus_ms(shortest).0, now.plus_ms(longest).0);
        Ok(DocumentWrite {
            key: key(payer_fsp, &self.payee_fsp, put.condition.0),
            expected: Expected::Any,
            body: Some(Bytes::from(postcard::to_stdvec(&stored)?)),
            deadline: Some(Timestamp(until)),
        })
    }
}

/// The name of what is kept of the quote that a transfer follows: the condition is the payee's own,
/// and no third party's answer is kept under these two names.
pub fn key(payer_fsp: &str, payee_fsp: &str, condition: [u8; 32]) -> DocumentKey {
    let mut bytes = condition.to_vec();
    bytes.extend_from_slice(payer_fsp.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(payee_fsp.as_bytes());
    DocumentKey::new(QUOTED, bytes)
}

/// What was kept of a quote, by this version or the one before.
pub fn of_quote(document: &Document) -> Option<Known> {
    let party =
        |(account, entity)| Some(Party { account: AccountKey(account), entity: EntityKey(entity) });
    let known = |debtor, creditor, about| {
        let (debtor, creditor) = (party(debtor), party(creditor));
        Some(Known { debtor, creditor, facts: Facts::Quote, about })
    };
    match *document.body.first()? {
        STORED_VERSION => {
            let stored: Stored = postcard::from_bytes(&document.body).ok()?;
            let place = |(latitude_e5, longitude_e5)| Place { latitude_e5, longitude_e5 };
            let about = About {
                category: stored.category.as_deref().and_then(category_named),
                debtor_age_years: stored.debtor_age_years,
                place: stored.place.map(place),
                description: stored.description.map(|text| Disguised(text.into())),
            };
            known(stored.debtor, stored.creditor, about)
        }
        STORED_PARTIES_VERSION => {
            let stored: StoredParties = postcard::from_bytes(&document.body).ok()?;
            known(stored.debtor, stored.creditor, About::default())
        }
        _ => None,
    }
}

/// What the ILP packet tells, if it tells anything; what a payment is for, its own extensions may tell.
pub fn of_packet(post: &TransfersPost, now: Timestamp, known: &Pseudonyms) -> Known {
    let terms = Packet::from_text(post.ilp_packet.as_str()).and_then(|packet| packet.terms()).ok();
    let of = |side: &str, agent: &str| {
        let info = terms.as_ref()?.member(side)?.member("partyIdInfo")?;
        let text = |name: &str| info.member(name).and_then(Value::as_str);
        let (scheme, id) = (text("partyIdType")?, text("partyIdentifier")?);
        Some(named(scheme, id, text("partySubIdOrType"), agent, known))
    };
    let debtor = of("payer", post.payer_fsp.as_str());
    let creditor = of("payee", post.payee_fsp.as_str());
    let tells = debtor.is_some() || creditor.is_some();
    let facts = if tells { Facts::IlpPacket } else { Facts::Unknown };
    Known { debtor, creditor, facts, about: About::of_packet(terms.as_ref(), post, now, known) }
}

impl About {
    fn of_quote(post: &QuotesPost, now: Timestamp, known: &Pseudonyms) -> About {
        let born =
            post.payer.personal_info.as_ref().and_then(|person| person.date_of_birth.as_ref());
        let kind = &post.transaction_type;
        // The quote's place is that of who began.
        let is_payers = kind.initiator == TransactionInitiator::Payer;
        let text = remittance_text(post.note.as_deref(), &post.extensions);
        About {
            category: Some(category(kind.scenario)),
            debtor_age_years: born.and_then(|born| age_years(born, now)),
            place: post.geo_code.as_ref().filter(|_| is_payers).and_then(place),
            description: text.map(|text| known.disguise(&text)),
        }
    }

    fn of_packet(
        terms: Option<&Value>,
        post: &TransfersPost,
        now: Timestamp,
        known: &Pseudonyms,
    ) -> About {
        let at = |path: &[&str]| {
            let value = path.iter().try_fold(terms?, |value, name| value.member(name));
            value.and_then(Value::as_str)
        };
        let scenario = at(&["transactionType", "scenario"]);
        let born = at(&["payer", "personalInfo", "dateOfBirth"]);
        let born = born.and_then(|text| Date::parse(text).ok());
        let text = remittance_text(at(&["note"]), &post.extensions);
        About {
            category: scenario.and_then(|text| TransactionScenario::parse(text).ok()).map(category),
            debtor_age_years: born.and_then(|born| age_years(&born, now)),
            place: None,
            description: text.map(|text| known.disguise(&text)),
        }
    }
}

/// The peer's name of a use case.
fn category(scenario: TransactionScenario) -> &'static str {
    match scenario {
        TransactionScenario::Transfer => frms::MP2P,
        TransactionScenario::Payment => frms::MP2B,
        TransactionScenario::Withdrawal => frms::CASH,
        TransactionScenario::Deposit => frms::DEPOSIT,
        TransactionScenario::Refund => frms::REFUND,
    }
}

fn category_named(name: &str) -> Option<&'static str> {
    const ALL: [&str; 5] = [frms::MP2P, frms::MP2B, frms::CASH, frms::DEPOSIT, frms::REFUND];
    ALL.into_iter().find(|known| *known == name)
}

/// Whole years from a day of birth to the day of an instant, by UTC; none for a day that is nobody's.
pub(crate) fn age_years(born: &Date, at: Timestamp) -> Option<u16> {
    let today = DateTime::from_epoch_ms(at.0)?;
    let (today, born) = (today.as_str(), born.as_str());
    let year = |day: &str| day.get(..4)?.parse::<u16>().ok();
    let years = year(today)?.checked_sub(year(born)?)?;
    let had_birthday = today.get(4..10)? >= born.get(4..10)?;
    let age = if had_birthday { years } else { years.checked_sub(1)? };
    (age <= AGE_MAX_YEARS).then_some(age)
}

fn place(code: &GeoCode) -> Option<Place> {
    let latitude_e5 = hundred_thousandths(&code.latitude)?;
    let longitude_e5 = hundred_thousandths(&code.longitude)?;
    Some(Place { latitude_e5, longitude_e5 })
}

/// Decimal degrees in hundred-thousandths; a sixth decimal is cut off.
fn hundred_thousandths(degrees: &str) -> Option<i32> {
    let unsigned = degrees.strip_prefix(['+', '-']).unwrap_or(degrees);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let fraction: String = fraction.chars().chain("00000".chars()).take(5).collect();
    let value: i32 = format!("{whole}{fraction}").parse().ok()?;
    Some(if degrees.starts_with('-') { -value } else { value })
}

fn party(info: &PartyIdInfo, agent: &str, known: &Pseudonyms) -> Party {
    let sub_id = info.sub_id.as_ref().map(|sub_id| sub_id.as_str());
    named(info.id_type.as_str(), info.identifier.as_str(), sub_id, agent, known)
}

/// A sub-identifier is part of the account's name, and not of who holds it.
fn named(scheme: &str, id: &str, sub_id: Option<&str>, agent: &str, known: &Pseudonyms) -> Party {
    match sub_id {
        None => known.party(scheme, id, agent),
        Some(sub_id) => Party {
            account: known.account(scheme, &format!("{id}/{sub_id}"), agent),
            entity: known.entity(scheme, id),
        },
    }
}

#[cfg(test)]
mod tests {
    use fspiop::amount::{Currency, CurrencyList};
    use fspiop::version::{Rules, Version};

    use super::*;

    fn asked(payee_fsp: &str) -> Asked {
        let known = Pseudonyms::new(b"secret");
        let party = known.party("MSISDN", "1", "a");
        let payee_fsp = payee_fsp.to_owned();
        Asked { payee_fsp, debtor: party, creditor: party, about: About::default() }
    }

    #[test]
    fn only_the_answer_of_whom_was_asked_counts_and_once() {
        let quotes = QuotesAsked::default();
        quotes.ask("payer", 7, asked("payee"));
        assert_eq!(quotes.answer("payer", 7, "mallory"), None);
        assert_eq!(quotes.answer("other", 7, "payee"), None);
        assert_eq!(quotes.answer("payer", 7, "payee"), Some(asked("payee")));
        assert_eq!(quotes.answer("payer", 7, "payee"), None);
    }

    #[test]
    fn what_nobody_answers_is_forgotten_after_a_while() {
        let quotes = QuotesAsked::default();
        for quote in 0..=QUOTES_ASKED_MAX {
            quotes.ask("payer", quote as u128, asked("payee"));
        }
        assert!(quotes.answer("payer", 0, "payee").is_some(), "the elder generation");
        for quote in 0..=QUOTES_ASKED_MAX {
            quotes.ask("payer", (quote + QUOTES_ASKED_MAX * 2) as u128, asked("payee"));
        }
        assert_eq!(quotes.answer("payer", 1, "payee"), None);
    }

    #[test]
    fn what_is_kept_is_found_by_payer_payee_and_condition() {
        let one = key("ab", "c", [1; 32]);
        assert_eq!(one, key("ab", "c", [1; 32]));
        for other in [key("a", "bc", [1; 32]), key("ab", "c", [2; 32]), key("c", "ab", [1; 32])] {
            assert_ne!(one, other);
        }
    }

    fn rules() -> CurrencyList {
        CurrencyList::new([Currency::parse("EUR").unwrap()])
    }

    fn put(expiration: &str) -> QuotesPut {
        let condition = fspiop::ilp::Fulfilment([7; 32]).condition().to_string();
        let body = serde_json::json!({
            "transferAmount": { "currency": "EUR", "amount": "5" }, "expiration": expiration,
            "ilpPacket": "AQAA", "condition": condition,
        });
        let body = fspiop::json::parse(body.to_string().as_bytes()).unwrap();
        QuotesPut::parse(&body, &Rules::new(Version::V1_1, &rules())).unwrap()
    }

    /// What a quote tells: its members over those that every quote has.
    fn told(more: serde_json::Value) -> About {
        let id = "b51ec534-ee48-4575-b6a9-ead2955b8069";
        let person = |number: &str| serde_json::json!({ "partyIdInfo": { "partyIdType": "MSISDN", "partyIdentifier": number } });
        let mut body = serde_json::json!({
            "quoteId": id, "transactionId": id, "payer": person("1"), "payee": person("2"),
            "amountType": "SEND", "amount": { "currency": "EUR", "amount": "5" },
            "transactionType": { "scenario": "TRANSFER", "initiator": "PAYER", "initiatorType": "CONSUMER" },
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let body = fspiop::json::parse(body.to_string().as_bytes()).unwrap();
        let post = QuotesPost::parse(&body, &Rules::new(Version::V1_1, &rules())).unwrap();
        About::of_quote(&post, at("2026-11-21"), &Pseudonyms::new(b"secret"))
    }

    #[test]
    fn a_quote_tells_kind_age_place_and_purpose() {
        let plain = told(serde_json::json!({}));
        assert_eq!(plain, About { category: Some(frms::MP2P), ..About::default() });
        let kind = |scenario: &str, initiator: &str| serde_json::json!({ "scenario": scenario, "initiator": initiator, "initiatorType": "CONSUMER" });
        for (scenario, category) in [
            ("PAYMENT", frms::MP2B),
            ("WITHDRAWAL", frms::CASH),
            ("DEPOSIT", frms::DEPOSIT),
            ("TRANSFER", frms::MP2P),
        ] {
            let told = told(serde_json::json!({ "transactionType": kind(scenario, "PAYER") }));
            assert_eq!(told.category, Some(category), "{scenario}");
        }
        let place = serde_json::json!({ "latitude": "-6.1", "longitude": "39.2" });
        let payer = serde_json::json!({
            "partyIdInfo": { "partyIdType": "MSISDN", "partyIdentifier": "1" },
            "personalInfo": { "dateOfBirth": "1949-11-22" },
        });
        let full = told(serde_json::json!({ "geoCode": place, "payer": payer, "note": "rent" }));
        assert_eq!(full.debtor_age_years, Some(76));
        assert_eq!(full.place, Some(Place { latitude_e5: -610_000, longitude_e5: 3_920_000 }));
        assert_eq!(full.description, Some(Pseudonyms::new(b"secret").disguise("rent")));
        // A shop that asks for its money says where the shop is.
        let shop = told(
            serde_json::json!({ "geoCode": place, "transactionType": kind("PAYMENT", "PAYEE") }),
        );
        assert_eq!(shop.place, None);
        // What the note cannot carry travels beside it.
        let whole = serde_json::json!([
            { "key": "iso20022.remittance.01", "value": "line 1\nline" },
            { "key": "iso20022.remittance.02", "value": " 2" },
        ]);
        let long = told(
            serde_json::json!({ "note": "line 1 li", "extensionList": { "extension": whole } }),
        );
        assert_eq!(long.description, Some(Pseudonyms::new(b"secret").disguise("line 1 line 2")));
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse(&format!("{text}T12:00:00.000Z")).unwrap().epoch_ms())
    }

    #[test]
    fn an_age_is_whole_years_on_the_day() {
        // Born, on the day, years.
        let table = "
            1950-06-15 2026-06-14 75
            1950-06-15 2026-06-15 76
            1950-06-15 2026-12-31 76
            1950-06-15 2027-01-01 76
            2000-02-29 2026-02-28 25
            2000-02-29 2026-03-01 26
            2026-06-15 2026-06-15 0
            2026-06-16 2026-06-15 -
            2027-01-01 2026-06-15 -
            1896-06-15 2026-06-15 130
            1895-06-15 2026-06-15 -";
        let mut rows = 0;
        for row in table.lines().filter(|row| !row.trim().is_empty()) {
            let [born, day, years] = row.split_whitespace().collect::<Vec<_>>()[..] else {
                panic!("{row}")
            };
            assert_eq!(
                age_years(&Date::parse(born).unwrap(), at(day)),
                years.parse().ok(),
                "{row}"
            );
            rows += 1;
        }
        assert_eq!(rows, 11);
    }

    #[test]
    fn degrees_are_hundred_thousandths() {
        for (text, value) in [
            ("0", 0),
            ("-0.000019", -1),
            ("+6.5244", 652_440),
            ("-6.52443", -652_443),
            ("180", 18_000_000),
            ("-12.345678", -1_234_567),
            ("90.0", 9_000_000),
        ] {
            assert_eq!(hundred_thousandths(text), Some(value), "{text}");
        }
    }

    #[test]
    fn what_is_kept_is_read_again_as_is_what_the_version_before_kept() {
        let known = Pseudonyms::new(b"secret");
        let about = About {
            category: Some(frms::CASH),
            debtor_age_years: Some(76),
            place: Some(Place { latitude_e5: -652_440, longitude_e5: 337_920 }),
            description: Some(known.disguise("school fees")),
        };
        let asked = Asked { about, ..asked("payee") };
        let document = |body: Vec<u8>| Document { version: 1, deadline: None, body: body.into() };
        let put = put("2026-11-21T10:00:00.000Z");
        let key = key("payer", "payee", put.condition.0);
        let written = asked.kept("payer", &put, at("2026-11-21")).unwrap();
        assert_eq!((&written.key, written.deadline.is_some()), (&key, true));
        let body = written.body.unwrap().to_vec();
        for text in ["school", "fees"] {
            assert!(
                !body.windows(text.len()).any(|part| part == text.as_bytes()),
                "{text} is stored"
            );
        }
        let read = of_quote(&document(body));
        assert_eq!(read, Some(asked.clone().known()));
        let both = |party: Party| (party.account.0, party.entity.0);
        let before = StoredParties {
            version: STORED_PARTIES_VERSION,
            debtor: both(asked.debtor),
            creditor: both(asked.creditor),
        };
        let read = of_quote(&document(postcard::to_stdvec(&before).unwrap()));
        assert_eq!(read, Some(Known { about: About::default(), ..asked.known() }));
        for foreign in [vec![], vec![3, 0, 0], vec![2, 1], vec![1]] {
            assert_eq!(of_quote(&document(foreign)), None);
        }
    }
}
