//! Who asks: a caller of the configuration, by its token. Tokens are compared as digests, in constant
//! time.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};

use super::Fault;
use crate::config::ScreeningSettings;

/// Lets in who may: with callers in the configuration those alone, each for its own tenant.
pub(super) fn admit(
    settings: &ScreeningSettings,
    authorization: Option<&str>,
) -> Result<(), Fault> {
    let callers = &settings.tms.callers;
    if callers.is_empty() {
        return Ok(());
    }
    let token = authorization.and_then(|text| text.strip_prefix("Bearer ")).unwrap_or_default();
    let shown: String = digest(&SHA256, token.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    // All are looked at, so that time does not tell which.
    let mut found = None;
    for caller in callers {
        if verify_slices_are_equal(shown.as_bytes(), caller.token_sha256.as_bytes()).is_ok() {
            found = Some(caller);
        }
    }
    match found {
        Some(caller) if caller.tenant == settings.tenant => Ok(()),
        Some(caller) => {
            let (caller, tenant) = (caller.name.as_str(), caller.tenant.as_str());
            tracing::warn!(caller, tenant, "a caller of another tenant was not let in");
            Err(Fault::Unauthorized)
        }
        None => Err(Fault::Unauthorized),
    }
}
