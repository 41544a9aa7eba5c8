//! The parser: serde_json reads the tokens, a visitor builds the value and holds the limits.

use super::{Malformed, Value};
use crate::limits;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::cell::Cell;
use std::fmt;

/// Parses exactly one JSON document.
///
/// # Errors
/// [`Malformed`] with the position at which reading stopped.
pub fn parse(text: &[u8]) -> Result<Value, Malformed> {
    read(text, true)
}

/// Parses the body of a message: one JSON document, in which no string and no name holds a NUL, where
/// other readers' texts end (row J05).
///
/// # Errors
/// As [`parse`].
pub fn parse_message(body: &[u8]) -> Result<Value, Malformed> {
    read(body, false)
}

fn read(text: &[u8], takes_nul: bool) -> Result<Value, Malformed> {
    let values = Cell::new(limits::JSON_VALUES);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let seed = Seed { depth: limits::JSON_DEPTH, values: &values, takes_nul };
    let value = seed.deserialize(&mut reader).map_err(malformed)?;
    reader.end().map_err(malformed)?;
    Ok(value)
}

fn malformed(error: serde_json::Error) -> Malformed {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason);
    Malformed { line: error.line(), column: error.column(), reason: reason.to_owned() }
}

/// Reads one value with the levels and the values that are left to it.
#[derive(Clone, Copy)]
struct Seed<'a> {
    depth: usize,
    values: &'a Cell<usize>,
    takes_nul: bool,
}

impl Seed<'_> {
    /// One level further in; checked before anything inside is read.
    fn inner<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth, ..self })
    }

    fn without_nul<E: Error>(self, text: &str) -> Result<(), E> {
        match self.takes_nul || !text.contains('\0') {
            true => Ok(()),
            false => Err(E::custom("NUL in a string")),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        let left = self.values.get();
        if left == 0 {
            return Err(D::Error::custom("too many values"));
        }
        self.values.set(left - 1);
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        text.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        serde_json::Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("number out of range"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        self.without_nul(&text)?;
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(inner)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inner = self.inner()?;
        let mut object = Vec::new();
        while let Some(key) = members.next_key::<String>()? {
            self.without_nul(&key)?;
            object.push((key, members.next_value_seed(inner)?));
        }
        if has_duplicates(&object) {
            return Err(A::Error::custom("duplicate key"));
        }
        Ok(Value::Object(object))
    }
}

/// Sorting keeps a body of a million keys from costing a million squared.
fn has_duplicates(object: &[(String, Value)]) -> bool {
    let mut keys: Vec<&str> = object.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    keys.windows(2).any(|pair| pair[0] == pair[1])
}
