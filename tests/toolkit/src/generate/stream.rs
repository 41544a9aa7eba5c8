//! Everything in the order of time: a day is drawn, sorted and given out before the next one is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use frms::{
    Attempt, Disguised, Facts, Label, Outcome, OutcomeKind, PaymentId, Place, Point, Record,
    TermsHash, Units,
};

use super::calendar::{HOUR, SECOND, day_of};
use super::chance::Chance;
use super::draft::{Category, Draft, Fate, Tag};
use super::families::FAMILIES;
use super::place::{in_town, kilometres, near};
use super::population::{CURRENCIES, FSPS, Role, World};
use super::scenarios::SCENARIOS;
use super::stage::Stage;
use super::{GenerateSettings, daily, monthly};

/// The records of these settings, in the order of time.
pub fn records(settings: GenerateSettings) -> Records {
    Records { steps: Steps::new(settings), ready: None }
}

/// Attempts and outcomes in the order of time.
pub struct Records {
    steps: Steps,
    ready: Option<Rendering>,
}

impl Iterator for Records {
    type Item = Record;

    fn next(&mut self) -> Option<Record> {
        let step = self.steps.next()?;
        let world = &self.steps.world;
        let rendering = self.ready.get_or_insert_with(|| Rendering::new(world));
        Some(match step {
            Step::Outcome(outcome) => Record::Outcome(outcome),
            Step::Payment(payment) => rendering.record(world, &payment),
        })
    }
}

/// What happens next.
pub(super) enum Step {
    Payment(Payment),
    Outcome(Outcome),
}

/// A payment that is made now.
pub(super) struct Payment {
    pub(super) id: PaymentId,
    pub(super) hash: TermsHash,
    pub(super) draft: Draft,
    pub(super) place: Option<Place>,
}

/// Payments and outcomes, not yet put into words.
pub(super) struct Steps {
    settings: GenerateSettings,
    pub(super) world: World,
    chance: Chance,
    day: i32,
    /// What episodes will pay on days to come.
    later: BTreeMap<i32, Vec<Draft>>,
    today: std::vec::IntoIter<Draft>,
    next: Option<Draft>,
    outcomes: BinaryHeap<Reverse<(i64, u128, u8)>>,
    /// Episodes by their day: scenario and number.
    plan: BTreeMap<i32, Vec<(usize, u32)>>,
}

/// What the draws of this file are for.
const PLAN: u64 = 1;
const DETAILS: u64 = 2;
const SCENES: u64 = 3;
const LOOKALIKES: u64 = 4;

impl Steps {
    pub(super) fn new(settings: GenerateSettings) -> Steps {
        Steps {
            settings,
            world: World::new(&settings),
            chance: Chance::of(settings.seed, &[DETAILS]),
            day: 0,
            later: BTreeMap::new(),
            today: Vec::new().into_iter(),
            next: None,
            outcomes: BinaryHeap::new(),
            plan: plan(&settings),
        }
    }

    /// Draws days until there is a payment.
    fn refill(&mut self) {
        while self.next.is_none() {
            self.next = self.today.next();
            if self.next.is_some() || self.day >= self.settings.days {
                return;
            }
            self.today = self.draw_day().into_iter();
        }
    }

    fn draw_day(&mut self) -> Vec<Draft> {
        let (day, seed) = (self.day, self.settings.seed);
        self.day += 1;
        let mut drafts = self.later.remove(&day).unwrap_or_default();
        daily::day(&mut self.world, seed, day, &mut drafts);
        monthly::day(&mut self.world, seed, day, &mut drafts);
        self.play_families(&mut drafts);
        self.play_scenarios(day, &mut drafts);
        let later = drafts.extract_if(.., |draft| day_of(draft.at_ms) > day);
        for draft in later.collect::<Vec<_>>() {
            self.later.entry(day_of(draft.at_ms)).or_default().push(draft);
        }
        drafts.sort_by_key(|draft| draft.at_ms);
        drafts
    }

    fn play_scenarios(&mut self, day: i32, drafts: &mut Vec<Draft>) {
        for (scenario, number) in self.plan.remove(&day).unwrap_or_default() {
            let of = [SCENES, scenario as u64, number.into()];
            let tag = Tag::Behaviour(scenario as u8, number);
            let chance = Chance::of(self.settings.seed, &of);
            let mut stage = Stage::new(&mut self.world, chance, tag, day, LEAD_DAYS);
            (SCENARIOS[scenario].play)(&mut stage);
            let mut episode = Vec::new();
            stage.end(&mut episode);
            self.mark(&episode);
            drafts.extend(episode);
        }
    }

    /// Notes which accounts are in an episode, and until when.
    fn mark(&mut self, episode: &[Draft]) {
        let labelled = || episode.iter().filter(|draft| matches!(draft.tag, Tag::Behaviour(..)));
        let days = labelled().map(|draft| day_of(draft.at_ms));
        let (first, last) = (days.clone().min().unwrap_or(-1), days.max().unwrap_or(-1));
        for account in labelled().flat_map(|draft| [draft.from, draft.to]) {
            let marked = &mut self.world.accounts[account as usize].episode;
            let is_over = marked.1 < self.day - 1;
            *marked = match is_over {
                true => (first, last),
                false => (marked.0.min(first), marked.1.max(last)),
            };
        }
    }

    fn play_families(&mut self, drafts: &mut Vec<Draft>) {
        let day = self.day - 1;
        let per_day = f64::from(self.settings.episodes) / f64::from(DAYS_OF_FAMILIES);
        for (index, family) in FAMILIES.iter().enumerate() {
            let Some(play) = family.play else { continue };
            let purpose = [LOOKALIKES, index as u64, day as u64];
            let mut chance = Chance::of(self.settings.seed, &purpose);
            for _ in 0..chance.poisson(per_day) {
                let chance = Chance::of(chance.bits(), &purpose);
                let tag = Tag::Family(index as u8);
                let mut stage = Stage::new(&mut self.world, chance, tag, day, 1);
                play(&mut stage);
                stage.end(drafts);
            }
        }
    }

    /// Gives a payment its id, place and outcome.
    fn make(&mut self, mut draft: Draft) -> Payment {
        let chance = &mut self.chance;
        let bits = u128::from(chance.bits()) << 64 | u128::from(chance.bits());
        // A UUID of version 4.
        let id = bits & !(0xf << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62;
        let mut hash = [0; 32];
        for part in hash.chunks_exact_mut(8) {
            part.copy_from_slice(&chance.bits().to_be_bytes());
        }
        let after_ms = chance.log_normal(420.0, 0.7) as i64;
        let kind = match draft.fate {
            Fate::Committed => 0,
            Fate::Aborted => 1,
            Fate::Expired => 2,
        };
        let after_ms = if kind == 2 { 4 * SECOND + after_ms } else { after_ms };
        let ended_ms = draft.at_ms + after_ms.clamp(50, 5 * SECOND);
        self.outcomes.push(Reverse((ended_ms, id, kind)));
        if matches!(draft.tag, Tag::Family(_)) && !self.keeps_family(&draft) {
            draft.tag = Tag::Ordinary;
        }
        let place = self.place(&draft);
        Payment { id: PaymentId(id), hash: TermsHash(hash), place, draft }
    }

    /// A payment is not said to look like an episode in which one of its accounts is, nor before there are any.
    fn keeps_family(&self, draft: &Draft) -> bool {
        let day = day_of(draft.at_ms);
        let in_episode = [draft.from, draft.to].into_iter().any(|account| {
            let (first, last) = self.world.accounts[account as usize].episode;
            (first..=last).contains(&day)
        });
        day >= self.settings.first_measured_day() && !in_episode
    }

    /// Where the payer is: where the episode says, else at home or where the way allows.
    fn place(&mut self, draft: &Draft) -> Option<Place> {
        if draft.place.is_some() {
            return draft.place;
        }
        let holder = self.world.holder(draft.from) as usize;
        let payee = self.world.holder(draft.to) as usize;
        let day = day_of(draft.at_ms);
        let person = &self.world.people[holder];
        let mut around = person.home;
        let travels = (person.trip.0..person.trip.1).contains(&day);
        if travels {
            around = in_town(&mut self.chance, person.country, person.trip.2);
        } else if matches!(draft.category, Category::Cash | Category::Business) {
            let shop = &self.world.people[payee];
            let is_near = shop.town == person.town && shop.country == person.country;
            around = if is_near { shop.home } else { around };
        }
        let mut place = near(&mut self.chance, around);
        let person = &mut self.world.people[holder];
        if let Some((at_ms, last)) = person.seen
            && person.age > 0
        {
            let hours = (draft.at_ms - at_ms).max(1) as f64 / HOUR as f64;
            let limit = if hours > 1.5 { FLIGHT_KMH } else { STREET_KMH };
            place = if kilometres(last, place) / hours > limit { last } else { place };
        }
        person.seen = Some((draft.at_ms, place));
        person.shows_place.then_some(place)
    }
}

/// How long before its start an episode is prepared, at most.
const LEAD_DAYS: i32 = 10;
/// A family has as many episodes in so many days as a behaviour has in all.
const DAYS_OF_FAMILIES: i32 = 60;
/// As fast as people come from one payment to another in a town.
const STREET_KMH: f64 = 25.0;
/// As fast as they fly, from the door.
const FLIGHT_KMH: f64 = 450.0;

impl Iterator for Steps {
    type Item = Step;

    fn next(&mut self) -> Option<Step> {
        self.refill();
        let outcome_ms = self.outcomes.peek().map(|Reverse((at_ms, ..))| *at_ms);
        let is_first = |draft: &Draft| outcome_ms.is_none_or(|ended_ms| draft.at_ms < ended_ms);
        if let Some(draft) = self.next.take_if(|draft| is_first(draft)) {
            return Some(Step::Payment(self.make(draft)));
        }
        let Reverse((at_ms, id, kind)) = self.outcomes.pop()?;
        let kinds = [OutcomeKind::Committed, OutcomeKind::Aborted, OutcomeKind::Expired];
        let kind = kinds[usize::from(kind)];
        Some(Step::Outcome(Outcome { id: PaymentId(id), kind, at_ms }))
    }
}

/// When each episode is prepared: spread over the measured days, early enough to end within them.
fn plan(settings: &GenerateSettings) -> BTreeMap<i32, Vec<(usize, u32)>> {
    let mut plan: BTreeMap<i32, Vec<(usize, u32)>> = BTreeMap::new();
    let mut chance = Chance::of(settings.seed, &[PLAN]);
    let first = settings.first_measured_day();
    for (index, scenario) in SCENARIOS.iter().enumerate() {
        let last = (settings.days - 1 - LEAD_DAYS - scenario.span_days).max(first);
        for number in 1..=settings.episodes {
            let day = chance.between(first.into(), last.into()) as i32;
            plan.entry(day).or_default().push((index, number));
        }
    }
    plan
}

/// What is made once and used in many records.
pub(super) struct Rendering {
    /// How each ASCII character is disguised.
    letters: Vec<u8>,
    fsps: Vec<String>,
    behaviours: Vec<Arc<str>>,
    families: Vec<Arc<str>>,
}

impl Rendering {
    pub(super) fn new(world: &World) -> Rendering {
        let ascii: String = (0..128_u8).map(char::from).collect();
        let halves = [ascii.get(..64), ascii.get(64..)].into_iter().flatten();
        Rendering {
            letters: halves.flat_map(|half| world.disguise(half).0).collect(),
            fsps: FSPS.iter().map(|&fsp| fsp.to_owned()).collect(),
            behaviours: SCENARIOS.iter().map(|scenario| scenario.number.into()).collect(),
            families: FAMILIES.iter().map(|family| family.name.into()).collect(),
        }
    }

    fn record(&self, world: &World, payment: &Payment) -> Record {
        let draft = &payment.draft;
        let from = &world.accounts[draft.from as usize];
        let to = &world.accounts[draft.to as usize];
        let payer = &world.people[from.holder as usize];
        let shows_age = payer.age > 0 && payer.shows_age;
        // Some messages say less than others.
        let says = |what: u8| payment.hash.0[0] % 64 != what;
        let tx = Attempt {
            id: payment.id,
            hash: payment.hash,
            point: Point::BeforeReserve,
            at_ms: draft.at_ms,
            payer_fsp: self.fsps[from.fsp].clone(),
            payee_fsp: self.fsps[to.fsp].clone(),
            units: Units(i128::from(draft.cents) * 100),
            currency: CURRENCIES[from.currency].to_owned(),
            debtor: Some(from.party),
            creditor: Some(to.party),
            facts: if says(0) { Facts::Quote } else { Facts::IlpPacket },
            category: says(1).then(|| draft.category.as_str().to_owned()),
            debtor_age_years: shows_age.then_some(payer.age),
            place: payment.place,
            description: self.description(draft),
        };
        Record::Tx { tx: Arc::new(tx), label: self.label(draft.tag) }
    }

    fn description(&self, draft: &Draft) -> Option<Disguised> {
        let text = description(draft);
        let disguised = text.bytes().map(|byte| self.letters[usize::from(byte & 127)]);
        (!text.is_empty()).then(|| Disguised(disguised.collect()))
    }

    pub(super) fn label(&self, tag: Tag) -> Label {
        match tag {
            Tag::Ordinary => Label::default(),
            Tag::Behaviour(index, episode) => Label {
                behaviour: Some(Arc::clone(&self.behaviours[usize::from(index)])),
                episode: Some(episode),
                looks_like: None,
            },
            Tag::Family(index) => Label {
                looks_like: Some(Arc::clone(&self.families[usize::from(index)])),
                ..Label::default()
            },
        }
    }
}

/// What the payer writes, in ASCII.
pub(super) fn description(draft: &Draft) -> String {
    let template = draft.words.first().copied().unwrap_or_default();
    template.replace('#', &draft.number.to_string())
}

/// Whether an organisation stands behind an account.
pub(super) fn is_organisation(world: &World, account: u32) -> bool {
    let role = world.people[world.holder(account) as usize].role;
    !matches!(role, Role::Student | Role::Worker | Role::Pensioner | Role::Stranger)
}
