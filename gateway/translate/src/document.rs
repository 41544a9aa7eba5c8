//! How values of other crates stand in documents: as text that reads back to the same value.

macro_rules! as_text {
    ($($(#[$doc:meta])* $name:ident: $type:ty, $parse:expr;)+) => {$(
        $(#[$doc])*
        pub(crate) mod $name {
            use serde::{Deserialize, Deserializer, Serializer, de::Error};

            pub(crate) fn serialize<S: Serializer>(value: &$type, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(value)
            }

            pub(crate) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<$type, D::Error> {
                let text = String::deserialize(from)?;
                let parse: fn(&str) -> Option<$type> = $parse;
                parse(&text).ok_or_else(|| D::Error::custom(concat!("not a ", stringify!($name))))
            }
        }
    )+};
}

as_text! {
    method: fspiop::route::Method, |text| fspiop::route::Method::parse(text).ok();
    resource: fspiop::version::Resource, |text| fspiop::version::Resource::parse(text).ok();
    condition: fspiop::ilp::Condition, |text| text.parse().ok();
    money: fspiop::amount::Money, super::parse_money;
    id_type: fspiop::identifiers::PartyIdType,
        |text| fspiop::identifiers::PartyIdType::parse(text).ok();
    amount_type: fspiop::identifiers::AmountType,
        |text| fspiop::identifiers::AmountType::parse(text).ok();
}

/// `12.5 EUR`
fn parse_money(text: &str) -> Option<fspiop::amount::Money> {
    let (amount, currency) = text.split_once(' ')?;
    Some(fspiop::amount::Money {
        amount: fspiop::amount::Amount::parse(amount).ok()?,
        currency: fspiop::amount::Currency::parse(currency).ok()?,
    })
}
