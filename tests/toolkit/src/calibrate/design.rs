//! Which rules are looked at, with which parameters and bands, and what each typology is about. The
//! weights and thresholds are found by calibration; this is what a person has decided.

use serde_json::{Value, json};

/// A rule in a configuration of ours.
pub struct RuleDesign {
    /// Its number.
    pub number: &'static str,
    /// The name of the configuration; `1.0.0` is the rule as it is.
    pub cfg: &'static str,
    /// Parameters that differ.
    pub parameters: &'static [(&'static str, f64)],
    /// Lower limits of the bands `.02` and up; none for those that the rule has.
    pub limits: &'static [f64],
}

/// A typology: the behaviour that it finds.
pub struct TypologyDesign {
    /// The behaviour's number.
    pub number: &'static str,
    /// What it finds, for people.
    pub description: &'static str,
    /// Whether it may stop a payment: fraud may, laundering must not be tipped off.
    pub interdicts: bool,
}

const fn rule(number: &'static str) -> RuleDesign {
    RuleDesign { number, cfg: "1.0.0", parameters: &[], limits: &[] }
}

const fn bands(number: &'static str, limits: &'static [f64]) -> RuleDesign {
    RuleDesign { number, cfg: "1.1.0", parameters: &[], limits }
}

const fn with(
    number: &'static str,
    cfg: &'static str,
    parameters: &'static [(&'static str, f64)],
    limits: &'static [f64],
) -> RuleDesign {
    RuleDesign { number, cfg, parameters, limits }
}

const MINUTE: f64 = 60_000.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const COUNTS: &[f64] = &[2.0, 3.0, 4.0, 6.0, 8.0, 12.0];
const DEVIATIONS: &[f64] = &[1.0, 2.0, 3.0, 5.0, 8.0];
const AGES: &[f64] = &[DAY, 7.0 * DAY, 30.0 * DAY, 90.0 * DAY, 180.0 * DAY];

/// Times the usual amount.
const MULTIPLES: &[f64] = &[1.0, 2.0, 4.0, 7.0, 12.0, 20.0, 35.0, 60.0, 120.0];
/// This payment alone.
const THIS: &[(&str, f64)] = &[("maxQueryRange", 1.0)];

/// All rules that typologies are made of.
pub const RULES: &[RuleDesign] = &[
    bands("001", AGES),
    bands("002", &[1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0]),
    bands("003", &[14.0 * DAY, 30.0 * DAY, 90.0 * DAY, 365.0 * DAY]),
    rule("006"),
    rule("007"),
    rule("008"),
    bands("010", DEVIATIONS),
    with("011", "1.1.0-7d", &[("evaluationIntervalTime", 7.0 * DAY)], DEVIATIONS),
    with("016", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], COUNTS),
    bands("017", COUNTS),
    with("017", "1.1.0-1h", &[("maxQueryRange", HOUR)], COUNTS),
    bands("020", DEVIATIONS),
    bands("021", COUNTS),
    with("021", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY), ("tolerance", 0.02)], COUNTS),
    with("025", "1.1.0", &[("tolerance", 0.03)], &[2.0, 4.0]),
    with("025", "1.1.0-3d", &[("tolerance", 0.03), ("maxQueryRange", 3.0 * DAY)], &[2.0, 4.0]),
    with("027", "1.1.0", &[("tolerance", 0.08)], &[2.0, 4.0]),
    bands("028", &[18.0, 24.0, 30.0, 50.0, 65.0, 75.0]),
    bands("048", DEVIATIONS),
    bands("054", &[15.507, 26.125, 50.0]),
    bands("063", &[15.507, 26.125, 50.0]),
    with("063", "1.1.0-20", &[("minimumNumberOfTransactions", 20.0)], &[15.507, 26.125, 50.0]),
    bands("076", &[MINUTE, 5.0 * MINUTE, HOUR, DAY]),
    rule("078"),
    bands("083", &[2.0, 3.0, 4.0, 6.0]),
    bands("084", &[2.0, 3.0, 4.0, 6.0]),
    bands("090", &[2.0, 3.0, 5.0, 8.0]),
    bands("091", &[200.0, 1_000.0, 3_000.0, 6_000.0, 8_500.0, 10_000.0, 15_000.0]),
    bands("601", &[0.5, 1.0, 2.0, 5.0, 10.0]),
    with("601", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], &[0.5, 1.0, 2.0, 5.0, 10.0]),
    bands("602", &[0.5, 1.0, 2.0, 5.0, 10.0]),
    bands("603", COUNTS),
    with("603", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], COUNTS),
    bands("605", &[0.5, 0.8, 0.93, 1.05, 1.5]),
    with("605", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], &[0.5, 0.8, 0.93, 1.05, 1.5]),
    bands("606", &[2.0, 3.0, 4.0, 6.0]),
    with("606", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], &[2.0, 3.0, 4.0, 6.0, 10.0]),
    rule("607"),
    bands("608", &[5.0, 9.0, 18.0, 22.0]),
    bands("610", AGES),
    rule("611"),
    rule("612"),
    bands("613", &[1.0, 2.0, 3.0, 4.0, 6.0]),
    with("613", "1.1.0-1d", &[("maxQueryRange", DAY)], &[1.0, 2.0, 3.0, 4.0, 6.0]),
    rule("615"),
    with("616", "1.1.0", &[("maxQueryRange", 7.0 * DAY)], &[2.0, 3.0]),
    rule("618"),
    bands("622", &[0.3, 0.7, 1.1]),
    bands("624", &[1.0, 2.0, 3.0, 5.0, 8.0]),
    with("624", "1.1.0-3h", &[("maxQueryRange", 3.0 * HOUR)], &[1.0, 2.0, 3.0, 4.0, 5.0]),
    with("624", "1.1.0-1d", &[("maxQueryRange", DAY)], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0]),
    with("640", "1.1.0-this", THIS, MULTIPLES),
    with("640", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], MULTIPLES),
    with("641", "1.1.0-this", THIS, MULTIPLES),
    with("642", "1.1.0-this", THIS, MULTIPLES),
    with("642", "1.1.0-1d", &[("maxQueryRange", DAY)], MULTIPLES),
    with("642", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], MULTIPLES),
    with("643", "1.1.0-1d", &[("maxQueryRange", DAY)], MULTIPLES),
    with("643", "1.1.0-7d", &[("maxQueryRange", 7.0 * DAY)], MULTIPLES),
    bands("644", &[0.25 * HOUR, 0.5 * HOUR, HOUR, 3.0 * HOUR, 8.0 * HOUR, DAY, 3.0 * DAY]),
    bands("645", &[1.0, 2.0, 10.0, 30.0]),
    bands("646", &[1.0, 2.0, 10.0, 30.0]),
    bands("647", &[1.1, 1.5, 2.0, 3.0, 5.0, 8.0]),
    with("647", "1.1.0-3h", &[("maxQueryRange", 3.0 * HOUR)], &[1.1, 1.5, 2.0, 3.0, 5.0]),
    bands("648", &[1.1, 1.5, 2.0, 3.0, 5.0, 8.0]),
    bands("649", &[2.0, 3.0, 4.0]),
    bands("650", &[18.0, 26.0, 65.0]),
    with("651", "1.1.0", &[], &[15.0, 50.0, 150.0, 500.0, 1_000.0]),
    bands("652", &[1.0, 3.0]),
    with("653", "1.1.0-this", THIS, MULTIPLES),
    with("653", "1.1.0-3h", &[("maxQueryRange", 3.0 * HOUR)], MULTIPLES),
    with("653", "1.1.0-1d", &[("maxQueryRange", DAY)], MULTIPLES),
    with("653", "1.1.0-3d", &[("maxQueryRange", 3.0 * DAY)], MULTIPLES),
];

const fn fraud(number: &'static str, description: &'static str) -> TypologyDesign {
    TypologyDesign { number, description, interdicts: true }
}

const fn laundering(number: &'static str, description: &'static str) -> TypologyDesign {
    TypologyDesign { number, description, interdicts: false }
}

/// The 31 behaviours (frms.md §3.1), in words of ours.
pub const TYPOLOGIES: [TypologyDesign; 31] = [
    laundering("001", "money goes round a ring, across currencies, in a short time"),
    laundering("002", "many senders at once, far beyond the receiver's means"),
    fraud("003", "whoever uses the account is somebody else each time"),
    laundering("005", "what goes out has no relation to what comes in"),
    laundering("010", "amounts just under what has to be reported"),
    laundering("011", "money comes in and is straight away with many others"),
    laundering("013", "one person with many accounts at one provider"),
    laundering("024", "the same sums move round inside a group"),
    fraud("028", "a victim of a scam pays a stranger"),
    fraud("037", "an insider leads customers' money to an account of his own"),
    fraud("044", "an account is taken over and emptied"),
    fraud("045", "an account under a stolen name is filled and emptied"),
    fraud("047", "stolen wallet details are spent from elsewhere"),
    laundering("051", "similar deposits at many branches on one day"),
    laundering("052", "a salary account gets money that is no salary"),
    laundering("092", "a large sum is paid in and taken out at once"),
    fraud("095", "one payment is made again and again"),
    laundering("098", "many small payments gather and leave in one"),
    laundering("105", "one person behind accounts under several names"),
    laundering("107", "money goes from own account to own account"),
    laundering("121", "a dependant gets sums that no family sends"),
    laundering("124", "large or frequent cash deposits without a source"),
    laundering("129", "a large sum in small pieces through many hands"),
    laundering("137", "a payment above what has to be reported, beyond all means"),
    laundering("169", "amounts that somebody has made up"),
    fraud("179", "payments from places too far apart to travel between"),
    fraud("185", "far out of the account's pattern, in value or number"),
    laundering("191", "cash is taken out right after a risky inflow"),
    fraud("195", "a payment to an account that was opened for it"),
    laundering("214", "an account is lent: what comes in goes on"),
    laundering("216", "a sum for the same receivers is cut into pieces"),
];

impl RuleDesign {
    /// The rule's name in a configuration.
    pub fn id(&self) -> String {
        format!("{}@1.0.0", self.number)
    }

    /// Its name in an expression.
    pub fn term(&self) -> String {
        format!("v{}at{}", self.number, self.cfg.replace(['.', '-'], ""))
    }

    /// Its entry in the peer's format; none for a rule as it is.
    pub fn entry(&self) -> Option<Value> {
        let rule = frms::rules::Rule::find(self.number)?;
        if self.cfg == "1.0.0" {
            return None;
        }
        let mut config = json!({});
        let parameters = rule.parameters.iter().map(|(parameter, value)| {
            let changed = self.parameters.iter().find(|(name, _)| *name == parameter.as_str());
            (parameter.as_str().to_owned(), json!(changed.map_or(*value, |(_, value)| *value)))
        });
        config["parameters"] = Value::Object(parameters.collect());
        if !self.limits.is_empty() {
            config["bands"] = self.bands(rule);
        }
        Some(json!({ "id": self.id(), "cfg": self.cfg, "desc": rule.name, "config": config }))
    }

    fn bands(&self, rule: &frms::rules::Rule) -> Value {
        let lowers = std::iter::once(None).chain(self.limits.iter().copied().map(Some));
        let uppers = self.limits.iter().copied().map(Some).chain([None]);
        let bands = lowers.zip(uppers).zip(1..).map(|((lower, upper), number)| {
            let mut band = json!({ "subRuleRef": format!(".{number:02}") });
            if let Some(lower) = lower {
                band["lowerLimit"] = json!(lower);
            }
            if let Some(upper) = upper {
                band["upperLimit"] = json!(upper);
            }
            band["reason"] = json!(reason(rule, lower, upper));
            band
        });
        Value::Array(bands.collect())
    }
}

/// What a band says: the standard one's reason if it begins at the same limit, else its limits.
fn reason(rule: &frms::rules::Rule, lower: Option<f64>, upper: Option<f64>) -> String {
    let limit = |limit: f64| match rule.unit {
        frms::rules::Unit::Milliseconds => duration(limit),
        _ => limit.to_string(),
    };
    let spread = ["010", "011", "020", "048"].contains(&rule.number);
    let unit = if spread { " deviations above the usual" } else { "" };
    match (lower, upper) {
        (None, Some(upper)) => format!("below {}{unit}", limit(upper)),
        (Some(lower), Some(upper)) => {
            format!("from {} to below {}{unit}", limit(lower), limit(upper))
        }
        (Some(lower), None) => format!("from {}{unit}", limit(lower)),
        (None, None) => String::new(),
    }
}

fn duration(milliseconds: f64) -> String {
    match milliseconds {
        ..HOUR => format!("{} minutes", milliseconds / MINUTE),
        ..DAY => format!("{} hours", milliseconds / HOUR),
        _ => format!("{} days", milliseconds / DAY),
    }
}
