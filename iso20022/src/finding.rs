//! What is wrong with a message, where, and what to mend.

use std::fmt;

/// How a finding was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// Well-formedness, or structure and facets of the published schema.
    Schema,
    /// A rule beyond the schema: check digits, currency digits, header agreement.
    Rule,
}

impl Level {
    /// `schema` or `rule`, as `causeway validate` prints it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Schema => "schema",
            Level::Rule => "rule",
        }
    }
}

/// One fault in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Whether the schema or a rule is broken.
    pub level: Level,
    /// Local names from the part's root, indexed from 1 where the schema lets an element repeat:
    /// `/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[1]/IntrBkSttlmAmt/@Ccy`. At most
    /// [`limits::PATH_CHARS`](crate::limits::PATH_CHARS).
    pub path: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Short stable name of the rule that is broken: `maxLength`, `order`, `doctype`.
    pub rule: &'static str,
    /// ISO external status reason code that a status message would carry: `FF01`, `AM12`.
    pub code: &'static str,
    /// What to mend, in one sentence. Repeats no more than
    /// [`limits::ECHO_CHARS`](crate::limits::ECHO_CHARS) of the input.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {}", self.line, self.column, self.path, self.text)
    }
}
