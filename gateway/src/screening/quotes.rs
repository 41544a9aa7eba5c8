//! Screening before a quote: the payer learns that its quote fails before anybody is asked for terms.
//! The facts of the quote are remembered for its transfer.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use causeway_translate::{PaymentId, money};
use frms::{Attempt, Point, Verdict};
use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::quote::QuotesPost;
use switch::TransferId;
use switch_store::{DocumentWrite, Expected, Submission};

use super::facts::Asked;
use super::told::{Effect, code, decided, effect, said};
use super::{Screening, Terms, evidence_of, reason, verdict_key};
use crate::config::PointMode;
use crate::metrics::ScreeningLabels;
use crate::node::Node;

/// Remembers whose payment a quote is about, and gives it its verdict where quotes are screened. What
/// the payer is told if it is stopped.
///
/// # Errors
/// 2003 where there is no verdict and the policy is closed.
pub async fn quote_asked(
    node: &Node,
    post: &QuotesPost,
    fsps: (&str, &str),
    left_ms: u64,
) -> Result<Option<ErrorInformation>, Refusal> {
    let Some(screening) = &node.screening else { return Ok(None) };
    let asked = Asked::of(post, fsps, node.now(), &screening.pseudonyms);
    let code = match screening.settings.before_quote.mode {
        PointMode::Off => None,
        PointMode::Shadow => {
            let attempt = attempt(post, fsps, &asked, node.now().0)?;
            let outcome = screening.client().observe(attempt).map_or_else(reason, |()| "shadow");
            count(node, outcome);
            None
        }
        PointMode::Enforce => screening.judge_quote(node, post, fsps, &asked, left_ms).await?,
    };
    if code.is_none() {
        screening.quotes.ask(fsps.0, post.quote_id.id().0, asked);
    }
    Ok(code.map(ErrorInformation::of))
}

impl Screening {
    async fn judge_quote(
        &self,
        node: &Node,
        post: &QuotesPost,
        fsps: (&str, &str),
        asked: &Asked,
        left_ms: u64,
    ) -> Result<Option<ErrorCode>, Refusal> {
        let policy = &self.settings.before_quote;
        let attempt = attempt(post, fsps, asked, node.now().0)?;
        let budget = Duration::from_millis(policy.budget_ms.min(left_ms));
        let verdict = self.client().screen(attempt, budget).await;
        count(node, verdict.as_ref().map_or_else(|why| reason(*why), |verdict| said(verdict)));
        let decision = decided(&verdict).inspect_err(|why| {
            let (quote, policy) = (post.quote_id.as_str(), policy.on_unavailable);
            tracing::warn!(quote, why, ?policy, "a quote has no verdict");
        });
        let effect = effect(decision.ok(), policy.on_review, policy.on_unavailable);
        let code = code(Point::BeforeQuote, effect);
        match (effect, code, verdict) {
            (Effect::Later, Some(code), _) => Err(Refusal::new(code, "")),
            (_, Some(code), Ok(verdict)) => {
                keep(node, post, &verdict).await;
                Ok(Some(code))
            }
            (_, code, _) => Ok(code),
        }
    }
}

/// Why it was stopped, for the operator: under the quote's id. A failure costs the evidence alone; the
/// verdict is on the stream.
async fn keep(node: &Node, post: &QuotesPost, verdict: &Verdict) {
    let Some(body) = evidence_of(verdict) else { return };
    let document = DocumentWrite {
        key: verdict_key(TransferId(post.quote_id.id().0)),
        expected: Expected::Any,
        body: Some(Bytes::from(body)),
        deadline: None,
    };
    let submission = Submission { documents: vec![document], ..Submission::default() };
    if let Err(error) = node.commit(submission).await {
        let quote = PaymentId::from(TransferId(post.quote_id.id().0)).uuid();
        tracing::warn!(%error, quote, "the verdict on a quote could not be kept");
    }
}

/// A quote as an attempt: its id is the quote's, its hash that of all it says, by whom and to whom.
fn attempt(
    post: &QuotesPost,
    (payer_fsp, payee_fsp): (&str, &str),
    asked: &Asked,
    at_ms: i64,
) -> Result<Arc<Attempt>, Refusal> {
    let out_of_range =
        |_| Refusal::new(ErrorCode::ValidationError, "is out of range").at("/amount");
    let units = money::switch_of_fspiop(&post.amount).map_err(out_of_range)?.units();
    let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
    for part in [payer_fsp.as_bytes(), &[0], payee_fsp.as_bytes(), &[0], &post.render()] {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    let terms = Terms {
        id: post.quote_id.id().0,
        hash,
        point: Point::BeforeQuote,
        fsps: (payer_fsp, payee_fsp),
        units,
        currency: post.amount.currency.to_string(),
    };
    Ok(Arc::new(terms.attempt(asked.clone().known(), at_ms)))
}

fn count(node: &Node, outcome: &'static str) {
    node.metrics.screening_quotes.get_or_create(&ScreeningLabels { outcome }).inc();
}
