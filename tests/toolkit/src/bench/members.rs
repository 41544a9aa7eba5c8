use std::net::SocketAddr;
use std::sync::Arc;

use fspiop::jws::{SigningKey, sign};
use serde_json::{Value, json};

use super::options::Signature;
use super::wire::Pool;
use crate::onboard::{AdminClient, Member as Onboarded, Profile, Scheme};
use crate::{ToolkitError, clock};

/// The scheme's currency in a bench.
pub(super) const CURRENCY: &str = "USD";
/// What every transaction is about.
pub(super) const AMOUNT: &str = "1";
/// Each member's net debit cap and cover: nothing is refused for want of money.
const COVER: u64 = 1_000_000_000;

/// Of a hundred transactions so many are paid by each of the first four members (Mojaloop's performance white paper).
const PAID_BY: [u64; 4] = [70, 10, 10, 10];
/// And so many are paid to each of the last four.
const PAID_TO: [u64; 4] = [49, 17, 17, 17];
/// Payers and payees.
pub(super) const MEMBERS: usize = PAID_BY.len() + PAID_TO.len();

/// A DFSP of the bench.
pub(super) struct Member {
    pub(super) name: String,
    pub(super) key: SigningKey,
}

/// Who pays whom in the transaction of this number: over ten thousand transactions in a row exactly the matrix.
pub(super) fn parties_to(number: u64) -> (usize, usize) {
    let payer = pick(&PAID_BY, number.wrapping_mul(37) % 100);
    let payee = pick(&PAID_TO, number.wrapping_mul(61).wrapping_add(number / 100) % 100);
    (payer, PAID_BY.len() + payee)
}

fn pick(weights: &[u64], of_hundred: u64) -> usize {
    let mut sum = 0;
    let below = weights.iter().position(|weight| {
        sum += weight;
        of_hundred < sum
    });
    below.unwrap_or(0)
}

/// Eight members with fresh keys.
///
/// # Errors
/// [`ToolkitError::Key`] if a key cannot be made.
pub(super) fn members(signature: Signature) -> Result<Vec<Member>, ToolkitError> {
    let make = || match signature {
        Signature::Rs256 => SigningKey::generate_rsa_2048(),
        Signature::Es256 => SigningKey::generate_p256(),
    };
    std::thread::scope(|scope| {
        let making: Vec<_> = (0..MEMBERS).map(|_| scope.spawn(make)).collect();
        let made = making.into_iter().enumerate().map(|(index, key)| {
            let broken = || ToolkitError::Key("no key was made".to_owned());
            let key = key.join().map_err(|_| broken())?.map_err(|_| broken())?;
            Ok(Member { name: format!("dfsp{}", index + 1), key })
        });
        made.collect()
    })
}

/// Tells the hub of all members, and of `parties` parties of each payee.
///
/// # Errors
/// [`ToolkitError`] at the first step that the hub refuses.
pub(super) async fn onboard(
    members: &Arc<Vec<Member>>,
    callbacks: &[SocketAddr],
    admin: &AdminClient,
    hub: SocketAddr,
    parties: u32,
) -> Result<(), ToolkitError> {
    let mut scheme = Scheme::new(CURRENCY);
    (scheme.net_debit_cap, scheme.cover) = (COVER, COVER.to_string());
    for (member, address) in members.iter().zip(callbacks) {
        let pem = member.key.public_key_pem();
        scheme = scheme.with(Onboarded {
            name: member.name.clone(),
            base_url: Some(format!("http://{address}")),
            public_key_pem: Some(pem.map_err(|error| ToolkitError::Key(error.to_string()))?),
            profile: Profile::default(),
            bank: None,
        });
    }
    scheme.onboard(admin).await?;
    let pool = Pool::new(hub);
    for (index, member) in members.iter().enumerate().skip(PAID_BY.len()) {
        let status = register(member, index, &pool, hub, parties).await?;
        if status != 202 {
            let (what, body) = (format!("{}: POST /participants", member.name), String::new());
            return Err(ToolkitError::Answer { what, status, body });
        }
    }
    Ok(())
}

/// POST /participants: all parties of a member at once.
async fn register(
    member: &Member,
    index: usize,
    pool: &Pool,
    hub: SocketAddr,
    parties: u32,
) -> Result<u16, ToolkitError> {
    let party = |number| {
        json!({
            "partyIdType": "MSISDN",
            "partyIdentifier": msisdn(index, number),
            "fspId": member.name,
        })
    };
    let list: Vec<Value> = (0..parties).map(party).collect();
    let body = json!({
        "requestId": clock::fresh_uuid()?, "currency": CURRENCY, "partyList": list,
    });
    let request = Request::new("POST", "/participants").body(&body).bytes(member, hub)?;
    let failed = |source| ToolkitError::io("POST /participants", source);
    pool.exchange(&request).await.map_err(failed)
}

/// The telephone number of a party: which member's, and which of its parties.
pub(super) fn msisdn(member: usize, party: u32) -> String {
    format!("27{member}{party:08}")
}

/// Back from [`msisdn`].
pub(super) fn party_of(msisdn: &str) -> Option<(usize, usize)> {
    let member = msisdn.get(2..3)?.parse().ok()?;
    Some((member, msisdn.get(3..)?.parse().ok()?))
}

/// A message before it is signed.
pub(super) struct Request<'a> {
    method: &'a str,
    target: &'a str,
    destination: Option<&'a str>,
    body: Vec<u8>,
}

impl<'a> Request<'a> {
    pub(super) fn new(method: &'a str, target: &'a str) -> Request<'a> {
        Request { method, target, destination: None, body: Vec::new() }
    }

    pub(super) fn to(mut self, destination: &'a str) -> Request<'a> {
        self.destination = Some(destination);
        self
    }

    pub(super) fn body(mut self, body: &Value) -> Request<'a> {
        self.body = body.to_string().into_bytes();
        self
    }

    /// The bytes as they go over the wire, signed if there is a body.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if it cannot be signed.
    pub(super) fn bytes(&self, member: &Member, hub: SocketAddr) -> Result<Vec<u8>, ToolkitError> {
        use std::fmt::Write as _;
        let Request { method, target, destination, body } = self;
        let resource = target.split(['/', '?']).nth(1).unwrap_or_default();
        let media = format!("application/vnd.interoperability.{resource}+json");
        let (date, source) = (clock::http_date(), member.name.as_str());
        let mut head = format!(
            "{method} {target} HTTP/1.1\r\nHost: {hub}\r\nContent-Type: {media};version=1.1\r\n\
             Date: {date}\r\nFSPIOP-Source: {source}\r\n"
        );
        // Writing to a String cannot fail.
        if *method != "PUT" {
            let _ = write!(head, "Accept: {media};version=1\r\n");
        }
        if let Some(destination) = destination {
            let _ = write!(head, "FSPIOP-Destination: {destination}\r\n");
        }
        if !body.is_empty() {
            head.push_str(&self.signature(member, &date)?);
            let _ = write!(head, "Content-Length: {}\r\n", body.len());
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        Ok(bytes)
    }

    fn signature(&self, member: &Member, date: &str) -> Result<String, ToolkitError> {
        let draft = fspiop::jws::Draft {
            method: self.method,
            target: self.target,
            source: &member.name,
            destination: self.destination,
            date: Some(date),
            also: &[],
            body: &self.body,
        };
        let random = aws_lc_rs::rand::SystemRandom::new();
        let signed = sign(&draft, &member.key, &random);
        let signed = signed.map_err(|error| ToolkitError::Key(error.to_string()))?;
        Ok(format!(
            "FSPIOP-Signature: {}\r\nFSPIOP-URI: {}\r\nFSPIOP-HTTP-Method: {}\r\n",
            signed.signature, signed.uri, signed.method
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_pays_whom_is_the_matrix() {
        let mut counts = [[0_u64; MEMBERS]; MEMBERS];
        for number in 0..10_000 {
            let (payer, payee) = parties_to(number);
            counts[payer][payee] += 1;
        }
        for (payer, paid) in PAID_BY.iter().enumerate() {
            for (payee, received) in PAID_TO.iter().enumerate() {
                assert_eq!(counts[payer][PAID_BY.len() + payee], paid * received);
            }
        }
    }

    #[test]
    fn a_number_says_whose_it_is() {
        assert_eq!(msisdn(7, 42), "27700000042");
        assert_eq!(party_of("27700000042"), Some((7, 42)));
        assert_eq!(party_of("27"), None);
    }
}
