//! A payment before it has an id: who pays whom, what for, and what is known of it afterwards.

use frms::Place;

/// A payment that will be made.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) at_ms: i64,
    pub(super) from: u32,
    pub(super) to: u32,
    /// Hundredths of the currency's whole.
    pub(super) cents: i64,
    pub(super) category: Category,
    pub(super) words: Words,
    /// What stands for `#` in the words.
    pub(super) number: u32,
    /// Where it is made, if not where its payer is.
    pub(super) place: Option<Place>,
    pub(super) tag: Tag,
    pub(super) fate: Fate,
}

/// What kind of payment it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Person,
    Business,
    Cash,
    Deposit,
    Refund,
}

impl Category {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Person => frms::MP2P,
            Self::Business => frms::MP2B,
            Self::Cash => frms::CASH,
            Self::Deposit => frms::DEPOSIT,
            Self::Refund => frms::REFUND,
        }
    }
}

/// What is known of it afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Ordinary,
    /// An episode of a scenario, by its place in the table.
    Behaviour(u8, u32),
    /// One of a family of genuine payments, by its place in the table.
    Family(u8),
}

/// How it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Committed,
    Aborted,
    Expired,
}

/// What a payer writes: a text, `#` is a number.
pub(super) type Words = &'static [&'static str];

pub(super) const NOTHING: Words = &["", "", "payment", "-"];
pub(super) const FRIENDS: Words = &[
    "dinner",
    "thanks",
    "for lunch",
    "birthday",
    "petrol",
    "lent on monday",
    "cinema",
    "love",
    "",
];
pub(super) const SHOP: Words = &["purchase #", "till # receipt", "order #", "card #", "goods"];
pub(super) const INVOICE: Words = &["INV #", "invoice # thank you", "inv-# part delivery", "PO #"];
pub(super) const SALARY: Words = &["SALARY #", "wages period #"];
pub(super) const RENT: Words = &["rent", "rent flat #", "monthly rent"];
pub(super) const BILL: Words = &["meter # account", "customer # monthly", "water and power #"];
pub(super) const FEES: Words = &["school fees pupil #", "term fees #", "tuition #"];
pub(super) const CASH: Words = &["withdrawal", "cash out #", ""];
pub(super) const DEPOSIT: Words = &["deposit", "cash in #", "takings"];
pub(super) const REFUND: Words = &["refund order #", "return #"];
pub(super) const SAVINGS: Words = &["savings", "to my savings", "own transfer", "pot #"];
pub(super) const GIFT: Words =
    &["gift", "for you", "congratulations", "from grandma", "best wishes"];
pub(super) const LOAN: Words = &["loan # paid out", "credit agreement #"];
pub(super) const PURCHASE: Words = &["car", "deposit flat", "furniture", "contract #", "removal"];
pub(super) const PRETEXT: Words =
    &["safe account", "security transfer", "release fee", "tax due #", "investment #", "customs #"];
pub(super) const TICKET: Words = &["ticket #", "seat #", "2 tickets #"];
pub(super) const SHARE: Words = &["my share", "share of bill", "trip share", "half of it"];
pub(super) const FLOAT: Words = &["float #", "e-money order #", "rebalancing"];
pub(super) const GROUP: Words =
    &["intercompany #", "cash pool", "management fee #", "loan group #"];
