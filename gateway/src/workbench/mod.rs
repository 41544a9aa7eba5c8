//! The analysts' pages and their API (docs/workbench.md): what screening decides, as it decides it;
//! cases; typologies tried out before they count; lists. Nothing in here judges a payment, and nothing
//! moves money but an operator's word on a held transfer, by two people.
//!
//! * `asked`: one request; `sessions`: who asks
//! * `pages`, `views`: what is shown; `actions`, `closing`, `quiet`, `drafts`: what is done
//! * `board`, `live`: decisions as they come; `shadow`: the draft beside what is live
//! * `assets`: style, script, htmx

mod actions;
mod asked;
mod assets;
mod board;
mod closing;
mod drafts;
mod live;
mod pages;
mod quiet;
mod sessions;
mod shadow;
mod views;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fspiop::error::{ErrorCode, Refusal};

use crate::config::WorkbenchSettings;
use crate::envelope::{Answer, Envelope};
use crate::hub;
use crate::node::Node;
use crate::screening::Screening;
use asked::{Asked, Manner};
use board::Board;
use sessions::{Caller, Sessions};
use shadow::Shadow;

pub use board::follow;
pub use drafts::{DRAFT, resume};

/// What the pages of one node know.
pub struct Workbench {
    settings: WorkbenchSettings,
    sessions: Sessions,
    board: Board,
    shadow: Mutex<Option<Shadow>>,
    /// Held by whoever runs a backtest: one at a time.
    testing: tokio::sync::Mutex<()>,
}

impl Workbench {
    /// None where it is off.
    pub fn new(settings: &WorkbenchSettings) -> Option<Workbench> {
        settings.enabled.then(|| Workbench {
            settings: settings.clone(),
            sessions: Sessions::default(),
            board: Board::default(),
            shadow: Mutex::default(),
            testing: tokio::sync::Mutex::default(),
        })
    }

    /// Its settings.
    pub fn settings(&self) -> &WorkbenchSettings {
        &self.settings
    }

    fn shadow(&self) -> MutexGuard<'_, Option<Shadow>> {
        self.shadow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a request is answered with: everything that there is.
struct Desk<'n> {
    node: &'n Arc<Node>,
    workbench: &'n Workbench,
    screening: &'n Screening,
    caller: Caller,
}

/// Answers one request of an analyst.
pub async fn receive(node: &Arc<Node>, envelope: Envelope) -> Answer {
    let asked = match Asked::of(&envelope) {
        Ok(asked) => asked,
        Err(refusal) => return hub::refused(&refusal).on("workbench-unknown"),
    };
    let answer = match (&node.workbench, &node.screening) {
        (Some(workbench), Some(screening)) => admit(node, workbench, screening, &asked).await,
        _ => Err(unknown()),
    };
    let answer = answer.unwrap_or_else(|refusal| match asked.manner {
        Manner::Api => hub::refused(&refusal),
        Manner::Page => pages::refused(&refusal),
    });
    guarded(answer).on("workbench")
}

async fn admit(
    node: &Arc<Node>,
    workbench: &Workbench,
    screening: &Screening,
    asked: &Asked<'_>,
) -> Result<Answer, Refusal> {
    let segments: Vec<&str> = asked.segments.iter().map(String::as_str).collect();
    match (asked.method, segments.as_slice()) {
        ("GET", ["assets", hash, name]) => return assets::serve(hash, name).ok_or_else(unknown),
        ("GET", ["login"]) => return pages::login(""),
        ("POST", ["login"]) => return sessions::login(node, workbench, asked).await,
        _ => {}
    }
    let now_ms = node.now().0;
    let Some(caller) = sessions::caller(workbench, asked, now_ms)? else {
        return match (asked.manner, asked.method) {
            (Manner::Page, "GET") => Ok(Answer::empty(303).header("location", "/workbench/login")),
            _ => Err(refused(401, "log in, or send Authorization: Bearer with your token")),
        };
    };
    let desk = Desk { node, workbench, screening, caller };
    match asked.method {
        "GET" => desk.show(asked, &segments).await,
        "POST" => desk.act(asked, &segments).await,
        _ => {
            let mut refusal = refused(405, "use GET or POST");
            refusal.allow = Some("GET, POST".to_owned());
            Err(refusal)
        }
    }
}

/// No script but ours, no frame, nothing kept on the way.
fn guarded(answer: Answer) -> Answer {
    let is_asset = answer.headers.iter().any(|(name, _)| *name == "cache-control");
    let answer = answer
        .header(
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
        .header("x-content-type-options", "nosniff")
        .header("referrer-policy", "same-origin");
    if is_asset { answer } else { answer.header("cache-control", "no-store") }
}

fn unknown() -> Refusal {
    refused(404, "no such page")
}

fn refused(status: u16, mend: impl Into<String>) -> Refusal {
    let code = match status {
        404 => ErrorCode::UnknownUri,
        _ => ErrorCode::ValidationError,
    };
    Refusal::new(code, mend.into()).with_status(status)
}
