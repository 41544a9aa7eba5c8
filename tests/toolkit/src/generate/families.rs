//! Genuine payments that look like a behaviour: a family against each. Some come with daily life (no `play` here), the
//! others as episodes of their own, all the time and about as many of each as of a behaviour.

mod crowds;
mod occasions;

use super::draft::Tag;
use super::stage::Stage;

/// A family of genuine payments.
pub(super) struct Family {
    pub(super) name: &'static str,
    /// The behaviours that it looks like.
    pub(super) against: &'static [&'static str],
    pub(super) play: Option<fn(&mut Stage<'_>)>,
}

const fn lived(name: &'static str, against: &'static [&'static str]) -> Family {
    Family { name, against, play: None }
}

const fn played(
    name: &'static str,
    against: &'static [&'static str],
    play: fn(&mut Stage<'_>),
) -> Family {
    Family { name, against, play: Some(play) }
}

/// All of them.
pub(super) const FAMILIES: [Family; 41] = [
    lived("salary run", &["011", "024", "129"]),
    lived("payday cash", &["191", "092", "214"]),
    lived("rent day", &["216", "002"]),
    lived("own savings", &["107"]),
    lived("student allowance", &["121"]),
    lived("school fees", &["051", "002"]),
    lived("cash pool", &["024", "107"]),
    lived("market-day takings", &["124", "051"]),
    lived("agent's float", &["037", "124"]),
    lived("price list", &["169", "095"]),
    lived("two coffees", &["095"]),
    lived("sent twice", &["095"]),
    lived("refund", &["092", "214"]),
    lived("retry", &["095", "216"]),
    played("currency trader", &["001", "005"], crowds::currency_trader),
    played("wedding", &["002", "098"], crowds::wedding),
    played("charity collection", &["002", "098", "129"], crowds::charity_collection),
    played("ticket sale", &["098", "214", "129"], crowds::ticket_sale),
    played("shared bill", &["129", "011"], crowds::shared_bill),
    played("flatmates' rent", &["214", "011", "098"], crowds::flatmates),
    played("crew paid in the field", &["011", "024"], crowds::crew),
    played("savings club", &["024", "001"], crowds::savings_club),
    played("new telephone", &["003", "105"], occasions::new_telephone),
    played("living off savings", &["005", "185"], occasions::living_off_savings),
    played("car bought", &["010", "137"], occasions::car_bought),
    played("savings pots", &["013", "107"], occasions::savings_pots),
    played("grandparent's gift", &["028", "121"], occasions::grandparent),
    played("agent serves a queue", &["037"], occasions::agent_queue),
    played("moving house", &["044", "185", "028"], occasions::moving_house),
    played("new account with salary", &["045", "195"], occasions::new_account_with_salary),
    played("holiday purchases", &["047", "179"], occasions::holiday),
    played("flight", &["179"], occasions::flight),
    played("bonus and expenses", &["052"], occasions::bonus),
    played("car sold", &["092", "191", "124"], occasions::car_sold),
    played("sole trader", &["105", "013"], occasions::sole_trader),
    played("house bought", &["137", "044", "185"], occasions::house_bought),
    played("new shop's first customers", &["195", "045"], occasions::new_shop),
    played("instalments", &["216", "010"], occasions::instalments),
    played("festive shopping", &["185", "047"], occasions::festive),
    played("back after a long time", &["044", "185"], occasions::back_again),
    played("inheritance", &["214", "002", "191"], occasions::inheritance),
];

/// The mark of a family that daily life has.
pub(super) fn tag(name: &str) -> Tag {
    let index = FAMILIES.iter().position(|family| family.name == name);
    index.map_or(Tag::Ordinary, |index| Tag::Family(index as u8))
}
