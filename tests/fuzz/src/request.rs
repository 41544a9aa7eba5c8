//! FSPIOP requests: `METHOD target`, header lines, an empty line, the body.

use fspiop::amount::CurrencyList;
use fspiop::error::{ErrorInformation, Refusal};
use fspiop::headers::{HeaderList, RequestHeaders};
use fspiop::json::{self, Value, to_canonical};
use fspiop::participant::ParticipantsPost;
use fspiop::party::PartiesPut;
use fspiop::quote::{QuotesPost, QuotesPut};
use fspiop::route::{Match, Route};
use fspiop::transfer::{TransfersPost, TransfersPut};
use fspiop::version::{Rules, Version};

/// A request as the text of a target's input.
pub struct Text<'a> {
    /// The method.
    pub method: &'a str,
    /// The request target.
    pub target: &'a str,
    /// The header lines.
    pub headers: HeaderList,
    /// The rest.
    pub body: &'a [u8],
}

impl<'a> Text<'a> {
    /// Splits an input; none if it has no request line.
    pub fn of(bytes: &'a [u8]) -> Option<Text<'a>> {
        let (head, body) = match bytes.windows(2).position(|pair| pair == b"\n\n") {
            Some(at) => (bytes.get(..at)?, bytes.get(at + 2..)?),
            None => (bytes, &b""[..]),
        };
        let mut lines = std::str::from_utf8(head).ok()?.split('\n');
        let (method, target) = lines.next()?.split_once(' ')?;
        let mut headers = HeaderList::new();
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            headers.push(name, value.trim());
        }
        Some(Text { method, target, headers, body })
    }
}

/// Route, headers and body: a refusal is always a whole answer, and what is taken means the same when
/// it is written and read again.
pub fn whole(bytes: &[u8]) {
    let Some(text) = Text::of(bytes) else { return };
    let currencies = CurrencyList::shipped();
    let found = match Match::find(text.method, text.target) {
        Ok(found) => found,
        Err(refusal) => return answers(&refusal),
    };
    let headers = RequestHeaders::parse(&text.headers, found.operation(), text.body.len());
    if let Err(refusal) = &headers {
        answers(refusal);
    }
    let Ok(body) = json::parse(text.body) else { return };
    let again = json::parse(&to_canonical(&body)).ok();
    for version in [Version::V1_0, Version::V1_1, Version::V2_0] {
        let rules = Rules::new(version, &currencies);
        let Ok(route) = found.route(&rules) else { continue };
        let once = meaning(&route, &body, &rules);
        if let Err(refusal) = &once {
            answers(refusal);
        }
        let twice = again.as_ref().map(|again| meaning(&route, again, &rules));
        assert_eq!(Some(once), twice);
    }
}

/// A refusal is worded within the limits of the API Definition.
fn answers(refusal: &Refusal) {
    assert!((400..600).contains(&refusal.status), "{}", refusal.status);
    assert!(refusal.description().chars().count() <= 128, "{}", refusal.description());
    let rendered = json::parse(&refusal.render());
    assert!(rendered.is_ok_and(|body| body.member("errorInformation").is_some()));
}

/// What a body means to the operation that it came with.
fn meaning(route: &Route, body: &Value, rules: &Rules<'_>) -> Result<String, Refusal> {
    Ok(match route {
        Route::PostQuote => format!("{:?}", QuotesPost::parse(body, rules)?),
        Route::PutQuote(_) => format!("{:?}", QuotesPut::parse(body, rules)?),
        Route::PostTransfer => {
            let post = TransfersPost::parse(body, rules)?;
            format!("{post:?} {:?}", post.terms_hash())
        }
        Route::PutTransfer(_) => {
            let put = TransfersPut::parse(body)?;
            format!("{put:?} {:?}", put.terms_hash())
        }
        Route::PutParty(_) => format!("{:?}", PartiesPut::parse(body, rules)?),
        Route::PostParticipants => format!("{:?}", ParticipantsPost::parse(body, rules)?),
        Route::PutTransferError(_) | Route::PutQuoteError(_) | Route::PutPartyError(_) => {
            format!("{:?}", ErrorInformation::parse(body)?)
        }
        _ => String::new(),
    })
}
