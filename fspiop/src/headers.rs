//! The headers of an FSPIOP request, independent of any HTTP library.

mod request;
mod trace;

pub use request::RequestHeaders;
pub use trace::TraceParent;

use std::fmt;

use crate::error::{ErrorCode, Refusal};

/// Header lines in their order, duplicates visible. Names compare without regard to case.
///
/// All lines share one text: a message has a dozen of them and is copied at every hop.
#[derive(Clone, Default)]
pub struct HeaderList {
    text: String,
    lines: Vec<Line>,
}

/// Where a line stands in the text: its name, then its value.
#[derive(Debug, Clone, Copy)]
struct Line {
    name: usize,
    value: usize,
    end: usize,
}

impl HeaderList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty list with room for so many lines and bytes.
    pub fn with_capacity(lines: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), lines: Vec::with_capacity(lines) }
    }

    /// Adds a line at the end; `value` without surrounding white space.
    pub fn push(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) {
        let at = self.text.len();
        self.text.push_str(name.as_ref());
        let between = self.text.len();
        self.text.push_str(value.as_ref());
        self.lines.push(Line { name: at, value: between, end: self.text.len() });
    }

    /// Adds a line at the end.
    #[must_use]
    pub fn with(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        self.push(name, value);
        self
    }

    /// Puts one line in the place of all lines of that name.
    pub fn replace(&mut self, name: &str, value: impl AsRef<str>) {
        self.remove(name);
        self.push(name, value);
    }

    /// Takes all lines of that name out.
    pub fn remove(&mut self, name: &str) {
        let Self { text, lines } = self;
        lines.retain(|line| !line.parts(text).0.eq_ignore_ascii_case(name));
    }

    /// The values of all lines of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value)
    }

    /// The value of the first line of that name.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The value of the only line of that name.
    ///
    /// # Errors
    /// 3101 if there are several.
    pub fn single(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        let mut values = self.all(name);
        let first = values.next();
        match values.next() {
            None => Ok(first),
            Some(_) => Err(Refusal::new(
                ErrorCode::MalformedSyntax,
                format!("{name} must be sent only once"),
            )),
        }
    }

    /// All lines in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines.iter().map(|line| line.parts(&self.text))
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there are no lines.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl Line {
    fn parts(self, text: &str) -> (&str, &str) {
        let part = |from, to| text.get(from..to).unwrap_or_default();
        (part(self.name, self.value), part(self.value, self.end))
    }
}

impl PartialEq for HeaderList {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for HeaderList {}

impl fmt::Debug for HeaderList {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for HeaderList {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(lines: I) -> Self {
        let mut list = Self::new();
        list.extend(lines);
        list
    }
}

impl<N: AsRef<str>, V: AsRef<str>> Extend<(N, V)> for HeaderList {
    fn extend<I: IntoIterator<Item = (N, V)>>(&mut self, lines: I) {
        for (name, value) in lines {
            self.push(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_order_and_names_compare_without_case() {
        let mut list = HeaderList::new().with("Date", "1").with("X", "a").with("dATE", "2");
        assert_eq!(list.all("date").collect::<Vec<_>>(), ["1", "2"]);
        assert!(list.single("Date").is_err());
        list.replace("DATE", "3");
        assert_eq!(list.iter().collect::<Vec<_>>(), [("X", "a"), ("DATE", "3")]);
        assert_eq!(list.single("Date").unwrap(), Some("3"));
        assert_eq!((list.len(), list.first("y")), (2, None));
        let same: HeaderList = [("X", "a"), ("DATE", "3")].into_iter().collect();
        assert_eq!(list, same, "what was taken out leaves no trace");
        assert_ne!(list, HeaderList::new().with("Xa", "").with("DATE", "3"));
    }
}
