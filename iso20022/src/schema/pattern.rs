/// A regular expression of XML Schema: classes, groups, alternatives and counts over ASCII.
#[derive(Debug)]
pub(super) struct Pattern {
    alternatives: Vec<Vec<Piece>>,
    /// No longer text can match.
    longest: usize,
    pub(super) text: &'static str,
}

#[derive(Debug)]
struct Piece {
    atom: Atom,
    least: usize,
    most: usize,
}

#[derive(Debug)]
enum Atom {
    /// Inclusive byte ranges.
    Class(Vec<(u8, u8)>),
    Group(Vec<Vec<Piece>>),
}

impl Pattern {
    /// None for what is not known here.
    pub(super) fn parse(text: &'static str) -> Option<Pattern> {
        let mut rest = text.as_bytes();
        let alternatives = alternatives(&mut rest)?;
        let longest = longest(&alternatives);
        rest.is_empty().then_some(Pattern { alternatives, longest, text })
    }

    /// Whether the whole text matches.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text = text.as_bytes();
        text.len() <= self.longest
            && self
                .alternatives
                .iter()
                .any(|pieces| sequence(pieces, 0, text, 0, &|at| at == text.len()))
    }
}

fn longest(alternatives: &[Vec<Piece>]) -> usize {
    let piece = |piece: &Piece| match &piece.atom {
        Atom::Class(_) => piece.most,
        Atom::Group(inner) => piece.most.saturating_mul(longest(inner)),
    };
    let sum = |pieces: &Vec<Piece>| pieces.iter().map(piece).fold(0, usize::saturating_add);
    alternatives.iter().map(sum).max().unwrap_or(0)
}

fn alternatives(rest: &mut &[u8]) -> Option<Vec<Vec<Piece>>> {
    let mut alternatives = vec![Vec::new()];
    while let [first, after @ ..] = *rest {
        match first {
            b')' => break,
            b'|' => {
                *rest = after;
                alternatives.push(Vec::new());
            }
            _ => {
                let atom = atom(rest)?;
                let (least, most) = count(rest)?;
                alternatives.last_mut()?.push(Piece { atom, least, most });
            }
        }
    }
    Some(alternatives)
}

fn next(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

fn atom(rest: &mut &[u8]) -> Option<Atom> {
    match next(rest)? {
        b'(' => {
            let inner = alternatives(rest)?;
            (next(rest)? == b')').then_some(Atom::Group(inner))
        }
        b'[' => class(rest),
        // Any character but line ends; a character is one or more bytes.
        b'.' => Some(Atom::Class(vec![(0, 9), (11, 12), (14, 255)])),
        b'\\' => next(rest).filter(u8::is_ascii_punctuation).map(|b| Atom::Class(vec![(b, b)])),
        b if b.is_ascii_alphanumeric() || matches!(b, b'-' | b' ' | b'/' | b':') => {
            Some(Atom::Class(vec![(b, b)]))
        }
        _ => None,
    }
}

fn class(rest: &mut &[u8]) -> Option<Atom> {
    let mut ranges = Vec::new();
    loop {
        let first = match next(rest)? {
            b']' => return Some(Atom::Class(ranges)),
            b'\\' => next(rest).filter(u8::is_ascii_punctuation)?,
            b'^' | b'[' => return None,
            b => b,
        };
        match *rest {
            [b'-', last, ..] if *last != b']' => {
                ranges.push((first, *last));
                *rest = &rest[2..];
            }
            _ => ranges.push((first, first)),
        }
    }
}

fn count(rest: &mut &[u8]) -> Option<(usize, usize)> {
    let (bounds, length) = match *rest {
        [b'?', ..] => ((0, 1), 1),
        [b'*', ..] => ((0, usize::MAX), 1),
        [b'+', ..] => ((1, usize::MAX), 1),
        [b'{', inner @ ..] => {
            let length = inner.iter().position(|&b| b == b'}')?;
            let inner = std::str::from_utf8(&inner[..length]).ok()?;
            let (least, most) = inner.split_once(',').unwrap_or((inner, inner));
            let most = if most.is_empty() { usize::MAX } else { most.parse().ok()? };
            ((least.parse().ok()?, most), length + 2)
        }
        _ => ((1, 1), 0),
    };
    *rest = &rest[length..];
    Some(bounds)
}

/// Whether `pieces`, of the first of which `done` repetitions have matched, match from `at` on so
/// that `then` accepts where they end. Greedy, with backtracking.
fn sequence(
    pieces: &[Piece],
    done: usize,
    text: &[u8],
    at: usize,
    then: &dyn Fn(usize) -> bool,
) -> bool {
    let Some((piece, rest)) = pieces.split_first() else { return then(at) };
    match &piece.atom {
        Atom::Class(ranges) => {
            let fits = |b: &&u8| ranges.iter().any(|(first, last)| (first..=last).contains(b));
            let most = text[at..].iter().take(piece.most).take_while(fits).count();
            (piece.least..=most).rev().any(|count| sequence(rest, 0, text, at + count, then))
        }
        Atom::Group(inner) => {
            let again = |end: usize| end > at && sequence(pieces, done + 1, text, end, then);
            let more = done < piece.most
                && inner.iter().any(|pieces| sequence(pieces, 0, text, at, &again));
            more || (done >= piece.least && sequence(rest, 0, text, at, then))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// pattern, text, whether it matches
    const ROWS: &[(&str, &str, bool)] = &[
        ("[A-Z]{3,3}", "EUR", true),
        ("[A-Z]{3,3}", "EURO", false),
        ("[A-Z]{3,3}", "EUr", false),
        ("[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}", "BANKDEFF", true),
        ("[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}", "BANKDEFFXXX", true),
        ("[A-Z0-9]{4,4}[A-Z]{2,2}[A-Z0-9]{2,2}([A-Z0-9]{3,3}){0,1}", "BANKDEFFXX", false),
        ("\\+[0-9]{1,3}-[0-9()+\\-]{1,30}", "+49-(0)30-123", true),
        ("\\+[0-9]{1,3}-[0-9()+\\-]{1,30}", "49-30", false),
        ("[BEOVW]{1,1}[0-9]{2,2}|DUM", "DUM", true),
        ("[BEOVW]{1,1}[0-9]{2,2}|DUM", "B12", true),
        ("[BEOVW]{1,1}[0-9]{2,2}|DUM", "B12DUM", false),
        ("([0-9A-F][0-9A-F]){2}", "00FF", true),
        ("([0-9A-F][0-9A-F]){2}", "00FFA", false),
        (".*Z", "é Z", true),
        (".*Z", "Z\nZ", false),
        ("[\\+]{0,1}[0-9]{1,15}", "+1", true),
        ("[0-9a-fA-F]+", "", false),
    ];

    #[test]
    fn rows() {
        for (pattern, text, expected) in ROWS {
            assert_eq!(
                Pattern::parse(pattern).unwrap().matches(text),
                *expected,
                "{pattern} {text}"
            );
        }
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for pattern in ["[^a]", "\\d", "a$", "(a", "a)", "[a", "a{x}"] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }
}
