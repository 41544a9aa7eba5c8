//! ISO 20022 messages.
