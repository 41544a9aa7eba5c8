//! Who asks: a user of the configuration, by token or by the session that a token began. Tokens and
//! session ids are kept and compared as digests, in constant time.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use fspiop::error::Refusal;

use super::asked::{Asked, Manner};
use super::{Workbench, pages, refused};
use crate::config::{Role, User, WorkbenchSettings};
use crate::envelope::Answer;
use crate::limits::{WORKBENCH_REFUSED_MS, WORKBENCH_SESSION_MS, WORKBENCH_SESSIONS_MAX};
use crate::node::Node;

const COOKIE: &str = "causeway_workbench";
/// Bytes of what nobody guesses.
const SECRET_BYTES: usize = 32;

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) name: String,
    pub(super) role: Role,
    /// What its forms carry; empty for one who came with a token.
    pub(super) csrf: String,
}

/// Sessions under way, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: Mutex<VecDeque<Session>>,
}

#[derive(Debug)]
struct Session {
    /// Of the id that the cookie holds.
    digest: [u8; 32],
    name: String,
    csrf: String,
    until_ms: i64,
}

impl Caller {
    /// Only those who may.
    ///
    /// # Errors
    /// 403 for an analyst.
    pub(super) fn supervises(&self) -> Result<(), Refusal> {
        match self.role {
            Role::Supervisor => Ok(()),
            Role::Analyst => Err(refused(403, "a supervisor must do this")),
        }
    }
}

/// Who asks; nobody where neither a token nor a session is shown.
///
/// # Errors
/// 401 for a token that nobody has; 403 for a form that is not of our pages.
pub(super) fn caller(
    workbench: &Workbench,
    asked: &Asked<'_>,
    now_ms: i64,
) -> Result<Option<Caller>, Refusal> {
    let settings = &workbench.settings;
    if let Some(authorization) = asked.header("authorization") {
        let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
        let user = user_of(settings, token).ok_or_else(|| refused(401, "nobody has this token"))?;
        let Caller { name, role, .. } = Caller::of(user, String::new());
        return Ok(Some(Caller { name, role, csrf: String::new() }));
    }
    let Some(id) = asked.header("cookie").and_then(session_id) else { return Ok(None) };
    let Some((name, csrf)) = workbench.sessions.find(id, now_ms) else { return Ok(None) };
    // Who is no longer in the configuration is out: it was read at the start.
    let Some(user) = settings.users.iter().find(|user| user.name == name) else { return Ok(None) };
    if asked.method != "GET" {
        of_our_pages(settings, asked)?;
        let shown = asked.header("x-csrf-token").or(asked.field("csrf")).unwrap_or_default();
        if verify_slices_are_equal(shown.as_bytes(), csrf.as_bytes()).is_err() {
            return Err(refused(403, "this form is not of this session: load the page again"));
        }
    }
    Ok(Some(Caller::of(user, csrf)))
}

/// POST /workbench/login
pub(super) async fn login(
    node: &Node,
    workbench: &Workbench,
    asked: &Asked<'_>,
) -> Result<Answer, Refusal> {
    of_our_pages(&workbench.settings, asked)?;
    let token = asked.field("token").unwrap_or_default();
    let Some(user) = user_of(&workbench.settings, token) else {
        tracing::warn!("somebody came to the workbench with a token that nobody has");
        tokio::time::sleep(Duration::from_millis(WORKBENCH_REFUSED_MS)).await;
        return match asked.manner {
            Manner::Page => pages::login("Nobody has this token."),
            Manner::Api => Err(refused(401, "nobody has this token")),
        };
    };
    let (id, csrf) = (secret()?, secret()?);
    let until_ms = node.now().plus_ms(WORKBENCH_SESSION_MS).0;
    workbench.sessions.begin(&id, &user.name, csrf, until_ms);
    tracing::info!(user = user.name, "a session at the workbench has begun");
    let seconds = WORKBENCH_SESSION_MS / 1_000;
    let secure = if workbench.settings.url.is_empty() { "" } else { "; Secure" };
    let cookie = format!(
        "{COOKIE}={id}; Path=/workbench; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    Ok(Answer::empty(303).header("location", "/workbench/live").header("set-cookie", cookie))
}

/// POST /workbench/logout
pub(super) fn logout(workbench: &Workbench, asked: &Asked<'_>) -> Answer {
    if let Some(id) = asked.header("cookie").and_then(session_id) {
        workbench.sessions.end(id);
    }
    let gone = format!("{COOKIE}=; Path=/workbench; Max-Age=0; HttpOnly; SameSite=Strict");
    Answer::empty(303).header("location", "/workbench/login").header("set-cookie", gone)
}

/// A browser says where a form is from.
fn of_our_pages(settings: &WorkbenchSettings, asked: &Asked<'_>) -> Result<(), Refusal> {
    let Some(origin) = asked.header("origin") else { return Ok(()) };
    let host = asked.header("host").unwrap_or_default();
    let is_ours = match settings.url.is_empty() {
        true => origin.strip_prefix("http://") == Some(host),
        false => origin == settings.url,
    };
    if is_ours { Ok(()) } else { Err(refused(403, "this form is not of these pages")) }
}

/// Every digest is looked at, so that time tells nothing.
fn user_of<'s>(settings: &'s WorkbenchSettings, token: &str) -> Option<&'s User> {
    let shown: String =
        digest(&SHA256, token.as_bytes()).as_ref().iter().map(|b| format!("{b:02x}")).collect();
    let is_theirs = |user: &User| {
        verify_slices_are_equal(user.token_sha256.as_bytes(), shown.as_bytes()).is_ok()
    };
    settings.users.iter().fold(None, |found, user| if is_theirs(user) { Some(user) } else { found })
}

fn session_id(cookies: &str) -> Option<&str> {
    let mut pairs = cookies.split(';').filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value)
}

fn secret() -> Result<String, Refusal> {
    let mut bytes = [0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| refused(500, "no entropy"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn digest_of(id: &str) -> [u8; 32] {
    let found = digest(&SHA256, id.as_bytes());
    <[u8; 32]>::try_from(found.as_ref()).unwrap_or_default()
}

impl Caller {
    fn of(user: &User, csrf: String) -> Caller {
        Caller { name: user.name.clone(), role: user.role, csrf }
    }
}

impl Sessions {
    fn begin(&self, id: &str, name: &str, csrf: String, until_ms: i64) {
        let mut open = self.lock();
        if open.len() >= WORKBENCH_SESSIONS_MAX {
            open.pop_front();
        }
        let (digest, name) = (digest_of(id), name.to_owned());
        open.push_back(Session { digest, name, csrf, until_ms });
    }

    fn find(&self, id: &str, now_ms: i64) -> Option<(String, String)> {
        let digest = digest_of(id);
        let mut open = self.lock();
        open.retain(|session| session.until_ms > now_ms);
        let found = open.iter().find(|session| session.digest == digest)?;
        Some((found.name.clone(), found.csrf.clone()))
    }

    fn end(&self, id: &str) {
        let digest = digest_of(id);
        self.lock().retain(|session| session.digest != digest);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_with_its_time_or_its_user_and_the_oldest_makes_room() {
        let sessions = Sessions::default();
        sessions.begin("a", "ann", "c".to_owned(), 100);
        assert_eq!(sessions.find("a", 99), Some(("ann".to_owned(), "c".to_owned())));
        assert_eq!(sessions.find("b", 99), None);
        assert_eq!(sessions.find("a", 100), None);
        for number in 0..=WORKBENCH_SESSIONS_MAX {
            sessions.begin(&number.to_string(), "ann", String::new(), 100);
        }
        assert!(sessions.find("0", 1).is_none() && sessions.find("1", 1).is_some());
        sessions.end("1");
        assert!(sessions.find("1", 1).is_none());
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let header = "a=b; causeway_workbench=xyz; c=d";
        assert_eq!(session_id(header), Some("xyz"));
        assert_eq!(session_id("causeway_workbench_other=xyz"), None);
    }
}
