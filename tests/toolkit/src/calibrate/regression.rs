//! Weights from labelled payments: a logistic regression on outcomes whose weights are not negative,
//! so that a score only ever rises with what is suspicious, and each weight can be told as a reason.

use super::samples::Samples;

/// Weights a rule and outcome; all 0 for outcome 0 (`.err`): what is not known says nothing.
#[derive(Clone, Debug)]
pub struct Weights {
    /// A row a rule.
    pub of: Vec<Vec<f64>>,
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

/// How often the gradient is followed.
const STEPS: usize = 100;
/// What keeps a weight from growing without need.
const LASSO: f64 = 0.02;
const RIDGE: f64 = 0.01;

impl Weights {
    /// Nothing weighs anything.
    pub fn none(outcomes: &[usize]) -> Weights {
        Weights { of: outcomes.iter().map(|count| vec![0.0; *count]).collect() }
    }

    /// Fits `rules`; the others weigh nothing.
    pub fn fit(
        samples: &Samples,
        outcomes: &[usize],
        rules: &[bool],
        lessons: &[Lesson],
    ) -> Weights {
        let rules: Vec<usize> = (0..outcomes.len()).filter(|rule| rules[*rule]).collect();
        let starts: Vec<usize> = rules
            .iter()
            .scan(1, |next, rule| {
                let start = *next;
                *next += outcomes[*rule] - 1;
                Some(start)
            })
            .collect();
        let width = 1 + rules.iter().map(|rule| outcomes[*rule] - 1).sum::<usize>();
        // Place 0 is what says nothing.
        let mut places: Vec<u16> = Vec::with_capacity(lessons.len() * rules.len());
        for lesson in lessons {
            let cells = samples.row(lesson.row);
            places.extend(rules.iter().zip(&starts).map(|(rule, start)| match cells[*rule] {
                0 => 0,
                cell => (start + usize::from(cell) - 1) as u16,
            }));
        }
        let mut descent = Descent::new(width);
        for _ in 0..STEPS {
            descent.step(&places, rules.len(), lessons);
        }
        let mut weights = Weights::none(outcomes);
        for (rule, start) in rules.iter().zip(&starts) {
            let of = &descent.weights[*start..*start + outcomes[*rule] - 1];
            weights.of[*rule][1..].copy_from_slice(of);
        }
        weights
    }

    /// The sum of a row's weights.
    pub fn score(&self, cells: &[u8]) -> f64 {
        let each = self.of.iter().zip(cells);
        each.map(|(of, cell)| of[usize::from(*cell)]).sum()
    }

    /// Whole weights, in fives, of which the heaviest row sums to about a thousand.
    pub fn rounded(&self) -> Weights {
        let most: f64 = self.of.iter().map(|of| of.iter().copied().fold(0.0, f64::max)).sum();
        let scale = if most > 0.0 { 1_000.0 / most } else { 0.0 };
        let whole = |weight: &f64| (weight * scale / 5.0).round() * 5.0;
        Weights { of: self.of.iter().map(|of| of.iter().map(whole).collect()).collect() }
    }
}

/// Gradient descent with a step of its own for each weight.
struct Descent {
    weights: Vec<f64>,
    squares: Vec<f64>,
    bias: f64,
    bias_square: f64,
}

impl Descent {
    fn new(width: usize) -> Descent {
        Descent {
            weights: vec![0.0; width],
            squares: vec![0.0; width],
            bias: -3.0,
            bias_square: 0.0,
        }
    }

    fn step(&mut self, places: &[u16], rules: usize, lessons: &[Lesson]) {
        let mut gradient = vec![0.0; self.weights.len()];
        let mut bias_gradient = 0.0;
        for (row, lesson) in places.chunks_exact(rules).zip(lessons) {
            let logit: f64 = row.iter().map(|place| self.weights[usize::from(*place)]).sum();
            let target = if lesson.labelled { 1.0 } else { 0.0 };
            let error = (sigmoid(self.bias + logit) - target) * lesson.weight;
            bias_gradient += error;
            row.iter().for_each(|place| gradient[usize::from(*place)] += error);
        }
        let each = self.weights.iter_mut().zip(&gradient).zip(&mut self.squares);
        for ((weight, gradient), square) in each.skip(1) {
            let gradient = gradient + LASSO + RIDGE * *weight;
            *square += gradient * gradient;
            *weight = (*weight - 0.6 * gradient / square.sqrt().max(1e-9)).max(0.0);
        }
        self.bias_square += bias_gradient * bias_gradient;
        self.bias -= 0.6 * bias_gradient / self.bias_square.sqrt().max(1e-9);
    }
}

fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
