//! Tolerant reading of an element's fields by local name.

use crate::xml::{self, Node};
use crate::{
    Amount, Coded, Currency, Date, DateOrDateTime, DateTime, Finding, Level, envelope, schema,
};

/// A finding of level schema at an element.
pub(crate) fn finding(
    node: Node<'_>,
    rule: &'static str,
    code: &'static str,
    text: impl Into<String>,
) -> Finding {
    let (line, column) = node.position();
    let name = envelope::MessageName::of_namespace(node.namespace());
    let schema = name.and_then(|name| schema::of(name.as_str()));
    let path = xml::bounded_path(schema::path(node, schema));
    Finding { level: Level::Schema, path, line, column, rule, code, text: text.into() }
}

fn missing(node: Node<'_>, name: &str) -> Finding {
    let found = finding(node, "missing", "FF01", format!("add {name}"));
    Finding { path: format!("{}/{name}", found.path), ..found }
}

/// What the readers ask of an element. Optional fields are absent rather than wrong; what is there but
/// cannot be represented is a finding.
pub(crate) trait Fields<'t>: Sized {
    /// The element at this path of first children.
    fn at(self, path: &[&str]) -> Option<Node<'t>>;
    fn required(self, name: &str) -> Result<Node<'t>, Finding>;
    fn string(self, name: &str) -> Option<String>;
    fn strings(self, name: &str) -> Vec<String>;
    fn required_string(self, name: &str) -> Result<String, Finding>;
    fn coded(self, name: &str) -> Option<Coded>;
    fn code<T>(self, name: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Finding>;
    fn required_code<T>(self, name: &str, parse: fn(&str) -> Option<T>) -> Result<T, Finding>;
    fn date(self, name: &str) -> Result<Option<Date>, Finding>;
    fn date_time(self, name: &str) -> Result<Option<DateTime>, Finding>;
    fn required_date_time(self, name: &str) -> Result<DateTime, Finding>;
    /// `Dt` | `DtTm`, or as before pain.001.001.08 a bare date.
    fn date_or_date_time(self, name: &str) -> Result<Option<DateOrDateTime>, Finding>;
    fn amount(self, name: &str) -> Result<Option<Amount>, Finding>;
    fn required_amount(self, name: &str) -> Result<Amount, Finding>;
}

impl<'t> Fields<'t> for Node<'t> {
    fn at(self, path: &[&str]) -> Option<Node<'t>> {
        path.iter().try_fold(self, |node, name| node.child(name))
    }

    fn required(self, name: &str) -> Result<Node<'t>, Finding> {
        self.child(name).ok_or_else(|| missing(self, name))
    }

    fn string(self, name: &str) -> Option<String> {
        self.child(name).map(|node| node.text().to_owned())
    }

    fn strings(self, name: &str) -> Vec<String> {
        self.children_named(name).map(|node| node.text().to_owned()).collect()
    }

    fn required_string(self, name: &str) -> Result<String, Finding> {
        self.required(name).map(|node| node.text().to_owned())
    }

    fn coded(self, name: &str) -> Option<Coded> {
        let choice = self.child(name)?;
        match choice.string("Cd") {
            Some(code) => Some(Coded::Code(code)),
            None => choice.string("Prtry").map(Coded::Proprietary),
        }
    }

    fn code<T>(self, name: &str, parse: fn(&str) -> Option<T>) -> Result<Option<T>, Finding> {
        let Some(node) = self.child(name) else { return Ok(None) };
        let unknown = || finding(node, "enumeration", "FF01", "write a code of the schema");
        parse(node.text()).ok_or_else(unknown).map(Some)
    }

    fn required_code<T>(self, name: &str, parse: fn(&str) -> Option<T>) -> Result<T, Finding> {
        self.code(name, parse)?.ok_or_else(|| missing(self, name))
    }

    fn date(self, name: &str) -> Result<Option<Date>, Finding> {
        self.child(name).map(parse_date).transpose()
    }

    fn date_time(self, name: &str) -> Result<Option<DateTime>, Finding> {
        self.child(name).map(parse_date_time).transpose()
    }

    fn required_date_time(self, name: &str) -> Result<DateTime, Finding> {
        parse_date_time(self.required(name)?)
    }

    fn date_or_date_time(self, name: &str) -> Result<Option<DateOrDateTime>, Finding> {
        let Some(node) = self.child(name) else { return Ok(None) };
        let read = match (node.child("DtTm"), node.child("Dt")) {
            (Some(date_time), _) => DateOrDateTime::DateTime(parse_date_time(date_time)?),
            (None, date) => DateOrDateTime::Date(parse_date(date.unwrap_or(node))?),
        };
        Ok(Some(read))
    }

    fn amount(self, name: &str) -> Result<Option<Amount>, Finding> {
        self.child(name).map(parse_amount).transpose()
    }

    fn required_amount(self, name: &str) -> Result<Amount, Finding> {
        parse_amount(self.required(name)?)
    }
}

fn parse_date(node: Node<'_>) -> Result<Date, Finding> {
    Date::parse(node.text()).map_err(|e| finding(node, "date", "DT01", e.to_string()))
}

fn parse_date_time(node: Node<'_>) -> Result<DateTime, Finding> {
    DateTime::parse(node.text()).map_err(|e| finding(node, "dateTime", "DT01", e.to_string()))
}

fn parse_amount(node: Node<'_>) -> Result<Amount, Finding> {
    let currency = Currency::parse(node.attribute("Ccy").unwrap_or_default())
        .map_err(|e| finding(node, "currency", "AM03", e.to_string()))?;
    let text = node.text().trim_matches(crate::time::lexical::is_space);
    Amount::parse(text, currency).map_err(|e| finding(node, "amount", "AM12", e.to_string()))
}
