//! The tables of parameters, held against the published files.

use std::fs;

use causeway_toolkit::generate_published::{
    amlsim::parameters as amlsim, sparkov::parameters as sparkov,
};
use serde_json::Value;

use crate::shared_or_skip;

fn read(path: &str) -> Option<String> {
    shared_or_skip(&format!("data/frms/{path}")).map(|path| fs::read_to_string(path).unwrap())
}

/// The lines after the first one.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().skip(1).map(|line| line.trim().split(',').collect())
}

#[test]
fn amlsim_degrees_and_models_are_the_published_ones() {
    let Some(degrees) = read("amlsim-1K/degree.csv") else { return };
    let found: Vec<(u32, u32, u32)> = rows(&degrees)
        .map(|row| match row.as_slice() {
            [count, payers, payees] => {
                (count.parse().unwrap(), payers.parse().unwrap(), payees.parse().unwrap())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(found, amlsim::DEGREES);

    let accounts = read("amlsim-1K/accounts.csv").unwrap();
    let opened: u32 = rows(&accounts).map(|row| row[0].parse::<u32>().unwrap()).sum();
    assert_eq!(opened, amlsim::DEGREES.iter().map(|row| row.0).sum::<u32>());

    let models = read("amlsim-1K/normalModels.csv").unwrap();
    let found: Vec<String> = rows(&models).map(|row| row.join(",")).collect();
    let ours = amlsim::MODELS.map(|model| {
        let (kind, count) = (model.kind.name(), model.count);
        let ((least, most), (shortest, longest)) = (model.accounts, model.period_days);
        format!("{count},{kind},2,{least},{most},{shortest},{longest},bank")
    });
    assert_eq!(found, ours);
}

#[test]
fn amlsim_patterns_and_bounds_are_the_published_ones() {
    let Some(patterns) = read("amlsim-1K/alertPatterns.csv") else { return };
    let found: Vec<String> = rows(&patterns).map(|row| row.join(",")).collect();
    let ours = amlsim::PATTERNS.map(|pattern| {
        let (shape, count) = (pattern.shape.name(), pattern.count);
        let ((fewest, most), (least, largest)) = (pattern.accounts, pattern.amounts);
        let (shortest, longest) = pattern.period_days;
        format!(
            "{count},{shape},2,{fewest},{most},{least}.0,{largest}.0,{shortest},{longest},bank,True"
        )
    });
    assert_eq!(found, ours[..amlsim::PATTERNS_PUBLISHED]);

    let conf: Value = serde_json::from_str(&read("amlsim-1K/conf.json").unwrap()).unwrap();
    assert_eq!(conf["general"]["total_steps"], amlsim::DAYS);
    assert_eq!(conf["general"]["base_date"], "2017-01-01");
    assert_eq!(amlsim::FIRST_DAY, 47 * 365 + 12, "47 years with 12 leap days after 1970");
    assert_eq!(conf["default"]["min_amount"], amlsim::AMOUNTS.0);
    assert_eq!(conf["default"]["max_amount"], amlsim::AMOUNTS.1);
    assert_eq!(conf["default"]["margin_ratio"].to_string(), "0.1");
    assert_eq!(amlsim::MARGIN_PERCENT, 10);
    assert_eq!(conf["graph_generator"]["degree_threshold"], amlsim::HUB_DEGREE);
}

#[test]
fn sparkov_profiles_are_the_published_ones() {
    for (file, ours) in [
        ("adults_2550_male_urban.json", sparkov::GENUINE),
        ("fraud_adults_2550_male_urban.json", sparkov::TAKEOVER),
    ] {
        let Some(text) = read(&format!("sparkov/{file}")) else { return };
        let profile: Value = serde_json::from_str(&text).unwrap();
        let daily = &profile["avg_transactions_per_day"];
        assert_eq!((&daily["min"], &daily["max"]), (&ours.daily.0.into(), &ours.daily.1.into()));
        let halves = &profile["shopping_time"];
        assert_eq!((&halves["AM"], &halves["PM"]), (&ours.am_pm.0.into(), &ours.am_pm.1.into()));

        assert_eq!(profile["categories_wt"].as_object().unwrap().len(), ours.categories.len());
        for spending in ours.categories {
            let amount = &profile["categories_amt"][spending.category];
            assert_eq!(profile["categories_wt"][spending.category], spending.weight);
            assert_eq!(amount["mean"], spending.mean, "{}", spending.category);
            assert_eq!(amount["stdev"], spending.deviation, "{}", spending.category);
        }
        dates(&profile["date_wt"]);
    }
}

fn dates(weights: &Value) {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    for (name, weight) in names.into_iter().zip(sparkov::WEEKDAYS) {
        assert_eq!(weights["day_of_week"][name], weight, "{name}");
    }
    let seasons = ["holidays", "post_holidays", "summer"];
    assert_eq!(weights["time_of_year"].as_object().unwrap().len(), seasons.len());
    for (name, season) in seasons.into_iter().zip(sparkov::SEASONS) {
        let published = &weights["time_of_year"][name];
        let date = |key: &str| -> (u32, u32) {
            let (month, day) = published[key].as_str().unwrap().split_once('-').unwrap();
            (month.parse().unwrap(), day.parse().unwrap())
        };
        assert_eq!(published["weight"], season.weight, "{name}");
        assert_eq!(date("start_date (MM-DD)"), season.first, "{name}");
        assert_eq!(date("end_date (MM-DD)"), season.last, "{name}");
    }
    let years = weights["year"].as_object().unwrap();
    assert!(years.values().all(|weight| *weight == 100), "all years count the same");
}
