//! Weights from labelled payments: a logistic regression on outcomes whose weights are not negative,
//! so that a score only ever rises with what is suspicious, and each weight can be told as a reason.
//! It is built up rule by rule: at each step the rule that explains most of what is left unexplained
//! is given some weight (Newton's step, cut short), as in boosting.

use super::samples::Samples;

/// Weights a rule and outcome; all 0 for outcome 0 (`.err`): what is not known says nothing.
#[derive(Clone, Debug)]
pub struct Weights {
    /// A row a rule.
    pub of: Vec<Vec<f64>>,
}

/// The outcomes of a rule.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// How many there are, `.err` first.
    pub count: usize,
    /// The place of the first band; bands follow in their order to the end. None for cases.
    pub bands_from: Option<usize>,
}

/// A payment from which weights are learnt.
pub struct Lesson {
    /// Its row.
    pub row: usize,
    /// Whether it is labelled.
    pub labelled: bool,
    /// For how much it counts: an episode is 1.
    pub weight: f64,
}

/// Steps of one fit.
const STEPS: usize = 240;
/// How much of Newton's step is made.
const PACE: f64 = 0.3;
/// So many episodes' worth of evidence that nothing is to be learnt stands against each step.
const PRIOR: f64 = 1.0;
/// How much a band learns from those beside it.
const NEIGHBOUR: f64 = 0.5;
/// A weight that stands for odds of a thousand against one; more of one rule is not believed.
const WEIGHT_MAX: f64 = 7.0;

impl Weights {
    /// Nothing weighs anything.
    pub fn none(outcomes: &[Shape]) -> Weights {
        Weights { of: outcomes.iter().map(|shape| vec![0.0; shape.count]).collect() }
    }

    /// Fits the weights of at most so many rules.
    pub fn fit(samples: &Samples, outcomes: &[Shape], most: usize, lessons: &[Lesson]) -> Weights {
        let mut fit = Fit::new(samples, outcomes, lessons);
        let mut rules: Vec<usize> = (0..outcomes.len()).collect();
        let mut chosen: Vec<usize> = Vec::new();
        for _ in 0..STEPS {
            let best = rules.iter().map(|rule| (fit.gain(*rule), *rule));
            let Some((_, rule)) = best.max_by(|one, other| one.0.total_cmp(&other.0)) else {
                break;
            };
            if !chosen.contains(&rule) {
                chosen.push(rule);
            }
            if chosen.len() == most {
                rules.clone_from(&chosen);
            }
            fit.step(rule);
        }
        fit.weights
    }

    /// To score rows with.
    pub fn scores(&self) -> Scores<'_> {
        let weighs = |(_, of): &(usize, &Vec<f64>)| of.iter().any(|weight| *weight > 0.0);
        let rules = self.of.iter().enumerate().filter(weighs);
        Scores(rules.map(|(rule, of)| (rule, of.as_slice())).collect())
    }

    /// Whole weights, in fives, of which the heaviest row sums to about a thousand.
    pub fn rounded(&self) -> Weights {
        let most: f64 = self.of.iter().map(|of| of.iter().copied().fold(0.0, f64::max)).sum();
        let scale = if most > 0.0 { 1_000.0 / most } else { 0.0 };
        let whole = |weight: &f64| (weight * scale / 5.0).round() * 5.0;
        Weights { of: self.of.iter().map(|of| of.iter().map(whole).collect()).collect() }
    }
}

/// The rules that weigh anything, with their weights.
pub struct Scores<'a>(Vec<(usize, &'a [f64])>);

impl Scores<'_> {
    /// The sum of a row's weights.
    pub fn of(&self, cells: &[u8]) -> f64 {
        self.0.iter().map(|(rule, of)| of[usize::from(cells[*rule])]).sum()
    }
}

/// A fit under way.
struct Fit<'a> {
    outcomes: &'a [Shape],
    lessons: &'a [Lesson],
    /// The outcome of each rule on each lesson: a row a rule.
    cells: Vec<Vec<u8>>,
    logits: Vec<f64>,
    bias: f64,
    /// How far each lesson is from what it should come to, and how fast that changes.
    errors: Vec<(f64, f64)>,
    weights: Weights,
}

impl<'a> Fit<'a> {
    fn new(samples: &Samples, outcomes: &'a [Shape], lessons: &'a [Lesson]) -> Fit<'a> {
        let cell = |rule: usize| {
            lessons.iter().map(|lesson| samples.row(lesson.row)[rule]).collect::<Vec<u8>>()
        };
        let cells = (0..outcomes.len()).map(cell).collect();
        let labelled = |lesson: &&Lesson| lesson.labelled;
        let all: f64 = lessons.iter().map(|lesson| lesson.weight).sum();
        let part: f64 = lessons.iter().filter(labelled).map(|lesson| lesson.weight).sum();
        let bias = (part.max(1e-9) / (all - part).max(1e-9)).ln();
        let mut fit = Fit {
            outcomes,
            lessons,
            cells,
            logits: vec![0.0; lessons.len()],
            bias,
            errors: vec![(0.0, 0.0); lessons.len()],
            weights: Weights::none(outcomes),
        };
        fit.look();
        fit
    }

    fn look(&mut self) {
        for ((lesson, logit), error) in self.lessons.iter().zip(&self.logits).zip(&mut self.errors)
        {
            let chance = sigmoid(self.bias + logit);
            let target = if lesson.labelled { 1.0 } else { 0.0 };
            *error = ((target - chance) * lesson.weight, chance * (1.0 - chance) * lesson.weight);
        }
    }

    /// By how much each outcome's weight should change, and what that gains.
    fn wanted(&self, rule: usize) -> (Vec<f64>, f64) {
        let shape = self.outcomes[rule];
        let mut sums = vec![(0.0, 0.0); shape.count];
        for (cell, (error, slope)) in self.cells[rule].iter().zip(&self.errors) {
            let sum = &mut sums[usize::from(*cell)];
            *sum = (sum.0 + error, sum.1 + slope);
        }
        let from = shape.bands_from.unwrap_or(shape.count);
        let (mut changes, mut gain) = (vec![0.0; shape.count], 0.0);
        for (place, change) in changes.iter_mut().enumerate().skip(1) {
            let (mut error, mut slope) = sums[place];
            let beside = [place.wrapping_sub(1), place + 1].into_iter();
            for beside in beside.filter(|beside| place >= from && *beside >= from) {
                let (more, steeper) = sums.get(beside).copied().unwrap_or_default();
                error += NEIGHBOUR * more;
                slope += NEIGHBOUR * steeper;
            }
            let weight = self.weights.of[rule][place];
            let wanted = weight + error / (slope + PRIOR);
            *change = wanted.clamp(0.0, WEIGHT_MAX) - weight;
            let (error, slope) = sums[place];
            gain += *change * error - 0.5 * *change * *change * (slope + PRIOR);
        }
        (changes, gain)
    }

    fn gain(&self, rule: usize) -> f64 {
        self.wanted(rule).1
    }

    fn step(&mut self, rule: usize) {
        let changes: Vec<f64> = self.wanted(rule).0.iter().map(|change| change * PACE).collect();
        for (weight, change) in self.weights.of[rule].iter_mut().zip(&changes) {
            *weight = (*weight + change).max(0.0);
        }
        for (logit, cell) in self.logits.iter_mut().zip(&self.cells[rule]) {
            *logit += changes[usize::from(*cell)];
        }
        self.look();
        let (error, slope) = self
            .errors
            .iter()
            .fold((0.0, 0.0), |sum, (error, slope)| (sum.0 + error, sum.1 + slope));
        self.bias += error / slope.max(1e-9) * PACE;
        self.look();
    }
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rules of three bands; the first one tells labelled payments from others, the second does not.
    #[test]
    fn what_tells_labelled_payments_from_others_weighs() {
        let mut samples = Samples { width: 2, ..Samples::default() };
        let mut lessons = Vec::new();
        for row in 0..90_u8 {
            samples.cells.extend([1 + row / 30, 1 + row % 3]);
            lessons.push(Lesson { row: row.into(), labelled: row >= 60, weight: 1.0 });
        }
        let shapes = [Shape { count: 4, bands_from: Some(1) }; 2];
        let weights = Weights::fit(&samples, &shapes, 2, &lessons).rounded();
        assert!(weights.of[0][3] > 900.0, "{weights:?}");
        assert!(weights.of[1].iter().all(|weight| *weight < 50.0), "{weights:?}");
        assert!(weights.of.iter().all(|of| of[0] == 0.0), "what is not known says nothing");
        let scores = weights.scores();
        assert!(scores.of(&[3, 1]) > scores.of(&[1, 3]) + 800.0);
    }
}
