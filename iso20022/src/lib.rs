//! ISO 20022 messages: XML text to typed business messages and back, with findings that say where a
//! message is wrong and what to mend. Pure: no input or output, no clock, no entropy.
//!
//! | module | what it decides |
//! |---|---|
//! | [`xml`] | what is well-formed here: XML 1.0 with namespaces, UTF-8, no DOCTYPE, within [`limits`] |
//! | [`encoding`] | bytes of a file to text, where it is not UTF-8 |
//! | [`envelope`] | where the header and the document are, and which versions they have |
//! | `schema` | whether a part keeps the published schema of its version |
//! | [`inspect()`] | bytes to a verdict on every part, without reading them further |
//! | `rules`, `profile` | what holds beyond the schema: check digits, currency digits, counts; what one scheme wants |
//! | [`read()`] | bytes to [`Inbound`], or [`Refused`] with its findings |
//! | [`pain001`] [`pain002`] [`pacs002`] [`pacs008`] [`admi002`] | one message family each: types, reader, writer |
//! | `answer` | the header of an answer to a message that came with one |
//! | `terms` | the canonical form of all terms of an order |
//! | `party`, `status`, `code`, `amount`, `time` | what the families share |
//! | [`limits`] | every bound |

pub mod admi002;
pub mod encoding;
pub mod envelope;
pub mod limits;
pub mod pacs002;
pub mod pacs008;
pub mod pain001;
pub mod pain002;
pub mod xml;

mod amount;
mod answer;
mod code;
mod currency;
mod fields;
mod finding;
mod inspect;
mod leaves;
mod party;
mod profile;
mod read;
mod rules;
mod schema;
mod status;
mod terms;
mod time;
mod write;

pub use amount::{Amount, AmountError, Currency, SCALE};
pub use answer::with_answering_header;
pub use code::{ChargeBearer, PaymentMethod, SettlementMethod, StatusCode};
pub use currency::MinorDigits;
pub use envelope::{BusinessHeader, HeaderParty, MessageName};
pub use finding::{Finding, Level};
pub use inspect::{Inspection, Verdict, inspect, inspect_for};
pub use leaves::{Leaf, leaves};
pub use party::{
    Account, AccountId, Agent, ClearingMember, Coded, DateAndPlaceOfBirth, OtherId, Party, PartyId,
    PaymentType, PostalAddress, Proxy,
};
pub use profile::Profile;
pub use read::{Inbound, Message, Refused, RefusedKind, read};
pub use rules::{iban_holds, is_uetr};
pub use schema::{declares, served_versions};
pub use status::{OriginalGroup, StatusReason, TransactionStatus};
pub use time::{Date, DateOrDateTime, DateTime, TimeError};
pub use write::{HeaderToWrite, WriteError, with_header};
