//! The scheme's options that the ledger's decisions depend on.

use crate::limits::POLL_FORWARDED_MS;

/// The scheme's options. The default is the profile `fspiop-default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether a participant may pay itself through the hub.
    pub enable_on_us_transfers: bool,
    /// Whether a fulfil from another than the payee aborts the transfer, as the peer does
    /// (CONTRACTS §3); otherwise its sender is refused and the transfer stays as it is.
    pub abort_on_foreign_fulfil: bool,
    /// Whether a wrong fulfilment aborts the transfer; otherwise its sender is refused and may
    /// send the right one.
    pub abort_on_invalid_fulfilment: bool,
    /// Whether a payee that answered COMMITTED or an error gets a copy of the outcome.
    pub send_confirmation_to_payee: bool,
    /// Whether a prepare needs a fraud verdict.
    pub screening: Screening,
    /// How often a forwarded transfer past its deadline is asked about, in milliseconds.
    pub poll_forwarded_ms: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            enable_on_us_transfers: false,
            abort_on_foreign_fulfil: false,
            abort_on_invalid_fulfilment: true,
            send_confirmation_to_payee: true,
            screening: Screening::Off,
            poll_forwarded_ms: POLL_FORWARDED_MS,
        }
    }
}

/// Whether prepares are screened for fraud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screening {
    /// Not at all: prepares come without a verdict.
    Off,
    /// Each: a prepare without a verdict is never admitted (DESIGN §2).
    Required,
}
