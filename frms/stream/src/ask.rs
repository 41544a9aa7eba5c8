//! Questions between machines: a gateway asks `causeway.frm.{tenant}.ask` with an attempt, the active
//! scorer answers with the verdict, both JSON. The subject is none of the stream's: a question that
//! nobody takes is gone. A standby hears it and says nothing.

use std::sync::Arc;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{HeaderMap, Message, Subscriber};
use bytes::Bytes;
use frms::{Attempt, Verdict, token};
use futures_util::stream::StreamExt;
use tokio::sync::oneshot;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::limits::{ASK_MS, ATTEMPT_BYTES_MAX, QUEUE_MAX};
use crate::scorer::{Client, Request, Requests};
use crate::standing::Standing;

/// In an answer without a verdict: why (`busy`, `failed`).
const UNAVAILABLE: &str = "Causeway-Unavailable";

/// Where a tenant's scorer is asked.
pub fn ask_subject(tenant: &str) -> String {
    format!("causeway.frm.{}.ask", token(tenant))
}

/// Has a tenant's scorer, wherever it runs, answer these requests. Who asked waits no longer than its
/// budget, whatever becomes of the question.
pub fn ask_elsewhere(nats: async_nats::Client, tenant: &str, mut requests: Requests) {
    let subject = ask_subject(tenant);
    let places = Arc::new(Semaphore::new(QUEUE_MAX));
    tokio::spawn(async move {
        while let Some(request) = requests.recv().await {
            // With too many under way the queue fills up, and gateways say so.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            if nats.connection_state() == State::Connected {
                tokio::spawn(ask(nats.clone(), subject.clone(), request, place));
            }
        }
    });
}

async fn ask(
    nats: async_nats::Client,
    subject: String,
    Request { attempt, reply }: Request,
    _place: OwnedSemaphorePermit,
) {
    let Ok(payload) = serde_json::to_vec(&*attempt) else { return };
    let Some(mut reply) = reply else {
        // Only to be recorded: nobody waits.
        let _ = nats.publish(subject, Bytes::from(payload)).await;
        return;
    };
    let patience = Some(Duration::from_millis(ASK_MS));
    let request = async_nats::Request::new().payload(Bytes::from(payload)).timeout(patience);
    let answer = tokio::select! {
        answer = nats.send_request(subject, request) => answer,
        () = reply.closed() => return,
    };
    let verdict: Option<Verdict> = match &answer {
        Ok(answer) => serde_json::from_slice(&answer.payload).ok(),
        Err(_) => None,
    };
    let is_asked = |verdict: &Verdict| {
        (verdict.id, verdict.hash, verdict.point) == (attempt.id, attempt.hash, attempt.point)
    };
    if let Some(verdict) = verdict.filter(is_asked) {
        let _ = reply.send(Arc::new(verdict));
    }
}

/// Answers questions that come over NATS while this scorer is the active one.
///
/// # Errors
/// The subject cannot be subscribed to.
pub async fn answer_others(
    nats: async_nats::Client,
    tenant: &str,
    scorer: Client,
    standing: Arc<Standing>,
) -> Result<(), async_nats::SubscribeError> {
    let questions = nats.subscribe(ask_subject(tenant)).await?;
    tokio::spawn(answer_all(nats, questions, scorer, standing));
    Ok(())
}

async fn answer_all(
    nats: async_nats::Client,
    mut questions: Subscriber,
    scorer: Client,
    standing: Arc<Standing>,
) {
    while let Some(question) = questions.next().await {
        if !standing.is_active() {
            continue;
        }
        let attempt = attempt(&question);
        let (reply, verdict) = oneshot::channel();
        let reply = question.reply.is_some().then_some(reply);
        let asked = attempt.map_or(Err("failed"), |attempt| {
            scorer.send(Request { attempt, reply }).map_err(|_| "busy")
        });
        let Some(to) = question.reply else { continue };
        let (nats, standing) = (nats.clone(), Arc::clone(&standing));
        tokio::spawn(async move {
            let answer = match asked {
                Ok(()) => match timeout(Duration::from_millis(ASK_MS), verdict).await {
                    Ok(Ok(verdict)) => Ok(verdict),
                    Ok(Err(_)) | Err(_) => Err("failed"),
                },
                Err(why) => Err(why),
            };
            let sent = match answer {
                Ok(verdict) => {
                    let payload = serde_json::to_vec(&*verdict).unwrap_or_default();
                    nats.publish(to, Bytes::from(payload)).await
                }
                // Another one may be active by now, and know.
                Err(_) if !standing.is_active() => Ok(()),
                Err(why) => {
                    let mut headers = HeaderMap::new();
                    headers.insert(UNAVAILABLE, why);
                    nats.publish_with_headers(to, headers, Bytes::new()).await
                }
            };
            if let Err(error) = sent {
                tracing::debug!(%error, "an answer could not be sent");
            }
        });
    }
}

fn attempt(question: &Message) -> Option<Arc<Attempt>> {
    let is_bounded = question.payload.len() <= ATTEMPT_BYTES_MAX;
    let attempt = is_bounded.then(|| serde_json::from_slice(&question.payload).ok()).flatten();
    attempt.map(Arc::new)
}
