//! The headers of an FSPIOP request, independent of any HTTP library.

mod request;
mod trace;

pub use request::RequestHeaders;
pub use trace::TraceParent;

use crate::error::{ErrorCode, Refusal};

/// Header lines in their order, duplicates visible. Names compare without regard to case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderList {
    lines: Vec<(String, String)>,
}

impl HeaderList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a line at the end; `value` without surrounding white space.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.lines.push((name.into(), value.into()));
    }

    /// Adds a line at the end.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.push(name, value);
        self
    }

    /// Puts one line in the place of all lines of that name.
    pub fn replace(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.push(name, value);
    }

    /// Takes all lines of that name out.
    pub fn remove(&mut self, name: &str) {
        self.lines.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// The values of all lines of that name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let lines = self.lines.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        lines.map(|(_, value)| value.as_str())
    }

    /// The value of the first line of that name.
    pub fn first(&self, name: &str) -> Option<&str> {
        let line = self.lines.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        line.map(|(_, value)| value.as_str())
    }

    /// The value of the only line of that name.
    ///
    /// # Errors
    /// 3101 if there are several.
    pub fn single(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        let mut values = self.lines.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let first = values.next().map(|(_, value)| value.as_str());
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
        self.lines.iter().map(|(name, value)| (name.as_str(), value.as_str()))
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

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for HeaderList {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(lines: I) -> Self {
        let lines = lines.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { lines }
    }
}
