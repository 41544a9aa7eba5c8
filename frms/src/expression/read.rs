//! From JSON to a tree.

use serde_json::Value;

use super::{Expression, ExpressionError, Fault, Node, Number, Operator};
use crate::Semantics;
use crate::limits::{EXPRESSION_DEPTH_MAX, EXPRESSION_PARTS_MAX};

/// Functions and constants that the peer's engine knows beside the four operators: what it makes of
/// them is its own. A name that stands here is refused, any other is a letter to it.
const ENGINE_NAMES: &str = " About Abs AbsArg AlgebraicNumbers All And Anything Apply Approx \
ApproxEqual ApproxNotEqual Arccos Arccot Arccsc Arcosh Arcoth Arcsch Arcsec Arcsin Arctan Arctan2 \
Argument Arsech Arsinh Artanh Assign Assume At BaseForm Block Booleans CartesianProduct \
CatalanConstant Ceil Chop Collections Complement \
Complex ComplexInfinity ComplexNumbers ComplexRoots \
Congruent Conjugate Cos Cosh Cot Coth Csc Csch \
Cycle D Declare Degrees Delimiter Denominator Derivative \
Dictionaries Dictionary DictionaryOf Dimensions Distribute Domain \
Domains Drop Element EmptySet Equal \
Equivalent Erf ErfInv Erfc Error ErrorCode EulerGamma Evaluate Exists Exp Expand ExponentialE \
ExtendedComplexNumbers ExtendedRealNumbers Factorial Factorial2 False Fill Filter First FixedPoint \
Flatten Floor FromDigits Function FunctionOf Functions GCD Gamma GammaLn GoldenRatio Greater \
GreaterEqual Half Haversine Head Hold HorizontalSpacing \
Hypot Identity If Imaginary ImaginaryNumbers \
ImaginaryUnit Implies Infimum Infinity IntegerString \
Integers Integrate InterquartileRange Intersection \
InvalidDomain InverseFunction InverseHaversine InvisibleOperator IsEmpty Iterate Join KeyValuePair \
Kurtosis LCM Last Latex LatexString Lb Length Less LessEqual \
Lg Limit Linspace List ListOf Lists Ln Log \
LogicOperators Loop MachineEpsilon Map Matrix Max Mean Median Min \
Mod Mode Most Mu0 N NaN ND NIntegrate \
NLimit Negate NegativeIntegers NegativeNumbers NonNegativeIntegers NonNegativeNumbers \
NonPositiveIntegers NonPositiveNumbers None Not \
NotApprox NotApproxEqual NotApproxNotEqual NotElement \
NotEqual NotGreater NotGreaterNotEqual NotLess \
NotLessNotEqual NotPrecedes NotSubset NotSubsetNotEqual \
NotSucceeds NotSuperset NotSupersetEqual NotTildeEqual NotTildeFullEqual \
Nothing NothingDomain Number Numbers \
Numerator NumeratorDenominator NumericFunctions OptArg Or Ordering \
Pair Parse Pi PositiveInfinity NegativeInfinity PositiveIntegers \
PositiveNumbers Power PreDecrement PreIncrement Precedes \
Predicates Product Quartiles RandomExpression \
Range Rank Rational RationalNumbers Real \
RealFunctions RealNumbers Reduce RelationalOperators Repeat \
Reshape Rest Reverse Root RotateLeft RotateRight Round \
Sec Sech Second Sequence Sequences SetMinus Sets \
Shuffle Sign Signatures Simplify Sin Single Sinh \
Skewness Sort Sqrt Square StandardDeviation String \
Strings Style Subscript Subset SubsetEqual Succeeds \
Sum Superset SupersetEqual Supremum Symbol Symbols \
SymmetricDifference Tabulate Tail Take Tally Tan Tanh TildeEqual TildeFullEqual Timing \
TranscendentalNumbers Transpose Triple True Tuple TupleOf Tuples \
Undefined Union Unique Values VarArg Variance \
Void Which Zip _1 e i ";

/// A number in text, as the peer's engine reads it: decimal, or hexadecimal after `0x`.
pub fn number_of_text(text: &str) -> Option<Number> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if let Some(digits) = unsigned.strip_prefix("0x") {
        let value = i64::from_str_radix(digits, 16).ok().filter(|value| *value >= 0)?;
        return Some(Number::whole(value).times(Number::whole(sign)));
    }
    Some(Number::of_decimal(unsigned)?.times(Number::whole(sign)))
}

pub(super) struct Reader<'a> {
    terms: &'a [&'a str],
    semantics: Semantics,
    letters: Vec<String>,
    parts: usize,
}

type Read = Result<Node, ExpressionError>;

impl<'a> Reader<'a> {
    pub(super) fn new(terms: &'a [&'a str], semantics: Semantics) -> Reader<'a> {
        Reader { terms, semantics, letters: Vec::new(), parts: 0 }
    }

    pub(super) fn read(mut self, json: &Value) -> Read {
        match json {
            Value::Array(parts) => self.array(parts, &mut Vec::new()),
            _ => Err(fault(&[], Fault::Shape)),
        }
    }

    fn node(&mut self, json: &Value, at: &mut Vec<usize>) -> Read {
        self.parts += 1;
        if at.len() > EXPRESSION_DEPTH_MAX || self.parts > EXPRESSION_PARTS_MAX {
            return Err(fault(at, Fault::Bound));
        }
        match json {
            Value::Array(parts) => self.array(parts, at),
            Value::String(text) => self.text(text, at),
            Value::Number(number) => {
                let number = number.as_f64().and_then(Number::of_float);
                number.map(Node::Number).ok_or_else(|| fault(at, Fault::Bound))
            }
            other => Err(fault(at, Fault::Unsupported(other.to_string()))),
        }
    }

    fn is_peer(&self) -> bool {
        self.semantics == Semantics::Peer
    }

    fn array(&mut self, parts: &[Value], at: &mut Vec<usize>) -> Read {
        let Some((head, operands)) = parts.split_first() else {
            return Err(fault(at, Fault::Shape));
        };
        match head {
            Value::String(name) => self.operation(name, operands, at),
            // Two numbers are a fraction to the peer's engine.
            Value::Number(_) if self.is_peer() => match parts {
                [Value::Number(_), Value::Number(_)] => {
                    let operands = self.operands(parts, 0, at)?;
                    Ok(Node::Operation(Operator::Divide, operands))
                }
                [Value::Number(_)] => Ok(Node::Invalid),
                _ => Err(fault(at, Fault::Shape)),
            },
            _ => Err(fault(at, Fault::Shape)),
        }
    }

    fn operation(&mut self, name: &str, operands: &[Value], at: &mut Vec<usize>) -> Read {
        let here = |what| fault(at, what);
        if self.terms.contains(&name) {
            // The peer would put the term's weight in the operator's place.
            return Err(here(Fault::Unsupported(name.to_owned())));
        }
        let Some(operator) = Operator::ALL.into_iter().find(|known| known.name() == name) else {
            let meant = Operator::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name));
            if is_engine_name(name) {
                return Err(here(Fault::Unsupported(name.to_owned())));
            }
            return match (self.semantics, meant) {
                (Semantics::Peer, _) => self.operands(operands, 1, at).map(Node::Opaque),
                (_, Some(meant)) => Err(here(Fault::Case(name.to_owned(), meant.name()))),
                (_, None) => Err(here(Fault::Operator(name.to_owned()))),
            };
        };
        let nodes = self.operands(operands, 1, at)?;
        self.counted(operator, nodes, at)
    }

    /// With as many operands as the operator takes.
    fn counted(&self, operator: Operator, operands: Vec<Node>, at: &[usize]) -> Read {
        let present = operands.len();
        if self.semantics == Semantics::Strict {
            let (takes, fits) = match operator {
                Operator::Add | Operator::Multiply => ("one operand or more", present >= 1),
                Operator::Subtract | Operator::Divide => ("two operands", present == 2),
            };
            if !fits {
                return Err(fault(at, Fault::Operands(operator.name(), takes, present)));
            }
            if let (Operator::Divide, Some(Node::Number(number))) = (operator, operands.get(1))
                && number.is_zero()
            {
                return Err(fault(at, Fault::Zero));
            }
            return Ok(Node::Operation(operator, operands));
        }
        let fits = match operator {
            Operator::Add | Operator::Multiply => true,
            Operator::Subtract => (1..=2).contains(&present),
            Operator::Divide => present == 2,
        };
        Ok(if fits { Node::Operation(operator, operands) } else { Node::Invalid })
    }

    fn operands(
        &mut self,
        parts: &[Value],
        first: usize,
        at: &mut Vec<usize>,
    ) -> Result<Vec<Node>, ExpressionError> {
        let mut nodes = Vec::with_capacity(parts.len());
        for (index, part) in parts.iter().enumerate() {
            at.push(index + first);
            nodes.push(self.node(part, at)?);
            at.pop();
        }
        Ok(nodes)
    }

    fn text(&mut self, text: &str, at: &[usize]) -> Read {
        if let Some(index) = self.terms.iter().position(|term| *term == text) {
            return Ok(Node::Term(index));
        }
        let number = number_of_text(text);
        match (self.semantics, number) {
            (Semantics::Strict, Some(_)) => Err(fault(at, Fault::Text(text.to_owned()))),
            (Semantics::Strict, None) => Err(fault(at, Fault::Name(text.to_owned()))),
            (Semantics::Peer, Some(number)) => Ok(Node::Number(number)),
            (Semantics::Peer, None) => self.name(text, at),
        }
    }

    /// A name that is no term's.
    fn name(&mut self, name: &str, at: &[usize]) -> Read {
        let unsigned = name.strip_prefix(['+', '-']).unwrap_or(name);
        let digits = unsigned.starts_with(|first: char| first.is_ascii_digit());
        let known = is_engine_name(name) || Operator::ALL.iter().any(|it| it.name() == name);
        match digits || known {
            true => Err(fault(at, Fault::Unsupported(name.to_owned()))),
            false if is_name(name) => Ok(Node::Letter(self.letter(name))),
            false => Ok(Node::Invalid),
        }
    }

    fn letter(&mut self, name: &str) -> usize {
        let known = self.letters.iter().position(|letter| letter == name);
        let place = known.unwrap_or_else(|| {
            self.letters.push(name.to_owned());
            self.letters.len() - 1
        });
        self.terms.len() + place
    }
}

impl Expression {
    /// Where a part stands, as a JSON pointer.
    pub(crate) fn pointer(at: &[usize]) -> String {
        at.iter().map(|index| format!("/{index}")).collect()
    }
}

fn fault(at: &[usize], what: Fault) -> ExpressionError {
    ExpressionError { at: format!("/expression{}", Expression::pointer(at)), what }
}

fn is_engine_name(name: &str) -> bool {
    !name.contains(' ') && !name.is_empty() && ENGINE_NAMES.contains(&format!(" {name} "))
}

/// Letters, digits and underscores, not beginning with a digit.
fn is_name(text: &str) -> bool {
    let first = |first: char| first.is_alphabetic() || first == '_';
    text.starts_with(first) && text.chars().all(|one| one.is_alphanumeric() || one == '_')
}
