use super::{IsoBank, Order};
use crate::ToolkitError;

/// An XML message for the bank channel, exactly as it is posted: to be posted again byte for byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// `pain.001`, `pacs.008`, ...: the last segment of the URL.
    pub family: String,
    /// The exact XML.
    pub xml: String,
    /// `Prefer: wait=N`, in seconds.
    pub wait_s: Option<u32>,
    /// The order's name in the log, and its terms; without, the log does not mention it.
    pub order: Option<Order>,
}

/// How an order ended for the bank that gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderOutcome {
    /// `ACSC`, `RJCT`, ...; `None` if it was refused with admi.002.
    pub status: Option<String>,
    /// The reason code of RJCT, or of admi.002.
    pub reason: Option<String>,
    /// The HTTP status of the answer at once.
    pub http_status: u16,
    /// `Location`: where the order can be asked for.
    pub location: Option<String>,
    /// `FSPIOP-Timeout-Effective`, in milliseconds.
    pub effective_ms: Option<u64>,
    /// How the status came.
    pub told: Told,
    /// The message that said it, exactly.
    pub xml: String,
    /// From sending to knowing, in milliseconds.
    pub elapsed_ms: u64,
}

/// How a status came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// In the answer to the order.
    Answer,
    /// Posted to the bank later.
    Push,
}

impl IsoBank {
    /// Sends an order as pain.001.001.09 and waits for its final status, at most `timeout_ms`.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if there is no final status in time, or whatever kept the order from being sent.
    pub async fn pay_pain_001(
        &self,
        order: &Order,
        wait_s: Option<u32>,
        timeout_ms: u64,
    ) -> Result<OrderOutcome, ToolkitError> {
        let _ = (order, wait_s, timeout_ms);
        unimplemented!()
    }

    /// Sends an order as pacs.008.001.08 and waits for its final status, at most `timeout_ms`.
    ///
    /// # Errors
    /// As [`IsoBank::pay_pain_001`].
    pub async fn pay_pacs_008(
        &self,
        order: &Order,
        wait_s: Option<u32>,
        timeout_ms: u64,
    ) -> Result<OrderOutcome, ToolkitError> {
        let _ = (order, wait_s, timeout_ms);
        unimplemented!()
    }

    /// Posts a message exactly as it is; what comes back at once.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no answer at all; a refusal is an answer.
    pub async fn submit(
        &self,
        submission: &Submission,
    ) -> Result<crate::http::HttpResponse, ToolkitError> {
        let _ = submission;
        unimplemented!()
    }

    /// Waits for the final status of an order that was posted before, by push.
    ///
    /// # Errors
    /// [`ToolkitError::Silence`] if none comes within `timeout_ms`.
    pub async fn await_final(
        &self,
        order: &Order,
        timeout_ms: u64,
    ) -> Result<OrderOutcome, ToolkitError> {
        let _ = (order, timeout_ms);
        unimplemented!()
    }

    /// GET of an order's `Location`: the current status message, or the refusal.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no answer at all.
    pub async fn order_status(
        &self,
        location: &str,
    ) -> Result<crate::http::HttpResponse, ToolkitError> {
        let _ = location;
        unimplemented!()
    }
}
