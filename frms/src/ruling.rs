//! What a rule processor elsewhere said of a payment. It is an event like any other, so that whoever
//! reads the stream again gets the same verdict without asking anybody.

use serde::{Deserialize, Serialize};

use crate::{PaymentId, RuleName, SubRuleRef, TermsHash};

/// The result of one rule for one payment, asked for before the payment was judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ruling {
    /// The payment.
    pub payment: PaymentId,
    /// The hash of its terms.
    pub hash: TermsHash,
    /// The rule.
    pub rule: RuleName,
    /// Which of its outcomes.
    #[serde(rename = "subRuleRef")]
    pub outcome: SubRuleRef,
    /// The number behind it.
    #[serde(rename = "indpdntVarbl")]
    pub value: Option<f64>,
    /// Why, in the processor's words.
    pub reason: Option<String>,
}
