//! A typology's expression: MathJSON arrays of `Add`, `Subtract`, `Multiply` and `Divide` over term
//! ids and numbers (frms.md §1.5, §2.3), read once and evaluated for every payment.
//!
//! The peer evaluates it with a computer algebra engine. What that engine makes of everything that is
//! not plain arithmetic was found out by running it, and is [`Semantics::Peer`]:
//!
//! * numbers are exact: 0.1 + 0.2 is 0.3, a third times three is 1;
//! * a term without a value (its rule's outcome has no weight) stays a letter, as in algebra: the score
//!   is 0 unless the letter falls out (`t - t`, `0 * t`);
//! * operators that the engine does not know, lower-case ones among them, are letters, too;
//! * dividing by 0 is infinite, which every threshold lets through, 0 by 0 is not a number, which none
//!   does, and a product with something infinite in it is positive, whatever its signs;
//! * `["Add"]` is 0, `["Multiply"]` is 1, `["Subtract", a]` is -a; any other number of operands to
//!   `Subtract` or `Divide` than two makes the score 0;
//! * a quotient divided again is multiplied: `(a / b) / c` comes to `a * c / b`, unless `a / b` is one of
//!   whole numbers as they stand;
//! * numbers as text are numbers.
//!
//! Decimals that are products or quotients of sums can differ from the engine's in the last digit of a
//! float, where it computes with floats; what it makes of a letter that is divided by 0 or cancelled
//! against itself in a product is not followed: the score is 0 here.
//!
//! In [`Semantics::Strict`] each of these is an error in the configuration, except that numbers are
//! exact.

mod evaluate;
mod number;
mod read;

use thiserror::Error;

use crate::Semantics;
use crate::limits::{EXPRESSION_DEPTH_MAX, EXPRESSION_PARTS_MAX};

pub use self::number::Number;
pub use self::read::number_of_text;

/// A typology's expression, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression {
    root: Node,
    terms: usize,
}

/// What a term weighs in one evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Weight {
    /// So much.
    Number(Number),
    /// The outcome has no weight.
    Missing,
}

/// The operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Add,
    Subtract,
    Multiply,
    Divide,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Number(Number),
    /// The weight of a term.
    Term(usize),
    /// A name that is no term's: a letter, numbered after the terms.
    Letter(usize),
    /// An operator that the engine does not know: a letter that falls out only when multiplied by 0.
    Opaque(Vec<Node>),
    /// Makes the score 0.
    Invalid,
    Operation(Operator, Vec<Node>),
}

/// Why an expression is none. The configuration's author's to mend.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{at}: {what}")]
pub struct ExpressionError {
    /// Where, as a JSON pointer within the expression.
    pub at: String,
    /// What is wrong and how to mend it.
    pub what: Fault,
}

/// What can be wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Not an array.
    #[error("an expression is an array that begins with Add, Subtract, Multiply or Divide")]
    Shape,
    /// An operator in another case.
    #[error("{0} is not {1}: the peer scores 0 for it")]
    Case(String, &'static str),
    /// An operator that the peer does not know.
    #[error(
        "{0} is no operator: the peer scores 0 for it; there are Add, Subtract, Multiply, Divide"
    )]
    Operator(String),
    /// Something that the peer's engine evaluates and this one does not.
    #[error("{0} is not supported; there are Add, Subtract, Multiply, Divide")]
    Unsupported(String),
    /// A name that no rule of the typology has as its `termId`.
    #[error("{0} is no term of this typology: the peer scores 0 for it")]
    Name(String),
    /// A number in quotation marks.
    #[error("the number {0} is text: leave the quotation marks out")]
    Text(String),
    /// Not two operands, or none.
    #[error("{0} takes {1}, and has {2}")]
    Operands(&'static str, &'static str, usize),
    /// Divided by a literal 0.
    #[error("this divides by 0")]
    Zero,
    /// Too deep or too large.
    #[error(
        "an expression has at most {EXPRESSION_DEPTH_MAX} levels and {EXPRESSION_PARTS_MAX} parts"
    )]
    Bound,
}

impl Expression {
    /// Reads an expression over these terms, whose places in the list are their indices.
    ///
    /// # Errors
    /// The first fault; in the peer's semantics only what has no score there either, or what only the
    /// peer's engine evaluates.
    pub fn read(
        json: &serde_json::Value,
        terms: &[&str],
        semantics: Semantics,
    ) -> Result<Expression, ExpressionError> {
        let root = read::Reader::new(terms, semantics).read(json)?;
        Ok(Expression { root, terms: terms.len() })
    }

    /// The sum of all terms.
    pub fn sum_of(terms: usize) -> Expression {
        let operands = (0..terms).map(Node::Term).collect();
        Expression { root: Node::Operation(Operator::Add, operands), terms }
    }

    /// The score: each term's weight put in and evaluated. It can be infinite or not a number, and is
    /// 0 where the peer's engine arrives at no number. Allocates nothing unless a weight is missing.
    pub fn score(&self, weight: impl Fn(usize) -> Weight) -> f64 {
        evaluate::score(&self.root, &weight)
    }

    /// The terms of which it is the sum, where it is nothing else.
    pub(crate) fn summands(&self) -> Option<Vec<usize>> {
        let Node::Operation(Operator::Add, operands) = &self.root else { return None };
        let term = |node: &Node| match node {
            Node::Term(index) => Some(*index),
            _ => None,
        };
        operands.iter().map(term).collect()
    }

    /// The least and the most that it can come to, from those of each term; none if it may divide by 0
    /// or is not arithmetic throughout.
    pub fn range(&self, of: impl Fn(usize) -> (Number, Number)) -> Option<(Number, Number)> {
        evaluate::range(&self.root, &of)
    }

    /// How often a term stands in it.
    pub fn count(&self, term: usize) -> usize {
        self.root.count(term)
    }

    /// How many terms there are.
    pub fn terms(&self) -> usize {
        self.terms
    }
}

impl Node {
    fn count(&self, term: usize) -> usize {
        match self {
            Node::Term(index) => usize::from(*index == term),
            Node::Operation(_, operands) | Node::Opaque(operands) => {
                operands.iter().map(|node| node.count(term)).sum()
            }
            Node::Number(_) | Node::Letter(_) | Node::Invalid => 0,
        }
    }
}

impl Operator {
    const ALL: [Operator; 4] =
        [Operator::Add, Operator::Subtract, Operator::Multiply, Operator::Divide];

    fn name(self) -> &'static str {
        match self {
            Operator::Add => "Add",
            Operator::Subtract => "Subtract",
            Operator::Multiply => "Multiply",
            Operator::Divide => "Divide",
        }
    }
}
