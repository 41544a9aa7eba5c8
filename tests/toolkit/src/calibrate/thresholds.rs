//! The scores from which typologies alert: those that bring most behaviours over the bar with so many
//! alerts. All typologies are looked at together, since one alert may find an episode of another
//! behaviour, and a payment on which several agree is one alert.

use std::collections::{BTreeMap, HashMap};

use frms::limits::RAISED_MS;

use super::regression::Weights;
use super::samples::Samples;

/// The part of a behaviour's episodes that is to be found; what is found beyond it counts little.
const AIM: f64 = 0.90;
/// How much that is: an episode below the aim being worth 1.
const BEYOND: f64 = 0.1;
/// How much it is worth that the behaviour's own typology finds it, whatever others do.
const OWN: f64 = 0.5;
/// Genuine payments, at most, that one typology is let look at, in 10,000 payments.
const GENUINE_MOST: f64 = 30.0;
/// Thresholds that are tried for each typology.
const CANDIDATES: usize = 48;
/// How often each typology is looked at again, the others being as they are.
const ROUNDS: usize = 6;
/// How often the price of an alert is halved between too cheap and too dear.
const HALVINGS: usize = 24;

/// What was chosen for a typology.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chosen {
    /// The threshold; none if no price is worth it.
    pub threshold: Option<f64>,
    /// Alerts on genuine payments, and on others, were it alone.
    pub alerts: (usize, usize),
    /// Episodes of its own that it finds.
    pub own: usize,
}

/// What was chosen for all.
pub struct Choice {
    pub of: Vec<Chosen>,
    /// All alerts, and those on genuine payments.
    pub alerts: (usize, usize),
    /// Of each behaviour: episodes found, and episodes.
    pub found: BTreeMap<String, (usize, usize)>,
}

/// A threshold that may be chosen.
struct Candidate {
    threshold: f64,
    /// Payments that raise an alert.
    raises: Vec<u32>,
    /// Episodes that are found, by their place.
    finds: Vec<u32>,
    /// What it is worth that some of them are the typology's own.
    own: f64,
}

/// The thresholds that find most with so many alerts in 10,000 payments.
pub fn choose(samples: &Samples, typologies: &[(&str, &Weights)], alerts: f64) -> Choice {
    let (behaviours, places) = episodes(samples);
    let all: Vec<Vec<Candidate>> = typologies
        .iter()
        .map(|(number, weights)| {
            let is_own: Vec<bool> = behaviours.iter().map(|one| one == number).collect();
            candidates(samples, weights, &places, &is_own)
        })
        .collect();
    let most = (alerts * samples.payments as f64 / 10_000.0) as usize;
    let mut table = Table::new(samples, &behaviours);
    let (mut cheap, mut dear) = (0.000_1_f64, 10.0_f64);
    let mut best = vec![None; all.len()];
    for _ in 0..HALVINGS {
        let price = (cheap * dear).sqrt();
        let chosen = table.settle(&all, price);
        if table.raised > most {
            cheap = price;
        } else {
            (dear, best) = (price, chosen);
        }
    }
    table.put(&all, &best);
    table.choice(samples, typologies, &all, &best)
}

/// The behaviour of each episode, and the place of each row's episode.
fn episodes(samples: &Samples) -> (Vec<String>, Vec<Option<u32>>) {
    let mut known: BTreeMap<(&str, u64), u32> = BTreeMap::new();
    for (behaviour, episode) in samples.owners.iter().flatten() {
        known.entry((&**behaviour, *episode)).or_default();
    }
    for (place, index) in known.values_mut().zip(0..) {
        *place = index;
    }
    let behaviours = known.keys().map(|(behaviour, _)| (*behaviour).to_owned()).collect();
    let place =
        |(behaviour, episode): &(std::sync::Arc<str>, u64)| known[&(&**behaviour, *episode)];
    let places = samples.owners.iter().map(|owner| owner.as_ref().map(place)).collect();
    (behaviours, places)
}

/// What each of some thresholds would raise and find.
fn candidates(
    samples: &Samples,
    weights: &Weights,
    places: &[Option<u32>],
    is_own: &[bool],
) -> Vec<Candidate> {
    let scores = weights.scores();
    let mut scored: Vec<(f64, u32)> = (0..samples.owners.len())
        .map(|row| (scores.of(samples.row(row)), row as u32))
        .filter(|(score, _)| *score > 0.0)
        .collect();
    let mut genuine: Vec<f64> =
        scored.iter().filter(|(_, row)| places[*row as usize].is_none()).map(|it| it.0).collect();
    genuine.sort_by(|one, other| other.total_cmp(one));
    let most = (GENUINE_MOST * samples.payments as f64 / 10_000.0) as usize;
    let floor = genuine.get(most).map_or(5.0, |score| score + 5.0);
    scored.retain(|(score, _)| *score >= floor);
    let mut levels: Vec<f64> = scored.iter().map(|(score, _)| *score).collect();
    levels.sort_by(f64::total_cmp);
    let step = (levels.len() / CANDIDATES).max(1);
    levels = levels.into_iter().step_by(step).collect();
    levels.dedup();
    let of = |threshold: &f64| {
        let rows = scored.iter().filter(|(score, _)| score >= threshold).map(|(_, row)| *row);
        let rows: Vec<u32> = rows.collect();
        let mut finds: Vec<u32> = rows.iter().filter_map(|row| places[*row as usize]).collect();
        finds.sort_unstable();
        finds.dedup();
        let own = finds.iter().filter(|episode| is_own[**episode as usize]).count();
        let all = is_own.iter().filter(|is_own| **is_own).count();
        let own = OWN * value(own, all);
        Candidate { threshold: *threshold, raises: raised(samples, &rows), finds, own }
    };
    levels.iter().map(of).collect()
}

/// The payments that raise an alert, and do not join one: rows are in the order of time.
fn raised(samples: &Samples, rows: &[u32]) -> Vec<u32> {
    let mut latest: HashMap<u64, i64> = HashMap::new();
    let mut raised = Vec::new();
    for row in rows {
        let (at_ms, accounts) = samples.payments_of[*row as usize];
        let known = accounts.iter().filter_map(|account| latest.get(account)).max();
        if known.is_none_or(|known_ms| at_ms - RAISED_MS >= *known_ms) {
            raised.push(*row);
        }
        accounts.iter().for_each(|account| _ = latest.insert(*account, at_ms));
    }
    raised
}

/// How things stand with the thresholds chosen so far.
struct Table {
    /// How many typologies raise an alert on each payment.
    alerts: Vec<u8>,
    /// How many typologies find each episode.
    finders: Vec<u8>,
    /// The behaviour of each episode.
    behaviour_of: Vec<usize>,
    names: Vec<String>,
    /// Episodes of each behaviour, and those found.
    episodes: Vec<usize>,
    found: Vec<usize>,
    /// Payments with an alert.
    raised: usize,
}

impl Table {
    fn new(samples: &Samples, behaviours: &[String]) -> Table {
        let mut names = behaviours.to_vec();
        names.dedup();
        let place = |name: &String| names.iter().position(|known| known == name).unwrap_or(0);
        let behaviour_of: Vec<usize> = behaviours.iter().map(place).collect();
        let mut episodes = vec![0; names.len()];
        behaviour_of.iter().for_each(|behaviour| episodes[*behaviour] += 1);
        Table {
            alerts: vec![0; samples.owners.len()],
            finders: vec![0; behaviours.len()],
            found: vec![0; names.len()],
            behaviour_of,
            names,
            episodes,
            raised: 0,
        }
    }

    /// Looks at each typology in turn until little changes.
    fn settle(&mut self, all: &[Vec<Candidate>], price: f64) -> Vec<Option<usize>> {
        let mut chosen = vec![None; all.len()];
        self.put(all, &chosen);
        for _ in 0..ROUNDS {
            for (of, chosen) in all.iter().zip(&mut chosen) {
                if let Some(place) = *chosen {
                    self.change(&of[place], false);
                }
                let worth = of.iter().map(|one| self.worth(one, price));
                let best = worth.enumerate().max_by(|one, other| one.1.total_cmp(&other.1));
                *chosen = best.filter(|(_, worth)| *worth > 0.0).map(|(place, _)| place);
                if let Some(place) = *chosen {
                    self.change(&of[place], true);
                }
            }
        }
        chosen
    }

    /// Begins anew with these.
    fn put(&mut self, all: &[Vec<Candidate>], chosen: &[Option<usize>]) {
        self.alerts.fill(0);
        self.finders.fill(0);
        self.found.fill(0);
        self.raised = 0;
        for (of, place) in all.iter().zip(chosen) {
            if let Some(place) = place {
                self.change(&of[*place], true);
            }
        }
    }

    fn change(&mut self, candidate: &Candidate, is_added: bool) {
        for row in &candidate.raises {
            let count = &mut self.alerts[*row as usize];
            match is_added {
                true => {
                    self.raised += usize::from(*count == 0);
                    *count += 1;
                }
                false => {
                    *count -= 1;
                    self.raised -= usize::from(*count == 0);
                }
            }
        }
        for episode in &candidate.finds {
            let count = &mut self.finders[*episode as usize];
            let found = &mut self.found[self.behaviour_of[*episode as usize]];
            match is_added {
                true => {
                    *found += usize::from(*count == 0);
                    *count += 1;
                }
                false => {
                    *count -= 1;
                    *found -= usize::from(*count == 0);
                }
            }
        }
    }

    /// What it would add to what is found, less what its alerts cost.
    fn worth(&self, candidate: &Candidate, price: f64) -> f64 {
        let alerts = candidate.raises.iter().filter(|row| self.alerts[**row as usize] == 0).count();
        let mut more = vec![0; self.names.len()];
        for episode in &candidate.finds {
            let is_new = self.finders[*episode as usize] == 0;
            more[self.behaviour_of[*episode as usize]] += usize::from(is_new);
        }
        let gain: f64 = (0..more.len())
            .map(|behaviour| {
                let (found, all) = (self.found[behaviour], self.episodes[behaviour]);
                value(found + more[behaviour], all) - value(found, all)
            })
            .sum();
        gain + candidate.own - price * alerts as f64
    }

    fn choice(
        &self,
        samples: &Samples,
        typologies: &[(&str, &Weights)],
        all: &[Vec<Candidate>],
        chosen: &[Option<usize>],
    ) -> Choice {
        let is_genuine = |row: &&u32| samples.owners[**row as usize].is_none();
        let finds_own = |candidate: &Candidate, number: &str| {
            let behaviour = self.names.iter().position(|name| name == number);
            let is_own = |one: &&u32| Some(self.behaviour_of[**one as usize]) == behaviour;
            candidate.finds.iter().filter(is_own).count()
        };
        let of = all.iter().zip(chosen).zip(typologies).map(|((of, place), (number, _))| {
            let Some(candidate) = place.map(|place| &of[place]) else { return Chosen::default() };
            let genuine = candidate.raises.iter().filter(is_genuine).count();
            let alerts = (genuine, candidate.raises.len() - genuine);
            let own = finds_own(candidate, number);
            Chosen { threshold: Some(candidate.threshold), alerts, own }
        });
        let rows = self.alerts.iter().zip(&samples.owners);
        let genuine = rows.filter(|(count, owner)| **count > 0 && owner.is_none()).count();
        let counts = self.found.iter().copied().zip(self.episodes.iter().copied());
        Choice {
            of: of.collect(),
            alerts: (self.raised, genuine),
            found: self.names.iter().cloned().zip(counts).collect(),
        }
    }
}

/// What it is worth to have found so many episodes of all.
fn value(found: usize, all: usize) -> f64 {
    let aim = AIM * all as f64;
    let found = found as f64;
    found.min(aim) + BEYOND * (found - aim).max(0.0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    /// One rule, whose weights are 100 a cell: a payment an hour, each between two accounts of its own.
    fn samples(payments: &[(u8, Option<(&str, u64)>)]) -> (Samples, Weights) {
        let mut samples = Samples { width: 1, payments: 1_000, ..Samples::default() };
        for ((cell, owner), at_h) in payments.iter().zip(0_u8..) {
            samples.cells.push(*cell);
            samples.owners.push(owner.map(|(behaviour, episode)| (Arc::from(behaviour), episode)));
            let account = 2 * u64::from(at_h);
            samples.payments_of.push((i64::from(at_h) * HOUR_MS, [account, account + 1]));
        }
        let weights = (0..10_u8).map(|cell| f64::from(cell) * 100.0).collect();
        (samples, Weights { of: vec![weights] })
    }

    #[test]
    fn a_threshold_is_as_low_as_the_budget_lets_it_be() {
        let (one, two) = (Some(("001", 1)), Some(("001", 2)));
        let payments = [(9, one), (7, None), (5, two), (5, None), (4, None)];
        let (samples, weights) = samples(&payments);
        let choose = |alerts| choose(&samples, &[("001", &weights)], alerts);
        let generous = choose(50.0);
        assert_eq!(generous.of[0].threshold, Some(500.0), "both episodes");
        assert_eq!((generous.alerts, generous.found["001"]), ((4, 2), (2, 2)));
        let tight = choose(10.0);
        assert_eq!(tight.of[0].threshold, Some(900.0), "one episode, and nobody else");
        assert_eq!((tight.alerts, tight.found["001"]), ((1, 0), (1, 2)));
    }

    #[test]
    fn payments_join_an_alert_of_their_accounts_for_a_day() {
        let (mut samples, _) = samples(&[(9, None), (9, None), (9, None)]);
        samples.payments_of = vec![(0, [1, 2]), (RAISED_MS - 1, [2, 3]), (RAISED_MS, [1, 4])];
        assert_eq!(raised(&samples, &[0, 1, 2]), [0, 2]);
    }
}
