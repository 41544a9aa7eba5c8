//! A cursor over a value that knows its JSON Pointer, so that every refusal names its place.

use super::Value;
use crate::error::{ErrorCode, Refusal};
use std::borrow::Cow;

/// Why a text is not what a type demands (FSPIOP code 3100), without the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unfit(pub &'static str);

/// A place in a document. Paths are only put together when a refusal needs one.
#[derive(Debug, Clone, Copy)]
pub struct Node<'n> {
    value: &'n Value,
    parent: Option<&'n Node<'n>>,
    step: Step,
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Root,
    Member(&'static str),
    Item(usize),
}

impl<'n> Node<'n> {
    /// The whole document.
    pub fn root(value: &'n Value) -> Self {
        Self { value, parent: None, step: Step::Root }
    }

    /// The value at this place.
    pub fn value(&self) -> &'n Value {
        self.value
    }

    /// The member `name`.
    ///
    /// # Errors
    /// 3101 if this is no object, 3102 if it has no such member.
    pub fn required<'s>(&'s self, name: &'static str) -> Result<Node<'s>, Refusal> {
        self.optional(name)?.ok_or_else(|| {
            let path = format!("{}/{name}", self.path());
            Refusal::new(ErrorCode::MissingElement, "is required").at(path)
        })
    }

    /// The member `name`, if there is one.
    ///
    /// # Errors
    /// 3101 if this is no object.
    pub fn optional<'s>(&'s self, name: &'static str) -> Result<Option<Node<'s>>, Refusal> {
        let Value::Object(members) = self.value else { return Err(self.wrong_type("an object")) };
        let found = members.iter().find(|(key, _)| key == name);
        Ok(found.map(|(_, value)| Node { value, parent: Some(self), step: Step::Member(name) }))
    }

    /// The member `name`, read by `read`.
    ///
    /// # Errors
    /// As [`Node::required`] and `read`.
    pub fn required_as<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Node<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        read(&self.required(name)?)
    }

    /// The member `name`, read by `read`, if there is one.
    ///
    /// # Errors
    /// As [`Node::optional`] and `read`.
    pub fn optional_as<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Node<'_>) -> Result<T, Refusal>,
    ) -> Result<Option<T>, Refusal> {
        self.optional(name)?.map(|node| read(&node)).transpose()
    }

    /// The string member `name`, parsed by `parse`.
    ///
    /// # Errors
    /// 3102 if it is missing, 3101 if it is no string, 3100 if `parse` refuses it.
    pub fn required_text<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<T, Refusal> {
        self.required(name)?.text(parse)
    }

    /// The string member `name`, parsed by `parse`, if there is one.
    ///
    /// # Errors
    /// 3101 if it is no string, 3100 if `parse` refuses it.
    pub fn optional_text<T>(
        &self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Unfit>,
    ) -> Result<Option<T>, Refusal> {
        self.optional(name)?.map(|node| node.text(parse)).transpose()
    }

    /// This string, parsed by `parse`.
    ///
    /// # Errors
    /// 3101 if this is no string, 3100 if `parse` refuses it.
    pub fn text<T>(&self, parse: impl FnOnce(&str) -> Result<T, Unfit>) -> Result<T, Refusal> {
        let Value::String(text) = self.value else { return Err(self.wrong_type("a string")) };
        parse(text).map_err(|unfit| self.refuse(ErrorCode::ValidationError, unfit.0))
    }

    /// This array's items, each read by `read`.
    ///
    /// # Errors
    /// 3101 if this is no array, 3103 if it has more than `most` items, 3100 if it has none.
    pub fn items<T>(
        &self,
        most: usize,
        read: impl Fn(&Node<'_>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        if matches!(self.value, Value::Array(items) if items.is_empty()) {
            return Err(self.refuse(ErrorCode::ValidationError, "must have at least one item"));
        }
        self.list(most, read)
    }

    /// This array's items, each read by `read`; there may be none.
    ///
    /// # Errors
    /// 3101 if this is no array, 3103 if it has more than `most` items.
    pub fn list<T>(
        &self,
        most: usize,
        read: impl Fn(&Node<'_>) -> Result<T, Refusal>,
    ) -> Result<Vec<T>, Refusal> {
        let Value::Array(items) = self.value else { return Err(self.wrong_type("an array")) };
        if items.len() > most {
            let detail = format!("must not have more than {most} items");
            return Err(self.refuse(ErrorCode::TooManyElements, detail));
        }
        let node = |(index, value)| Node { value, parent: Some(self), step: Step::Item(index) };
        items.iter().enumerate().map(|item| read(&node(item))).collect()
    }

    /// A refusal of what is at this place.
    pub fn refuse(&self, code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Refusal {
        Refusal::new(code, detail).at(self.path())
    }

    /// The JSON Pointer of this place; the empty text for the whole document.
    pub fn path(&self) -> String {
        let mut path = self.parent.map(Node::path).unwrap_or_default();
        match self.step {
            Step::Root => {}
            Step::Member(name) => {
                path.push('/');
                path.push_str(name);
            }
            Step::Item(index) => path.push_str(&format!("/{index}")),
        }
        path
    }

    fn wrong_type(&self, wanted: &str) -> Refusal {
        let detail = format!("must be {wanted}, not {}", self.value.type_name());
        self.refuse(ErrorCode::MalformedSyntax, detail)
    }
}
