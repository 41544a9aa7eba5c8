//! One request of an operator, and how its parts are read: JSON as strictly as everywhere, amounts
//! from their exact text whether they came as numbers or as strings.

use std::collections::HashMap;

use fspiop::error::{ErrorCode, Refusal};
use fspiop::json::{self, Unfit, Value};
use serde_json::value::RawValue;
use switch::{Currency, Money};

use crate::envelope::Envelope;
use crate::node::Node;

/// A place in the body, which knows its JSON Pointer.
pub(super) type Member<'v> = json::Node<'v>;

/// A request as it came, with its target taken apart.
pub(super) struct Request<'e> {
    envelope: &'e Envelope,
    path: &'e str,
    query: &'e str,
}

impl<'e> Request<'e> {
    /// Takes the target apart.
    pub(super) fn of(envelope: &'e Envelope) -> Request<'e> {
        let (path, query) = envelope.target.split_once('?').unwrap_or((&envelope.target, ""));
        Request { envelope, path, query }
    }

    /// The method as sent.
    pub(super) fn method(&self) -> &'e str {
        &self.envelope.method
    }

    /// The path's segments, decoded. A trailing slash makes no difference.
    pub(super) fn segments(&self) -> Vec<String> {
        let path = self.path.strip_suffix('/').unwrap_or(self.path);
        path.split('/').skip(1).map(|segment| decoded(segment, false)).collect()
    }

    /// A query parameter; an empty one counts as absent.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.into_iter().find(|(key, _)| decoded(key, true) == name);
        found.map(|(_, value)| decoded(value, true)).filter(|value| !value.is_empty())
    }

    /// A query parameter that is a number.
    ///
    /// # Errors
    /// 400/3100 for another text.
    pub(super) fn query_number(&self, name: &str) -> Result<Option<u64>, Refusal> {
        let unfit =
            |_| Refusal::new(ErrorCode::ValidationError, format!("{name} must be a whole number"));
        self.query(name).map(|text| text.parse().map_err(unfit)).transpose()
    }

    /// The body as strict JSON. A body of another kind is refused, so that no web page can make an
    /// operator's browser post one without asking first.
    ///
    /// # Errors
    /// 400/3101
    pub(super) fn body(&self) -> Result<Value, Refusal> {
        let kind = self.envelope.headers.first("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if essence != "application/json" && !essence.ends_with("+json") {
            let mend = "send Content-Type: application/json";
            return Err(Refusal::new(ErrorCode::MalformedSyntax, mend));
        }
        Ok(json::parse_message(&self.envelope.body)?)
    }

    /// The body's bytes, for readers of their own.
    pub(super) fn bytes(&self) -> &'e [u8] {
        &self.envelope.body
    }

    /// An amount that came as a number or as a string, with or without a sign.
    ///
    /// # Errors
    /// 3101 for another type, 3100 for another form, a fifth decimal or a 19th digit.
    pub(super) fn money(&self, member: &Member<'_>, currency: Currency) -> Result<Money, Refusal> {
        let text = self.number_text(member)?;
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.as_str()),
        };
        let unfit = |error: switch::MoneyError| {
            member.refuse(ErrorCode::ValidationError, error.to_string())
        };
        let money = Money::amount(digits, currency).map_err(unfit)?;
        Ok(if negative { money.negated() } else { money })
    }

    /// A whole percentage that came as a number or as a string.
    ///
    /// # Errors
    /// 3101 for another type, 3100 for another form.
    pub(super) fn percentage(&self, member: &Member<'_>) -> Result<u8, Refusal> {
        let unfit = |_| member.refuse(ErrorCode::ValidationError, "must be 0 to 100");
        self.number_text(member)?.parse().map_err(unfit)
    }

    /// A number's text to the letter, whether it came as one or as a string: what serde_json keeps of it
    /// may have been rounded.
    ///
    /// # Errors
    /// 3101 for another type.
    pub(super) fn number_text(&self, member: &Member<'_>) -> Result<String, Refusal> {
        match member.value() {
            Value::String(text) => Ok(text.clone()),
            Value::Number(_) => {
                let raw = raw(self.bytes(), &member.path());
                let unread = || member.refuse(ErrorCode::ValidationError, "cannot be read");
                raw.map(str::to_owned).ok_or_else(unread)
            }
            _ => Err(member.refuse(ErrorCode::MalformedSyntax, "must be a number or a string")),
        }
    }
}

/// The scheme's currency in the member `currency`.
///
/// # Errors
/// 3102, 3101, 3100
pub(super) fn currency(node: &Node, body: &Member<'_>) -> Result<Currency, Refusal> {
    body.required_text("currency", |text| {
        let known = node.currencies.parse(text)?;
        known.as_str().parse().map_err(|_| Unfit("must be three capital letters"))
    })
}

/// `true` or `false`.
///
/// # Errors
/// 3101
pub(super) fn boolean(member: &Member<'_>) -> Result<bool, Refusal> {
    match member.value() {
        Value::Bool(value) => Ok(*value),
        _ => Err(member.refuse(ErrorCode::MalformedSyntax, "must be true or false")),
    }
}

/// The text under a JSON Pointer that leads through objects only.
fn raw<'b>(body: &'b [u8], pointer: &str) -> Option<&'b str> {
    let mut text = std::str::from_utf8(body).ok()?;
    for step in pointer.split('/').skip(1) {
        let members: HashMap<String, &'b RawValue> = serde_json::from_str(text).ok()?;
        text = members.get(step)?.get();
    }
    Some(text)
}

/// Undoes percent encoding; what is no valid encoding stays as it is.
pub(crate) fn decoded(text: &str, form: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let hex = hex.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match (first, hex.and_then(|digits| u8::from_str_radix(digits, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
                continue;
            }
            (b'+', _) if form => bytes.push(b' '),
            (byte, _) => bytes.push(byte),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use fspiop::headers::HeaderList;
    use switch::Timestamp;

    fn envelope(target: &str, body: &str) -> Envelope {
        let json = ("content-type".to_owned(), "application/json".to_owned());
        Envelope {
            method: "PUT".to_owned(),
            target: target.to_owned(),
            headers: HeaderList::from_iter([json]),
            body: Bytes::from(body.to_owned()),
            peer: crate::tls::Peer::Loopback,
            arrival: Timestamp(0),
        }
    }

    fn amount(text: &str) -> Result<String, u16> {
        let envelope = envelope("/", &format!(r#"{{"limit":{{"x":1.0,"value":{text}}}}}"#));
        let request = Request::of(&envelope);
        let body = request.body().map_err(|refusal| refusal.code.number())?;
        let usd = "USD".parse().unwrap();
        let money = Member::root(&body).required_as("limit", |limit| {
            limit.required_as("value", |value| request.money(value, usd))
        });
        money.map(|money| money.to_string()).map_err(|refusal| refusal.code.number())
    }

    #[test]
    fn an_amount_is_read_to_the_letter() {
        assert_eq!(amount("1000000").unwrap(), "1000000");
        assert_eq!(amount("\"12.50\"").unwrap(), "12.5");
        assert_eq!(amount("12345678901234.5678").unwrap(), "12345678901234.5678");
        assert_eq!(amount("-3").unwrap(), "-3");
        // As a float this would be 0.1.
        assert_eq!(amount("0.10000000000000000555"), Err(3100));
        for (text, code) in [("1.23456", 3100), ("1e3", 3100), ("\"\"", 3100), ("true", 3101)] {
            assert_eq!(amount(text), Err(code), "{text}");
        }
    }

    #[test]
    fn a_target_is_taken_apart_and_decoded() {
        let envelope = envelope("/participants/a%2Fb/?currency=USD&type=a+b%3d&x=", "");
        let request = Request::of(&envelope);
        assert_eq!(request.segments(), ["participants", "a/b"]);
        assert_eq!(request.query("currency").as_deref(), Some("USD"));
        assert_eq!(request.query("type").as_deref(), Some("a b="));
        assert_eq!(request.query("x"), None);
        assert_eq!(decoded("%zz%4", false), "%zz%4");
    }
}
