//! AMLSim: each pattern has its form, and there is enough of everything.

use std::collections::{BTreeMap, BTreeSet};

use causeway_toolkit::generate_published::{After, generate};

use super::{DAY_MS, FIRST_AMLSIM_MS, Paid, payments};

/// An episode of one shape.
struct Episode {
    /// In the order of time.
    paid: Vec<Paid>,
    /// How many pay an account, and how many it pays.
    degrees: BTreeMap<u128, (usize, usize)>,
}

/// Labelled payments by shape and number, and how many others there are.
fn episodes(seed: u64) -> (BTreeMap<(String, u32), Episode>, usize) {
    let mut episodes: BTreeMap<(String, u32), Episode> = BTreeMap::new();
    let mut others = 0;
    for paid in payments(generate(After::Amlsim, seed)) {
        let (Some(behaviour), Some(number)) = (&paid.label.behaviour, paid.label.episode) else {
            others += 1;
            continue;
        };
        let shape = behaviour.strip_prefix("amlsim ").unwrap().to_owned();
        let episode = episodes
            .entry((shape, number))
            .or_insert(Episode { paid: Vec::new(), degrees: BTreeMap::new() });
        episode.degrees.entry(paid.to).or_default().0 += 1;
        episode.degrees.entry(paid.from).or_default().1 += 1;
        episode.paid.push(paid);
    }
    (episodes, others)
}

#[test]
fn each_shape_has_its_episodes_among_enough_other_payments() {
    let (episodes, others) = episodes(1);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (shape, _) in episodes.keys() {
        *counts.entry(shape).or_default() += 1;
    }
    let expected = [
        ("bipartite", 60),
        ("cycle", 80),
        ("fan_in", 60),
        ("fan_out", 60),
        ("gather_scatter", 60),
        ("random", 60),
        ("scatter_gather", 60),
        ("stack", 60),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
    let labelled: usize = episodes.values().map(|episode| episode.paid.len()).sum();
    let per_mille = labelled * 1_000 / (labelled + others);
    assert!((7..=13).contains(&per_mille), "{labelled} beside {others}");
}

#[test]
fn each_episode_is_of_its_members_alone_and_in_its_time() {
    let (episodes, _) = episodes(2);
    let mut members = BTreeSet::new();
    for ((shape, number), episode) in &episodes {
        let accounts = episode.degrees.len();
        // A random walk need not come by everybody.
        let fewest = if shape == "random" { 3 } else { 5 };
        assert!((fewest..=10).contains(&accounts), "{shape} {number}: {accounts} accounts");
        for account in episode.degrees.keys() {
            assert!(members.insert(*account), "{shape} {number}: an account is in another one too");
        }
        let (first, last) = (episode.paid[0].at_ms, episode.paid[episode.paid.len() - 1].at_ms);
        assert!(last - first < 20 * DAY_MS, "{shape} {number} takes too long");
        assert!(
            first >= FIRST_AMLSIM_MS && last < FIRST_AMLSIM_MS + 720 * DAY_MS,
            "{shape} {number}"
        );
    }
}

#[test]
fn each_shape_has_its_form() {
    let (episodes, _) = episodes(3);
    for ((shape, number), episode) in &episodes {
        let is_right = match shape.as_str() {
            "fan_in" => fan(episode, |degrees| degrees),
            "fan_out" => fan(episode, |(payers, payees)| (payees, payers)),
            "cycle" => cycle(episode),
            "bipartite" => bipartite(episode),
            "stack" => stack(episode),
            "scatter_gather" => scatter_gather(episode),
            "gather_scatter" => gather_scatter(episode),
            "random" => walk(episode),
            other => panic!("{other}"),
        };
        assert!(is_right, "{shape} {number} is none: {:?}", episode.degrees);
    }
}

/// How many accounts have these degrees, by degrees.
fn tally(episode: &Episode) -> BTreeMap<(usize, usize), usize> {
    let mut tally = BTreeMap::new();
    for degrees in episode.degrees.values() {
        *tally.entry(*degrees).or_default() += 1;
    }
    tally
}

fn is_first(paid: &Paid) -> bool {
    (10_000..=20_000).contains(&paid.cents)
}

fn all_different(episode: &Episode) -> bool {
    let pairs: BTreeSet<(u128, u128)> =
        episode.paid.iter().map(|paid| (paid.from, paid.to)).collect();
    pairs.len() == episode.paid.len()
}

fn fan(episode: &Episode, turned: fn((usize, usize)) -> (usize, usize)) -> bool {
    let leaves = episode.degrees.len() - 1;
    let expected = BTreeMap::from([(turned((leaves, 0)), 1), (turned((0, 1)), leaves)]);
    tally(episode) == expected && episode.paid.iter().all(is_first)
}

/// One ring, in which each payment but one is nine tenths of the one before.
fn cycle(episode: &Episode) -> bool {
    let all_alike = tally(episode) == BTreeMap::from([((1, 1), episode.degrees.len())]);
    let largest = episode.paid.iter().max_by_key(|paid| paid.cents).unwrap();
    let mut at = largest;
    let mut length = 1;
    while at.to != largest.from {
        let next = episode.paid.iter().find(|paid| paid.from == at.to).unwrap();
        if next.cents != at.cents * 9 / 10 {
            return false;
        }
        (at, length) = (next, length + 1);
    }
    all_alike && length == episode.paid.len() && is_first(largest)
}

fn bipartite(episode: &Episode) -> bool {
    let accounts = episode.degrees.len();
    let (payers, payees) = (accounts / 2, accounts - accounts / 2);
    let mut expected = BTreeMap::from([((0, payees), payers)]);
    expected.insert((payers, 0), payees);
    tally(episode) == expected && all_different(episode) && episode.paid.iter().all(is_first)
}

fn stack(episode: &Episode) -> bool {
    let accounts = episode.degrees.len();
    let (third, rest) = (accounts / 3, accounts - accounts / 3 * 2);
    let mut expected = BTreeMap::from([((0, third), third), ((third, rest), third)]);
    expected.insert((third, 0), rest);
    let from_first = |paid: &&Paid| episode.degrees[&paid.from].0 == 0;
    let first: Vec<&Paid> = episode.paid.iter().filter(from_first).collect();
    let passed_on = episode.degrees.iter().filter(|(_, degrees)| **degrees == (third, rest)).all(
        |(middle, _)| {
            let got: i128 =
                first.iter().filter(|paid| paid.to == *middle).map(|paid| paid.cents).sum();
            let sent = episode.paid.iter().filter(|paid| paid.from == *middle);
            sent.into_iter().all(|paid| paid.cents == got * 9 / 10 / rest as i128)
        },
    );
    let first_alone = first.len() == third * third && first.into_iter().all(is_first);
    tally(episode) == expected && all_different(episode) && first_alone && passed_on
}

fn scatter_gather(episode: &Episode) -> bool {
    let middle = episode.degrees.len() - 2;
    let expected = BTreeMap::from([((0, middle), 1), ((1, 1), middle), ((middle, 0), 1)]);
    let passed_on =
        episode.paid.iter().filter(|paid| episode.degrees[&paid.from].0 == 0).all(|out| {
            let on = episode.paid.iter().find(|paid| paid.from == out.to).unwrap();
            is_first(out) && on.cents == out.cents * 9 / 10 && on.at_ms >= out.at_ms
        });
    tally(episode) == expected && passed_on
}

fn gather_scatter(episode: &Episode) -> bool {
    let others = episode.degrees.len() - 1;
    let (payers, payees) = (others / 2, others - others / 2);
    let expected = BTreeMap::from([((0, 1), payers), ((payers, payees), 1), ((1, 0), payees)]);
    let (gathered, scattered) = episode.paid.split_at(payers);
    let got: i128 = gathered.iter().map(|paid| paid.cents).sum();
    let all_in = gathered.iter().all(|paid| is_first(paid) && paid.to == gathered[0].to);
    let all_out = scattered.iter().all(|paid| paid.cents == got * 9 / 10 / payees as i128);
    tally(episode) == expected && all_in && all_out
}

/// Whoever was paid pays next.
fn walk(episode: &Episode) -> bool {
    let follows = episode.paid.windows(2).all(|pair| pair[0].to == pair[1].from);
    let main = episode.paid[0].from;
    let comes_back = episode.paid.iter().any(|paid| paid.to == main);
    follows
        && !comes_back
        && (4..=9).contains(&episode.paid.len())
        && episode.paid.iter().all(is_first)
}

#[test]
fn ordinary_payments_are_between_accounts_and_fans_among_them_are_marked() {
    let mut looks_like: BTreeMap<String, usize> = BTreeMap::new();
    let mut pairs: BTreeMap<(u128, u128), usize> = BTreeMap::new();
    let mut accounts = BTreeSet::new();
    for paid in payments(generate(After::Amlsim, 4)).filter(|paid| paid.label.behaviour.is_none()) {
        assert!((10_000..=100_000).contains(&paid.cents), "{}", paid.cents);
        assert_eq!(
            (paid.category.as_deref(), paid.place, paid.age_years),
            (Some("MP2P"), None, None)
        );
        let family = paid.label.looks_like.as_deref().unwrap_or("ordinary").to_owned();
        *looks_like.entry(family).or_default() += 1;
        *pairs.entry((paid.from, paid.to)).or_default() += 1;
        accounts.extend([paid.from, paid.to]);
    }
    // 2,000 groups of 4 to 19 leaves, 6 rounds.
    for fan in ["amlsim fan_in", "amlsim fan_out"] {
        let found = looks_like[fan];
        assert!((100_000..=170_000).contains(&found), "{fan}: {found}");
    }
    assert!(looks_like["ordinary"] > 150_000, "{looks_like:?}");
    assert_eq!(looks_like.len(), 3, "{looks_like:?}");
    assert!(accounts.len() > 5_000, "{} of 5,784 accounts", accounts.len());
    // A periodical payment every 20 days at the most makes at least 36 in 720 days.
    let periodical = pairs.values().filter(|count| **count >= 36).count();
    assert!((1_900..=2_100).contains(&periodical), "{periodical}");
}
