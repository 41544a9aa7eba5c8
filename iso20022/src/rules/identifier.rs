use super::at;
use crate::Finding;
use crate::xml::{self, Node};

/// The rule that an identifier breaks.
pub(super) fn check(node: Node<'_>) -> Option<Finding> {
    let text = node.text();
    match node.local() {
        "IBAN" => iban(node),
        "LEI" if !mod_97_holds(text.bytes()) => Some(at(
            node,
            "leiCheckDigits",
            "FF01",
            "correct the LEI: its check digits do not hold",
        )),
        "UETR" | "OrgnlUETR" if !is_uetr(text) => {
            Some(at(node, "uetr", "FF01", "write the UETR as a lower-case UUID of version 4"))
        }
        "BICFI" | "BIC" | "AnyBIC" | "BICOrBEI" => {
            let country = text.get(4..6).unwrap_or_default();
            let mend = format!(
                "correct the BIC: its characters 5 and 6, {}, are no country",
                xml::echo(country)
            );
            (!is_country(country)).then(|| at(node, "bicCountry", "RC01", mend))
        }
        "Ctry" | "CtryOfRes" | "CtryOfBirth" if !is_country(text) => {
            let code = if node.local() == "CtryOfRes" { "BE12" } else { "BE09" };
            let mend = format!("write a country of ISO 3166: {} is none", xml::echo(text));
            Some(at(node, "country", code, mend))
        }
        "MsgId" | "BizMsgIdr" | "PmtInfId" | "InstrId" | "EndToEndId" | "TxId" => spaces(node),
        _ => None,
    }
}

fn iban(node: Node<'_>) -> Option<Finding> {
    let text = node.text();
    let (country, length) = (text.get(..2).unwrap_or_default(), text.chars().count());
    match iban_length(country) {
        Some(wanted) if wanted != length => {
            let mend =
                format!("correct the IBAN: it has {length} characters, of {country} {wanted}");
            Some(at(node, "ibanLength", "AC01", mend))
        }
        _ if iban_holds(text) => None,
        _ => {
            let mend = "correct the IBAN: its check digits do not hold";
            Some(at(node, "ibanCheckDigits", "AC01", mend))
        }
    }
}

/// An id that begins or ends with white space is another id to whoever trims it.
fn spaces(node: Node<'_>) -> Option<Finding> {
    let (id, code) = match node.local() {
        "EndToEndId" => (node.text(), "FF08"),
        _ => (node.text(), "FF01"),
    };
    let mend = "write the id without white space around it";
    (id.trim() != id).then(|| at(node, "idSpaces", code, mend))
}

/// Whether an IBAN has its country's length, where that is registered, and its check digits hold
/// (ISO 13616, ISO 7064 MOD 97-10).
pub fn iban_holds(iban: &str) -> bool {
    let Some((head, account)) = iban.split_at_checked(4) else { return false };
    // Check digits 00, 01 and 99 pass the sum but are never issued.
    let issued = !matches!(head.get(2..), Some("00" | "01" | "99"));
    let lengths = match iban_length(head.get(..2).unwrap_or_default()) {
        Some(length) => length..=length,
        None => 15..=34,
    };
    issued && lengths.contains(&iban.len()) && mod_97_holds(account.bytes().chain(head.bytes()))
}

/// ISO 7064 MOD 97-10 over letters (A is 10) and digits.
fn mod_97_holds(characters: impl Iterator<Item = u8>) -> bool {
    let rest = characters.map(char::from).try_fold(0_u32, |rest, c| {
        let value = c.to_digit(36)?;
        Some((rest * if value < 10 { 10 } else { 100 } + value) % 97)
    });
    rest == Some(1)
}

/// Whether a UETR is a lower-case UUID of version 4 (ISO 20022 UUIDv4Identifier).
pub fn is_uetr(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            14 => b == b'4',
            19 => matches!(b, b'8' | b'9' | b'a' | b'b'),
            _ => matches!(b, b'0'..=b'9' | b'a'..=b'f'),
        })
}

/// Characters of an IBAN by country, from the registry of ISO 13616. Other countries have IBANs of
/// their own making: of those only the check digits are known.
const IBAN_LENGTHS: &str = "\
AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 \
EE20 EG29 ES24 FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 \
IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 \
NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 \
SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30";

fn iban_length(country: &str) -> Option<usize> {
    let mut rows = IBAN_LENGTHS.split(' ').filter_map(|row| row.split_at_checked(2));
    rows.find(|(name, _)| *name == country)?.1.parse().ok()
}

/// ISO 3166-1, and Kosovo as banks write it.
const COUNTRIES: &str = "\
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV \
BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES \
ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE \
IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY \
MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU \
NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM \
SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE \
VG VI VN VU WF WS XK YE YT ZA ZM ZW";

fn is_country(code: &str) -> bool {
    COUNTRIES.split(' ').any(|country| country == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted_and_whole() {
        let countries: Vec<&str> = COUNTRIES.split(' ').collect();
        assert!(countries.is_sorted() && countries.iter().all(|code| code.len() == 2));
        assert_eq!(countries.len(), 250);
        let ibans: Vec<&str> = IBAN_LENGTHS.split(' ').collect();
        assert!(ibans.is_sorted() && ibans.iter().all(|row| is_country(&row[..2])));
        assert!(ibans.iter().all(|row| (15..=34).contains(&row[2..].parse::<u8>().unwrap())));
        assert_eq!(
            (iban_length("DE"), iban_length("NO"), iban_length("KE")),
            (Some(22), Some(15), None)
        );
    }
}
