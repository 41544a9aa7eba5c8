//! Style and scripts, compiled in. Their URLs hold their digest, so that browsers keep them for good.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};

use crate::envelope::Answer;

/// Ours, by hand.
const STYLE: &str = include_str!("assets/style.css");
/// Ours, by hand.
const SCRIPT: &str = include_str!("assets/workbench.js");
/// htmx 2.0.8, 0BSD, `dist/htmx.min.js` as published.
const HTMX: &str = include_str!("assets/htmx-2.0.8.min.js");

/// Ours.
const ICON: &str = include_str!("assets/icon.svg");

const FILES: [(&str, &str, &str); 4] = [
    ("icon.svg", "image/svg+xml", ICON),
    ("style.css", "text/css; charset=utf-8", STYLE),
    ("workbench.js", "text/javascript; charset=utf-8", SCRIPT),
    ("htmx.js", "text/javascript; charset=utf-8", HTMX),
];

/// The digest of all of them: another release has other URLs.
pub(super) fn hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let all = FILES.map(|(_, _, text)| text).concat();
        digest(&SHA256, all.as_bytes())
            .as_ref()
            .iter()
            .take(8)
            .map(|b| format!("{b:02x}"))
            .collect()
    })
}

/// One of them.
pub(super) fn serve(hash: &str, name: &str) -> Option<Answer> {
    if hash != self::hash() {
        return None;
    }
    let (_, kind, text) = FILES.iter().find(|(known, ..)| *known == name)?;
    let answer = Answer::with_body(200, kind, text.as_bytes());
    Some(answer.header("cache-control", "public, max-age=31536000, immutable"))
}
