//! What a tree comes to.
//!
//! The engine works in two steps, which can be told from the results: it first folds what are numbers as
//! they stand, then evaluates the rest. What belongs to the first step is kept in [`Form`].

use std::cmp::Ordering;

use super::{Node, Number, Operator, Weight};

/// The value of a part.
#[derive(Clone, Debug)]
enum Value {
    Number(Number),
    Infinite {
        negative: bool,
    },
    NotANumber,
    /// Letters with coefficients, and a number.
    Linear(Box<Linear>),
    /// Algebra that is not followed further.
    Opaque,
    /// An operator without its operands, or text that is neither name nor number.
    Invalid,
}

/// `constant + coefficient * letter + ...`.
#[derive(Clone, Debug)]
struct Linear {
    constant: Number,
    letters: Vec<(usize, Number)>,
}

/// A part with what the engine knows of it before it evaluates.
#[derive(Clone, Debug)]
struct Part {
    value: Value,
    form: Form,
    /// Numerator and denominator, of a quotient that it has not made a number of.
    quotient: Option<(Value, Form, Value)>,
}

/// What a part is before it is evaluated.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a question of its own")]
struct Form {
    /// A number or weight, not computed at all.
    bare: bool,
    /// The same, or one in an operator of its own.
    leaf: bool,
    /// A number already.
    literal: bool,
    /// A number divided by 0 already.
    boundless: bool,
    /// A product that is no number yet.
    product: bool,
}

type Weights<'a> = &'a dyn Fn(usize) -> Weight;

pub(super) fn score(root: &Node, weights: Weights<'_>) -> f64 {
    if let Some(sum) = plain_sum(root, weights) {
        return sum.to_float();
    }
    match part(root, weights).value {
        Value::Number(number) => number.to_float(),
        Value::Infinite { negative: false } => f64::INFINITY,
        Value::Infinite { negative: true } => f64::NEG_INFINITY,
        Value::NotANumber => f64::NAN,
        Value::Linear(_) | Value::Opaque | Value::Invalid => 0.0,
    }
}

/// A sum of terms that all have a weight, which most typologies are.
fn plain_sum(root: &Node, weights: Weights<'_>) -> Option<Number> {
    let Node::Operation(Operator::Add, operands) = root else { return None };
    operands.iter().try_fold(Number::ZERO, |sum, operand| match operand {
        Node::Number(number) => Some(sum.plus(*number)),
        Node::Term(index) => match weights(*index) {
            Weight::Number(number) => Some(sum.plus(number)),
            Weight::Missing => None,
        },
        _ => None,
    })
}

fn part(node: &Node, weights: Weights<'_>) -> Part {
    match node {
        Node::Number(number) => Part::bare(*number),
        Node::Term(index) => match weights(*index) {
            Weight::Number(number) => Part::bare(number),
            Weight::Missing => Part::of(letter(*index)),
        },
        Node::Letter(index) => Part::of(letter(*index)),
        Node::Invalid => Part::of(Value::Invalid),
        Node::Opaque(operands) => {
            let invalid = |node| matches!(part(node, weights).value, Value::Invalid);
            let invalid = operands.iter().any(invalid);
            Part::of(if invalid { Value::Invalid } else { Value::Opaque })
        }
        Node::Operation(operator, operands) => {
            let mut parts = operands.iter().map(|node| part(node, weights));
            match operator {
                Operator::Add => sum(parts),
                Operator::Multiply => product(parts),
                Operator::Subtract => match (parts.next(), parts.next()) {
                    (Some(only), None) => only.opposite(),
                    (Some(one), Some(two)) => sum([one, two.opposite()].into_iter()),
                    _ => Part::of(Value::Invalid),
                },
                Operator::Divide => match (parts.next(), parts.next()) {
                    (Some(one), Some(two)) => quotient(one, two),
                    _ => Part::of(Value::Invalid),
                },
            }
        }
    }
}

fn letter(index: usize) -> Value {
    Value::Linear(Box::new(Linear { constant: Number::ZERO, letters: vec![(index, Number::ONE)] }))
}

impl Part {
    fn of(value: Value) -> Part {
        Part { value, form: Form::default(), quotient: None }
    }

    fn bare(number: Number) -> Part {
        let form = Form { bare: true, leaf: true, literal: true, ..Form::default() };
        Part { value: Value::Number(number), form, quotient: None }
    }

    fn folded(value: Value) -> Part {
        let literal = matches!(value, Value::Number(_));
        let form = Form { literal, boundless: !literal, ..Form::default() };
        Part { value, form, quotient: None }
    }

    /// As the only operand of something that leaves it as it is.
    fn alone(self) -> Part {
        Part { form: Form { bare: false, ..self.form }, ..self }
    }

    fn is_zero(&self) -> bool {
        matches!(self.value, Value::Number(number) if number.is_zero())
    }

    /// 1 or, with `negative`, -1, before anything is evaluated.
    fn is_unit(&self, negative: bool) -> bool {
        let unit = |number: Number| number.is_unit(negative);
        self.form.literal && matches!(self.value, Value::Number(number) if unit(number))
    }

    /// The negative.
    fn opposite(self) -> Part {
        let value = match self.value {
            // The engine turns the sign of a factor, and then forgets it.
            Value::Infinite { negative } if self.form.product => Value::Infinite { negative },
            value => negated(value),
        };
        let quotient = self.quotient.map(|(above, form, below)| (negated(above), form, below));
        Part { value, form: self.form, quotient }.alone()
    }
}

fn sum(parts: impl Iterator<Item = Part>) -> Part {
    let mut total = Total::default();
    let (mut only, mut others) = (None, false);
    for part in parts {
        total.add(part.value.clone());
        // Zeros are left out before anything else is done.
        if part.form.literal && part.is_zero() {
            continue;
        }
        others |= only.is_some();
        only = only.or(Some(part));
    }
    match only {
        _ if matches!(total.value(), Value::Invalid) => Part::of(Value::Invalid),
        None => Part::folded(Value::Number(Number::ZERO)),
        Some(only) if !others => only.alone(),
        Some(_) => Part::of(total.value()),
    }
}

/// A sum so far.
#[derive(Default)]
struct Total {
    constant: Option<Number>,
    letters: Option<Linear>,
    up: bool,
    down: bool,
    unknown: bool,
    nan: bool,
    invalid: bool,
}

impl Total {
    fn add(&mut self, value: Value) {
        match value {
            Value::Number(number) => self.plus(number),
            Value::Infinite { negative: true } => self.down = true,
            Value::Infinite { negative: false } => self.up = true,
            Value::NotANumber => self.nan = true,
            Value::Opaque => self.unknown = true,
            Value::Invalid => self.invalid = true,
            Value::Linear(more) => {
                self.plus(more.constant);
                let none = || Linear { constant: Number::ZERO, letters: Vec::new() };
                let all = self.letters.get_or_insert_with(none);
                more.letters.into_iter().for_each(|(index, by)| all.add(index, by));
            }
        }
    }

    fn plus(&mut self, number: Number) {
        self.constant = Some(self.constant.map_or(number, |so_far| so_far.plus(number)));
    }

    fn value(&self) -> Value {
        let constant = self.constant.unwrap_or(Number::ZERO);
        match (self.invalid, self.nan || (self.up && self.down), self.up || self.down) {
            (true, _, _) => Value::Invalid,
            (_, true, _) => Value::NotANumber,
            (_, _, true) => Value::Infinite { negative: self.down },
            _ if self.unknown => Value::Opaque,
            _ => match &self.letters {
                None => Value::Number(constant),
                Some(linear) => linear.clone().with(constant),
            },
        }
    }
}

impl Linear {
    fn add(&mut self, index: usize, by: Number) {
        match self.letters.iter_mut().find(|(known, _)| *known == index) {
            Some((_, coefficient)) => *coefficient = coefficient.plus(by),
            None => self.letters.push((index, by)),
        }
    }

    /// A number if all letters have fallen out.
    fn with(mut self, constant: Number) -> Value {
        self.letters.retain(|(_, coefficient)| !coefficient.is_zero());
        self.constant = constant;
        match self.letters.is_empty() {
            true => Value::Number(constant),
            false => Value::Linear(Box::new(self)),
        }
    }

    fn scaled(mut self, by: Number) -> Value {
        self.letters.iter_mut().for_each(|(_, coefficient)| *coefficient = coefficient.times(by));
        let constant = self.constant.times(by);
        self.with(constant)
    }
}

fn negated(value: Value) -> Value {
    match value {
        Value::Number(number) => Value::Number(number.negated()),
        Value::Infinite { negative } => Value::Infinite { negative: !negative },
        Value::Linear(linear) => linear.scaled(Number::whole(-1)),
        other => other,
    }
}

fn product(mut parts: impl Iterator<Item = Part>) -> Part {
    let (one, two, three) = (parts.next(), parts.next(), parts.next());
    match (one, two, three) {
        (None, _, _) => Part::folded(Value::Number(Number::ONE)),
        (Some(only), None, _) => only.alone(),
        (Some(one), Some(two), None) => of_two(one, two),
        (one, two, three) => {
            let first = [one, two, three].into_iter().flatten();
            let mut factors = Factors::default();
            first.chain(parts).for_each(|part| factors.take(part));
            factors.part()
        }
    }
}

/// 1 or -1 as it stands, times something: that, or its negative, the sign of the infinite kept.
fn of_two(one: Part, two: Part) -> Part {
    let unit = |part: &Part, negative| part.form.leaf && part.is_unit(negative);
    if unit(&one, false) {
        return two.alone();
    }
    if unit(&two, false) {
        return one.alone();
    }
    if unit(&one, true) {
        return two.opposite();
    }
    if unit(&two, true) {
        return one.opposite();
    }
    // Two factors alone, the boundless one first: the 0 counts.
    if two.form.literal && two.is_zero() && matches!(one.value, Value::Infinite { .. }) {
        return Part::folded(Value::Number(Number::ZERO));
    }
    let mut factors = Factors::default();
    factors.take(one);
    factors.take(two);
    factors.part()
}

/// A product so far.
struct Factors {
    constant: Number,
    letters: Option<Box<Linear>>,
    infinite: bool,
    unknown: bool,
    nan: bool,
    invalid: bool,
    /// All are numbers as they stand; one of them is 0; one is a number by 0.
    literal: bool,
    zero: bool,
    boundless: bool,
}

impl Default for Factors {
    fn default() -> Factors {
        Factors {
            constant: Number::ONE,
            letters: None,
            infinite: false,
            unknown: false,
            nan: false,
            invalid: false,
            literal: true,
            zero: false,
            boundless: false,
        }
    }
}

impl Factors {
    fn take(&mut self, part: Part) {
        self.literal &= part.form.literal;
        self.zero |= part.form.literal && part.is_zero();
        self.boundless |= part.form.boundless;
        match part.value {
            Value::Number(number) => self.constant = self.constant.times(number),
            Value::Infinite { .. } => self.infinite = true,
            Value::NotANumber => self.nan = true,
            Value::Invalid => self.invalid = true,
            Value::Opaque => self.unknown = true,
            Value::Linear(more) => self.unknown |= self.letters.replace(more).is_some(),
        }
    }

    fn part(self) -> Part {
        if self.invalid {
            return Part::of(Value::Invalid);
        }
        // With a 0 nobody looks at the rest, unless something boundless stands there, too.
        if self.zero && !self.boundless {
            return Part::folded(Value::Number(Number::ZERO));
        }
        let value = match (self.nan, self.infinite, self.constant.is_zero()) {
            (true, _, _) | (_, true, true) => Value::NotANumber,
            // The engine forgets the signs.
            (_, true, false) => Value::Infinite { negative: false },
            (_, _, true) => Value::Number(Number::ZERO),
            _ if self.unknown => Value::Opaque,
            _ => match self.letters {
                None => Value::Number(self.constant),
                Some(linear) => linear.scaled(self.constant),
            },
        };
        if self.literal {
            return Part::folded(value);
        }
        let boundless = self.boundless && !matches!(value, Value::Number(_));
        let form = Form { product: true, boundless, ..Form::default() };
        Part { value, form, quotient: None }
    }
}

fn quotient(one: Part, two: Part) -> Part {
    if let (Some((above, form, below)), None) = (&one.quotient, &two.quotient) {
        // Where a quotient is divided, the engine multiplies: (a / b) / c comes to a * c / b.
        let above = Part { value: above.clone(), form: *form, quotient: None };
        let above = of_two(above, two);
        let below = Part::of(below.clone());
        return quotient(above, below);
    }
    let whole = |part: &Part| match part.value {
        // Decimals are left for the evaluation.
        Value::Number(number) => part.form.literal && (!part.form.leaf || number.is_whole()),
        _ => false,
    };
    let literal = one.form.literal && two.form.literal;
    let by_unit = two.is_unit(false) || two.is_unit(true);
    let zero_first = one.form.literal && !(one.form.bare && two.form.bare);
    let value = divided(one.value.clone(), two.value.clone(), zero_first);
    let number = matches!(value, Value::Number(_));
    let folds = literal && (by_unit || (whole(&one) && whole(&two)));
    if folds && (number || (one.form.bare && two.form.bare)) {
        return Part::folded(value);
    }
    // 0 by anything, and a fraction's one part, are no quotients, either.
    let inverse = |number: Number| Number::ONE.over(number).is_some_and(Number::is_whole);
    let part = |two: &Part| match two.value {
        Value::Number(number) => !two.form.leaf && two.form.literal && inverse(number),
        _ => false,
    };
    if one.form.literal && one.is_zero() && matches!(value, Value::Number(_)) {
        return Part::folded(value);
    }
    let quotient = (!by_unit && !part(&two)).then_some((one.value, one.form, two.value));
    Part { value, form: Form::default(), quotient }
}

/// `zero_first`: a numerator of 0 is known to be 0 before the denominator is looked at.
fn divided(above: Value, below: Value, zero_first: bool) -> Value {
    let sign = |number: Number| number.sign() == Ordering::Less;
    match (above, below) {
        (Value::Invalid, _) | (_, Value::Invalid) => Value::Invalid,
        (Value::Number(above), Value::Number(below)) => match above.over(below) {
            Some(number) => Value::Number(number),
            None if above.is_zero() && zero_first => Value::Number(Number::ZERO),
            None if above.is_zero() => Value::NotANumber,
            None => Value::Infinite { negative: sign(above) },
        },
        (Value::Number(above), _) if above.is_zero() => Value::Number(Number::ZERO),
        (Value::NotANumber, Value::Linear(_) | Value::Opaque) => Value::Opaque,
        (Value::Linear(_) | Value::Opaque, Value::NotANumber) => Value::Opaque,
        (Value::NotANumber, _) | (_, Value::NotANumber) => Value::NotANumber,
        (Value::Infinite { .. }, Value::Infinite { .. }) => Value::NotANumber,
        (Value::Infinite { negative }, Value::Number(below)) => {
            Value::Infinite { negative: negative != sign(below) }
        }
        (Value::Number(_), Value::Infinite { .. }) => Value::Number(Number::ZERO),
        (Value::Linear(linear), Value::Number(below)) => match Number::ONE.over(below) {
            Some(by) => linear.scaled(by),
            None => Value::Opaque,
        },
        _ => Value::Opaque,
    }
}

type Range = Option<(Number, Number)>;

pub(super) fn range(node: &Node, of: &dyn Fn(usize) -> (Number, Number)) -> Range {
    match node {
        Node::Number(number) => Some((*number, *number)),
        Node::Term(index) => Some(of(*index)),
        Node::Operation(operator, operands) => {
            let mut ranges = operands.iter().map(|node| range(node, of));
            let Some(first) = ranges.next() else {
                let unit = if *operator == Operator::Add { Number::ZERO } else { Number::ONE };
                return Some((unit, unit));
            };
            let first = first?;
            let first = match (operator, operands.len()) {
                (Operator::Subtract, 1) => (first.1.negated(), first.0.negated()),
                _ => first,
            };
            ranges.try_fold(first, |all, next| combined(*operator, all, next?))
        }
        _ => None,
    }
}

fn combined(operator: Operator, one: (Number, Number), two: (Number, Number)) -> Range {
    match operator {
        Operator::Add => Some((one.0.plus(two.0), one.1.plus(two.1))),
        Operator::Subtract => Some((one.0.plus(two.1.negated()), one.1.plus(two.0.negated()))),
        Operator::Multiply => Some(hull(corners(one, two).map(|(one, two)| one.times(two)))),
        Operator::Divide => {
            let same_side = two.0.sign() == two.1.sign() && !two.0.is_zero();
            let quotient = |(one, two): (Number, Number)| one.over(two).unwrap_or(Number::ZERO);
            same_side.then(|| hull(corners(one, two).map(quotient)))
        }
    }
}

fn corners(one: (Number, Number), two: (Number, Number)) -> [(Number, Number); 4] {
    [(one.0, two.0), (one.0, two.1), (one.1, two.0), (one.1, two.1)]
}

fn hull(values: [Number; 4]) -> (Number, Number) {
    let [first, rest @ ..] = values;
    let less = |one: Number, two: Number| one.plus(two.negated()).sign() == Ordering::Less;
    rest.iter().fold((first, first), |(least, most), value| {
        let least = if less(*value, least) { *value } else { least };
        (least, if less(most, *value) { *value } else { most })
    })
}
