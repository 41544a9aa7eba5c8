//! Pages, and the same in JSON for programs.

use askama::Template;
use frms::{ConditionKind, PaymentId, Subject};
use fspiop::error::Refusal;
use serde_json::{Value, json};

use super::asked::{Asked, Manner};
use super::shadow::Difference;
use super::{Desk, actions, assets, drafts, unknown, views};
use crate::cases::kept::{self, Page};
use crate::cases::{Case, export};
use crate::config::Role;
use crate::envelope::Answer;
use crate::hub::read_failed;
use crate::limits::CASES_PAGE;
use crate::screening::catalogues::{self, Promotion};

/// What every page has.
struct Shell {
    title: &'static str,
    assets: &'static str,
    user: String,
    role: &'static str,
    supervises: bool,
    csrf: String,
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'p> {
    assets: &'static str,
    wrong: &'p str,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'p> {
    assets: &'static str,
    status: u16,
    mend: &'p str,
}

#[derive(Template)]
#[template(path = "live.html")]
struct LivePage {
    shell: Shell,
    seen: u64,
    rows: Vec<views::Row>,
}

#[derive(Template)]
#[template(path = "decision.html")]
struct DecisionPage {
    shell: Shell,
    view: views::DecisionView,
}

#[derive(Template)]
#[template(path = "decision_body.html")]
struct DecisionFragment {
    view: views::DecisionView,
}

#[derive(Template)]
#[template(path = "cases.html")]
struct CasesPage {
    shell: Shell,
    state: &'static str,
    cases: Vec<CaseRow>,
    next: Option<String>,
}

struct CaseRow {
    case: Case,
    opened: String,
    worth: String,
    is_held: bool,
}

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    shell: Shell,
    case: Case,
    opened: String,
    payments: Vec<PaymentRow>,
    steps: Vec<(String, crate::cases::Step)>,
    users: Vec<String>,
}

struct PaymentRow {
    payment: crate::cases::Payment,
    time: String,
    is_held: bool,
    proposal: Option<crate::cases::Proposal>,
    may_confirm: bool,
}

#[derive(Template)]
#[template(path = "typologies.html")]
struct TypologiesPage {
    shell: Shell,
    number: u64,
    typologies: Vec<TypologyRow>,
    rules: usize,
    promotions: Vec<(String, Promotion)>,
    draft: Option<DraftView>,
    has_recorded: bool,
}

struct TypologyRow {
    id: String,
    description: String,
    alert_at: String,
    interdict_at: String,
    rules: usize,
}

struct DraftView {
    /// What names it where it is made live.
    at_ms: i64,
    at: String,
    by: String,
    json: String,
    difference: Difference,
    tested: Option<(String, drafts::Tested)>,
    numbers: Vec<(&'static str, String, String)>,
    false_positives: Vec<(String, u64, u64)>,
}

#[derive(Template)]
#[template(path = "lists.html")]
struct ListsPage {
    shell: Shell,
    kinds: Vec<(&'static str, Vec<ListRow>)>,
}

struct ListRow {
    name: String,
    /// The name as in a path.
    path: String,
    of_file: bool,
    subject: String,
    side: String,
    typology: String,
    until: String,
    reason: String,
    is_over: bool,
}

/// GET login
pub(super) fn login(wrong: &str) -> Result<Answer, Refusal> {
    html(200, &LoginPage { assets: assets::hash(), wrong })
}

/// What cannot be done, as a page.
pub(super) fn refused(refusal: &Refusal) -> Answer {
    let page =
        RefusedPage { assets: assets::hash(), status: refusal.status, mend: &refusal.detail };
    html(refusal.status, &page).unwrap_or_else(|_| Answer::empty(refusal.status))
}

/// JSON.
pub(super) fn json(body: &impl serde::Serialize) -> Answer {
    match serde_json::to_vec(body) {
        Ok(body) => Answer::with_body(200, "application/json", body),
        Err(error) => {
            tracing::error!(%error, "an answer cannot be written");
            Answer::empty(500)
        }
    }
}

fn html(status: u16, page: &impl Template) -> Result<Answer, Refusal> {
    match page.render() {
        Ok(text) => Ok(Answer::with_body(status, "text/html; charset=utf-8", text)),
        Err(error) => {
            tracing::error!(%error, "a page cannot be written");
            Err(super::refused(500, ""))
        }
    }
}

impl Desk<'_> {
    /// A GET by somebody who is known.
    pub(super) async fn show(
        &self,
        asked: &Asked<'_>,
        segments: &[&str],
    ) -> Result<Answer, Refusal> {
        match segments {
            [] => Ok(Answer::empty(303).header("location", "/workbench/live")),
            ["live"] => self.live(asked),
            ["live", "events"] => self.events(asked),
            ["decisions"] if asked.manner == Manner::Api => self.live(asked),
            ["decisions", id, point] => self.decision(asked, id, point),
            ["cases"] => self.cases(asked).await,
            ["cases", id] => self.case(asked, id).await,
            ["cases", id, "export.json"] => self.export(id, "json").await,
            ["cases", id, "export.csv"] => self.export(id, "csv").await,
            ["typologies"] => self.typologies(asked).await,
            ["lists"] => self.lists(asked),
            _ => Err(unknown()),
        }
    }

    fn shell(&self, title: &'static str) -> Shell {
        Shell {
            title,
            assets: assets::hash(),
            user: self.caller.name.clone(),
            role: self.caller.role.as_str(),
            supervises: self.caller.role == Role::Supervisor,
            csrf: self.caller.csrf.clone(),
        }
    }

    fn live(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let latest = self.workbench.board.latest();
        if asked.manner == Manner::Api {
            let verdicts: Vec<_> = latest.iter().map(|decided| &*decided.verdict).collect();
            return Ok(json(&verdicts));
        }
        let rows = latest.iter().take(SHOWN).map(|decided| views::row(decided)).collect();
        let seen = latest.first().map_or(0, |last| last.number);
        html(200, &LivePage { shell: self.shell("Live"), seen, rows })
    }

    fn decision(&self, asked: &Asked<'_>, id: &str, point: &str) -> Result<Answer, Refusal> {
        let id: PaymentId = serde_json::from_value(json!(id)).map_err(|_| unknown())?;
        let point = views::point_named(point).ok_or_else(unknown)?;
        let gone = "this decision is not remembered any more: its case, if it has one, keeps it";
        let found = self.workbench.board.find(id, point);
        let decided = found.ok_or_else(|| super::refused(404, gone))?;
        if asked.manner == Manner::Api {
            return Ok(json(&*decided.verdict));
        }
        let view = views::decision(&decided);
        match asked.wants_fragment() {
            true => html(200, &DecisionFragment { view }),
            false => html(200, &DecisionPage { shell: self.shell("Decision"), view }),
        }
    }

    async fn cases(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let state = match asked.query("state") {
            Some("closed") => "closed",
            Some("mine") => "mine",
            _ => "open",
        };
        let me = Some(self.caller.name.clone());
        let wanted = |case: &Case| match state {
            "closed" => !case.is_open(),
            "mine" => case.is_open() && case.assignee == me,
            _ => case.is_open(),
        };
        let after = asked.query("after");
        let page = kept::list(self.node, after, CASES_PAGE, wanted).await.map_err(read_failed)?;
        let Page { cases, next } = page;
        if asked.manner == Manner::Api {
            return Ok(json(&json!({ "cases": cases, "next": next })));
        }
        let mut rows = Vec::new();
        for case in cases {
            let is_held = self.any_held(&case).await?;
            let worth = match case.payments.last() {
                Some(last) => format!("{} {}", last.amount, last.currency),
                None => String::new(),
            };
            rows.push(CaseRow { opened: views::date_time(case.opened_ms), worth, is_held, case });
        }
        let shell = self.shell("Queue");
        html(200, &CasesPage { shell, state, cases: rows, next })
    }

    async fn any_held(&self, case: &Case) -> Result<bool, Refusal> {
        let held = case.payments.iter().rev().filter(|payment| payment.may_be_held());
        for payment in held.take(LOOKED_AT) {
            if self.is_held(&payment.id).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn is_held(&self, payment: &str) -> Result<bool, Refusal> {
        let Some(id) = actions::transfer_id(payment) else { return Ok(false) };
        let transfer = self.node.transfer(id).await.map_err(read_failed)?;
        Ok(transfer.is_some_and(|transfer| transfer.state == switch::TransferState::Held))
    }

    async fn case(&self, asked: &Asked<'_>, id: &str) -> Result<Answer, Refusal> {
        let found = kept::load(self.node, id).await.map_err(read_failed)?;
        let case = found.ok_or_else(unknown)?.case;
        if asked.manner == Manner::Api {
            return Ok(json(&case));
        }
        let (name, role) = (&self.caller.name, self.caller.role);
        let mut payments = Vec::new();
        for payment in case.payments.iter().rev() {
            let proposal = case.proposals.iter().find(|known| known.payment == payment.id).cloned();
            payments.push(PaymentRow {
                time: views::date_time(payment.at_ms),
                is_held: self.is_held(&payment.id).await?,
                may_confirm: case.confirmable(name, role, &payment.id).is_ok(),
                proposal,
                payment: payment.clone(),
            });
        }
        let steps = case.history.iter().rev();
        let steps = steps.map(|step| (views::date_time(step.at_ms), step.clone())).collect();
        let users = self.workbench.settings.users.iter().map(|user| user.name.clone()).collect();
        let (shell, opened) = (self.shell("Case"), views::date_time(case.opened_ms));
        html(200, &CasePage { shell, opened, payments, steps, users, case })
    }

    async fn export(&self, id: &str, kind: &str) -> Result<Answer, Refusal> {
        let found = kept::load(self.node, id).await.map_err(read_failed)?;
        let case = found.ok_or_else(unknown)?.case;
        let named = format!("attachment; filename=\"case-{}.{kind}\"", case.id);
        let answer = match kind {
            "csv" => Answer::with_body(200, "text/csv; charset=utf-8", export::csv(&case)),
            _ => json(&case),
        };
        Ok(answer.header("content-disposition", named))
    }

    async fn typologies(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let live = self.screening.live();
        let stored = catalogues::stored(&*self.node.store).await.map_err(read_failed)?;
        let draft = self.draft().await?;
        let difference = self.workbench.shadow().as_ref().map(|it| it.difference().clone());
        if asked.manner == Manner::Api {
            let body = json!({
                "live": live.number, "promotions": stored, "draft": draft,
                "difference": difference,
            });
            return Ok(json(&body));
        }
        let number =
            |number: Option<f64>| number.map_or_else(|| "–".to_owned(), |it| it.to_string());
        let typologies = live.catalogue.typologies().iter().map(|typology| TypologyRow {
            id: typology.id.to_string(),
            description: typology.description.to_string(),
            alert_at: number(typology.alert_at),
            interdict_at: number(typology.interdict_at.map(|(from, _)| from)),
            rules: typology.terms.len(),
        });
        let promotions = stored.into_iter().rev();
        let page = TypologiesPage {
            shell: self.shell("Typologies"),
            number: live.number,
            rules: live.catalogue.rules().len(),
            typologies: typologies.collect(),
            promotions: promotions.map(|one| (views::date_time(one.at_ms), one)).collect(),
            draft: draft.map(|draft| draft_view(draft, difference.unwrap_or_default())),
            has_recorded: !self.workbench.settings.recorded.as_os_str().is_empty(),
        };
        html(200, &page)
    }

    fn lists(&self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let now_ms = self.node.now().0;
        let book = self.screening.book();
        if asked.manner == Manner::Api {
            let all: Vec<_> = book.kept.values().map(|kept| &*kept.condition).collect();
            return Ok(json(&all));
        }
        let mut kinds: Vec<(&'static str, Vec<ListRow>)> = Vec::new();
        for (kind, title) in KINDS {
            let of_kind = book.kept.iter().filter(|(_, kept)| kept.condition.kind == kind);
            let rows = of_kind.map(|(name, kept)| {
                let condition = &kept.condition;
                ListRow {
                    name: name.clone(),
                    path: encoded(name),
                    of_file: kept.of_file,
                    subject: subject(&condition.subject, kept.json.get()),
                    side: format!("{:?}", condition.perspective).to_lowercase(),
                    typology: condition.typology.as_deref().unwrap_or_default().to_owned(),
                    until: condition.until_ms.map(views::date_time).unwrap_or_default(),
                    reason: condition.reason.clone(),
                    is_over: condition.until_ms.is_some_and(|until_ms| until_ms < now_ms),
                }
            });
            kinds.push((title, rows.collect()));
        }
        drop(book);
        html(200, &ListsPage { shell: self.shell("Lists"), kinds })
    }
}

/// Rows of the live page when it is opened.
const SHOWN: usize = 100;
/// Payments of a case that are asked for in the queue.
const LOOKED_AT: usize = 3;

const KINDS: [(ConditionKind, &str); 7] = [
    (ConditionKind::NonOverridableBlock, "Blocked"),
    (ConditionKind::OverridableBlock, "Blocked, unless overridden"),
    (ConditionKind::Review, "Held for review"),
    (ConditionKind::Override, "Overrides"),
    (ConditionKind::AllowPair, "Allowed pairs"),
    (ConditionKind::Snooze, "Snoozed"),
    (ConditionKind::Watch, "Watched"),
];

/// A name as one segment of a path.
fn encoded(name: &str) -> String {
    name.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

/// As its author wrote it, else by its pseudonym.
fn subject(subject: &Subject, json: &str) -> String {
    let written: Value = serde_json::from_str(json).unwrap_or_default();
    for member in ["ntty", "acct"] {
        if let Some(id) = written[member]["id"].as_str() {
            let scheme = written[member]["schmeNm"]["prtry"].as_str().unwrap_or_default();
            return format!("{scheme} {id}");
        }
    }
    match subject {
        Subject::Account(account) => format!("account {account}"),
        Subject::Entity(entity) => format!("entity {entity}"),
        Subject::Pair(debtor, creditor) => format!("{debtor} → {creditor}"),
    }
}

fn draft_view(draft: drafts::Draft, difference: Difference) -> DraftView {
    let read = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
    let reports = draft.test.as_ref().map(|test| (read(test.draft.get()), read(test.live.get())));
    let numbers = reports.as_ref().map(|(draft, live)| views::numbers(draft, live));
    let hits = reports.as_ref().and_then(|(draft, _)| draft["rules"].as_object().cloned());
    let false_positives = hits.into_iter().flatten().map(|(name, hits)| {
        let count = |member: &str| hits[member].as_u64().unwrap_or(0);
        (name, count("labelled"), count("genuine"))
    });
    DraftView {
        at_ms: draft.at_ms,
        at: views::date_time(draft.at_ms),
        by: draft.by,
        json: draft.json,
        difference,
        numbers: numbers.unwrap_or_default(),
        false_positives: false_positives.collect(),
        tested: draft.test.map(|test| (views::date_time(test.at_ms), test)),
    }
}
