//! The one function that moves money.

use crate::{Command, Decision, Rules, Timestamp, View};

/// Decides one command on the rows of `view` at the batch's time. Nothing is changed; lay the
/// decision over the view with [`View::apply`] before the next command of the batch.
pub fn decide(view: &View, command: &Command, rules: &Rules, now: Timestamp) -> Decision {
    let _ = (view, command, rules, now);
    unimplemented!()
}
