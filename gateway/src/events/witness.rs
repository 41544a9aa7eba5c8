//! Which submissions cause events: those with commands, and those that change a participant's record
//! or a condition. Their events are rendered inside the batch, with the batch's time.

use std::sync::Arc;

use switch::{Command, Decision, Timestamp};
use switch_store::{DocumentWrite, NotRendered, Render, Rendered, Submission};

use super::{operators, transfers};
use crate::holds::HOLD_DECISION;
use crate::peers::PEER;
use crate::screening::conditions::CONDITION;

/// Renders what a submission renders anyhow, and the events that follow from its decisions.
struct Witness {
    tenant: Arc<str>,
    inner: Option<Arc<dyn Render>>,
    /// What operators asked for, by the place of the command.
    commands: Vec<(usize, Command)>,
    /// Records and conditions as they will be.
    documents: Vec<DocumentWrite>,
}

/// The submission with the events that it causes.
pub(super) fn witnessed(tenant: &Arc<str>, mut submission: Submission) -> Submission {
    let documents = submission.documents.iter().filter(|write| is_told_of(write)).cloned();
    let documents: Vec<DocumentWrite> = documents.collect();
    if submission.commands.is_empty() && documents.is_empty() {
        return submission;
    }
    let commands = submission.commands.iter().enumerate();
    let commands = commands.filter(|(_, command)| operators::is_told_of(command));
    let commands = commands.map(|(place, command)| (place, command.clone())).collect();
    let (tenant, inner) = (Arc::clone(tenant), submission.render.take());
    submission.render = Some(Arc::new(Witness { tenant, inner, commands, documents }));
    submission
}

impl Render for Witness {
    fn render(&self, decisions: &[Decision], now: Timestamp) -> Result<Rendered, NotRendered> {
        let inner = self.inner.as_ref().map(|inner| inner.render(decisions, now));
        let mut rendered = inner.transpose()?.unwrap_or_default();
        let operator = operator(&rendered.documents);
        for (place, decision) in decisions.iter().enumerate() {
            let said = operator.as_deref();
            rendered.outbox.extend(transfers::rows(&self.tenant, decision, said, now)?);
            let command = self.commands.iter().find(|(of, _)| *of == place);
            if let Some((_, command)) = command {
                rendered.outbox.extend(operators::command(&self.tenant, command, decision, now)?);
            }
        }
        for write in &self.documents {
            rendered.outbox.extend(operators::document(&self.tenant, write, now)?);
        }
        Ok(rendered)
    }
}

fn is_told_of(write: &DocumentWrite) -> bool {
    write.key.kind == PEER || write.key.kind == CONDITION
}

/// Who released or blocked a held transfer, where the request named somebody.
fn operator(documents: &[DocumentWrite]) -> Option<String> {
    let word = documents.iter().find(|write| write.key.kind == HOLD_DECISION)?;
    let word: serde_json::Value = serde_json::from_slice(word.body.as_ref()?).ok()?;
    word["operator"].as_str().map(str::to_owned)
}
