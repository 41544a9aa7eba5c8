//! Net debit caps and positions.

use std::sync::Arc;

use fspiop::error::{ErrorCode, Refusal};
use fspiop::json::Unfit;
use serde::Serialize;
use serde_json::value::RawValue;
use switch::{Account, AccountKind, Command, Currency, Money};

use super::request::{self, Member, Request};
use super::{audit, json, ledger};
use crate::envelope::Answer;
use crate::hub::read_failed;
use crate::node::Node;

/// The only type of limit that there is.
const NET_DEBIT_CAP: &str = "NET_DEBIT_CAP";

#[derive(Serialize)]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    currency: String,
    limit: ShownLimit,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShownLimit {
    r#type: &'static str,
    value: Option<Box<RawValue>>,
    alarm_percentage: u8,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Position {
    currency: String,
    value: Option<Box<RawValue>>,
    changed_date: Option<String>,
}

/// What a body says of a limit.
struct Wished {
    net_debit_cap: Money,
    alarm_percentage: Option<u8>,
}

/// GET /participants/limits
pub(super) async fn list_all(node: &Arc<Node>, request: &Request<'_>) -> Result<Answer, Refusal> {
    let wanted = Wanted::of(node, request)?;
    let accounts = node.store.accounts().await.map_err(read_failed)?;
    let named = |account: &Account| account.key.participant.as_str().to_owned();
    let shown = accounts.iter().filter(|account| wanted.takes(account));
    let shown: Vec<Shown> = shown.filter_map(|one| shape(Some(named(one)), one)).collect();
    Ok(json(200, &shown))
}

/// GET /participants/{name}/limits
pub(super) async fn list(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let wanted = Wanted::of(node, request)?;
    let participant = ledger::participant(node, name).await?;
    let accounts = ledger::accounts(node, &participant).await?;
    let shown = accounts.iter().filter(|account| wanted.takes(account));
    Ok(json(200, &shown.filter_map(|account| shape(None, account)).collect::<Vec<_>>()))
}

/// PUT /participants/{name}/limits
pub(super) async fn replace(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let body = Member::root(&body);
    let currency = request::currency(node, &body)?;
    let Wished { net_debit_cap, alarm_percentage } = wished(request, &body, currency)?;
    let participant = ledger::participant(node, name).await?;
    let command = Command::SetLimit {
        participant: participant.name.clone(),
        net_debit_cap,
        alarm_percentage,
    };
    ledger::change(node, command).await?;
    audit("set limit", name);
    let accounts = ledger::accounts(node, &participant).await?;
    let mut shown = accounts.iter().filter(|account| account.key.currency == currency);
    Ok(json(200, &shown.find_map(|account| shape(None, account))))
}

/// POST /participants/{name}/initialPositionAndLimits
pub(super) async fn set_initial(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let body = request.body()?;
    let body = Member::root(&body);
    let currency = request::currency(node, &body)?;
    let Wished { net_debit_cap, alarm_percentage } = wished(request, &body, currency)?;
    let initial = body.optional_as("initialPosition", |value| request.money(value, currency))?;
    let participant = ledger::participant(node, name).await?.name;
    let command = Command::SetInitialPositionAndLimit {
        participant,
        initial_position: initial.unwrap_or(Money::zero(currency)),
        net_debit_cap,
        alarm_percentage,
    };
    ledger::change(node, command).await?;
    audit("set initial position and limit", name);
    Ok(Answer::empty(201))
}

/// GET /participants/{name}/positions
pub(super) async fn positions(
    node: &Arc<Node>,
    request: &Request<'_>,
    name: &str,
) -> Result<Answer, Refusal> {
    let wanted = Wanted::of(node, request)?;
    let participant = ledger::participant(node, name).await?;
    let accounts = ledger::accounts(node, &participant).await?;
    let shown = accounts.iter().filter(|account| wanted.takes(account)).map(|account| Position {
        currency: account.key.currency.as_str().to_owned(),
        value: ledger::number(account.balance),
        changed_date: ledger::date_time(account.changed_at),
    });
    Ok(json(200, &shown.collect::<Vec<_>>()))
}

/// Which position accounts a query asks for.
struct Wanted {
    currency: Option<Currency>,
}

impl Wanted {
    fn of(node: &Node, request: &Request<'_>) -> Result<Wanted, Refusal> {
        let unfit = |unfit: Unfit| Refusal::new(ErrorCode::ValidationError, unfit.0);
        let currency = match request.query("currency") {
            Some(text) => {
                let known = node.currencies.parse(&text).map_err(unfit)?;
                known.as_str().parse().ok()
            }
            None => None,
        };
        match request.query("type") {
            Some(other) if other != NET_DEBIT_CAP => Err(unfit(ONLY_NET_DEBIT_CAP)),
            _ => Ok(Wanted { currency }),
        }
    }

    fn takes(&self, account: &Account) -> bool {
        account.key.kind == AccountKind::Position
            && self.currency.is_none_or(|currency| account.key.currency == currency)
    }
}

const ONLY_NET_DEBIT_CAP: Unfit = Unfit("the type of a limit must be NET_DEBIT_CAP");

fn wished(request: &Request<'_>, body: &Member<'_>, currency: Currency) -> Result<Wished, Refusal> {
    body.required_as("limit", |limit| {
        limit.required_text("type", |kind| match kind {
            NET_DEBIT_CAP => Ok(()),
            _ => Err(ONLY_NET_DEBIT_CAP),
        })?;
        Ok(Wished {
            net_debit_cap: limit.required_as("value", |value| request.money(value, currency))?,
            alarm_percentage: limit
                .optional_as("alarmPercentage", |value| request.percentage(value))?,
        })
    })
}

fn shape(name: Option<String>, account: &Account) -> Option<Shown> {
    let limit = account.limit?;
    Some(Shown {
        name,
        currency: account.key.currency.as_str().to_owned(),
        limit: ShownLimit {
            r#type: NET_DEBIT_CAP,
            value: ledger::number(limit.net_debit_cap),
            alarm_percentage: limit.alarm_percentage,
        },
    })
}
