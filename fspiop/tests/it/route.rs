//! Routes (rows H11 and H14) and the segment from which FSPIOP-URI is compared.

use crate::rows;
use fspiop::amount::CurrencyList;
use fspiop::route::{Match, Method, Operation, Route, from_first_resource};
use fspiop::version::{Resource, Rules, Version};

const ID: &str = "b51ec534-ee48-4575-b6a9-ead2955b8069";

/// `Operation(ids)`, or status, code and Allow.
fn outcome(method: &str, target: &str) -> String {
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(Version::V1_1, &currencies);
    let found = Match::find(method, target).and_then(|found| found.route(&rules));
    match found {
        Ok(route) => format!("{route:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
        Err(refusal) => {
            let allow = refusal.allow.map(|allow| format!(" {allow}")).unwrap_or_default();
            format!("{} {}{allow}", refusal.status, refusal.code)
        }
    }
}

/// Method, target, outcome; `<id>` stands for a UUID.
const TARGETS: &str = "
    GET     | /parties/MSISDN/123                     | GetParty
    GET     | /parties/BUSINESS/acme/TILL7            | GetParty
    PUT     | /parties/MSISDN/123                     | PutParty
    PUT     | /parties/BUSINESS/acme/TILL7            | PutParty
    PUT     | /parties/MSISDN/123/error               | PutPartyError
    PUT     | /parties/BUSINESS/acme/TILL7/error      | PutPartyError
    GET     | /parties/MSISDN/123/error               | GetParty
    GET     | /participants/MSISDN/123                | GetParticipant
    GET     | /participants/MSISDN/123?currency=USD   | GetParticipant
    GET     | /participants/BUSINESS/acme/TILL7       | GetParticipant
    POST    | /participants/MSISDN/123                | PostParticipant
    POST    | /participants/BUSINESS/acme/TILL7       | PostParticipant
    DELETE  | /participants/MSISDN/123                | DeleteParticipant
    DELETE  | /participants/BUSINESS/acme/T?currency=USD | DeleteParticipant
    PUT     | /participants/MSISDN/123                | PutParticipant
    PUT     | /participants/BUSINESS/acme/TILL7       | PutParticipant
    PUT     | /participants/MSISDN/123/error          | PutParticipantError
    PUT     | /participants/BUSINESS/acme/TILL7/error | PutParticipantError
    POST    | /participants                           | PostParticipants
    PUT     | /participants/<id>                      | PutParticipants
    PUT     | /participants/<id>/error                | PutParticipantsError
    PUT     | /participants/ALIAS/error               | PutParticipant
    POST    | /quotes                                 | PostQuote
    GET     | /quotes/<id>                            | GetQuote
    PUT     | /quotes/<id>                            | PutQuote
    PUT     | /quotes/<id>/error                      | PutQuoteError
    POST    | /transfers                              | PostTransfer
    GET     | /transfers/<id>                         | GetTransfer
    PUT     | /transfers/<id>                         | PutTransfer
    PUT     | /transfers/<id>/error                   | PutTransferError
    PATCH   | /transfers/<id>                         | PatchTransfer
    POST    | http://hub.example:4000/transfers       | PostTransfer
    POST    | HTTPS://[::1]:4000/transfers            | PostTransfer
    POST    | /transfers?x=1                          | PostTransfer
    PUT     | /parties/ALIAS/jos%C3%A9%2Fx            | PutParty

    # H11: exact or unknown
    POST    | //transfers                             | 404 3002
    POST    | /transfers/                             | 404 3002
    POST    | /transfers//                            | 404 3002
    POST    | /transfers/../admin                     | 404 3002
    POST    | /transfers/..                           | 404 3002
    POST    | /./transfers                            | 404 3002
    POST    | /x/../transfers                         | 404 3002
    GET     | /transfers/%2e%2e/admin                 | 404 3002
    GET     | /transfers/%2E%2e                       | 404 3002
    GET     | /parties/ALIAS/.%2e                     | 404 3002
    GET     | /parties/ALIAS/%2e                      | 404 3002
    POST    | /transfers;x                            | 404 3002
    POST    | /transfers;x=1?y                        | 404 3002
    GET     | /parties/ALIAS/a;b                      | 404 3002
    POST    | /%74ransfers                            | 404 3002
    POST    | /Transfers                              | 404 3002
    POST    | /transfers#f                            | 404 3002
    POST    | \\transfers                             | 404 3002
    POST    | /transfers\\..                          | 404 3002
    POST    | transfers                               | 404 3002
    POST    | *                                       | 404 3002
    POST    | /                                       | 404 3002
    POST    | http://hub.example                      | 404 3002
    POST    | http:///transfers                       | 404 3002
    POST    | http://user@hub.example/transfers       | 404 3002
    POST    | ftp://hub.example/transfers             | 404 3002
    POST    | http://hub.example//transfers           | 404 3002
    POST    | /fspiop/transfers                       | 404 3002
    GET     | /admin                                  | 404 3002
    GET     | /parties/MSISDN                         | 404 3002
    GET     | /parties/MSISDN/1/2/3                   | 404 3002
    PUT     | /transfers/<id>/errors                  | 404 3002
    PUT     | /transfers/<id>/error/                  | 404 3002
    GET     | /parties/ALIAS/josé                     | 404 3002
    POST    | /fxTransfers                            | 404 3002

    # H14 and wrong methods
    GET     | /transfers                              | 405 3000 POST
    DELETE  | /transfers/<id>                         | 405 3000 GET, PUT, PATCH
    PATCH   | /transfers/<id>/error                   | 405 3000 PUT
    POST    | /quotes/<id>                            | 405 3000 GET, PUT
    PATCH   | /parties/MSISDN/1                       | 405 3000 GET, PUT
    PATCH   | /participants/MSISDN/1                  | 405 3000 GET, POST, PUT, DELETE
    GET     | /participants/<id>                      | 405 3000 PUT
    OPTIONS | /transfers                              | 405 3000 POST
    HEAD    | /transfers/<id>                         | 405 3000 GET, PUT, PATCH
    post    | /transfers                              | 405 3000 POST
    TRACE   | /transfers                              | 405 3000 GET, POST, PUT, PATCH, DELETE
    CONNECT | hub.example:443                         | 405 3000 GET, POST, PUT, PATCH, DELETE

    # ids
    GET     | /transfers/x                            | 400 3100
    GET     | /transfers/B51EC534-EE48-4575-B6A9-EAD2955B8069 | 400 3100
    GET     | /transfers/01ARZ3NDEKTSV4RRFFQ69G5FAV   | 400 3100
    GET     | /transfers/b51ec534-ee48-4575-b6a9-ead2955b806%39 | GetTransfer
    GET     | /parties/PHONE/1                        | 400 3100
    GET     | /parties/msisdn/1                       | 400 3100
    GET     | /parties/ALIAS/%                        | 400 3101
    GET     | /parties/ALIAS/%2                       | 400 3101
    GET     | /parties/ALIAS/%zz                      | 400 3101
    GET     | /parties/ALIAS/%ff                      | 400 3101
    GET     | /parties/ALIAS/a%00b                    | 400 3100
    GET     | /parties/ALIAS/a%20b                    | 400 3100
    GET     | /parties/ALIAS/a%0d%0aX:y               | 400 3100
    GET     | /parties/ALIAS/%7Bx%7D                  | 400 3100
    GET     | /participants/MSISDN/1?currency=usd     | 400 3100
    GET     | /participants/MSISDN/1?currency=BTC     | 400 3100
    GET     | /participants/MSISDN/1?currency=        | 400 3100
    GET     | /participants/MSISDN/1?currency=USD&currency=EUR | 400 3101
    GET     | /participants/MSISDN/1?other=1          | GetParticipant
";

#[test]
fn targets_find_their_operation_exactly() {
    let rows = rows::<3>(TARGETS);
    assert!(rows.len() > 90);
    for [method, target, wanted] in rows {
        let target = target.replace("<id>", ID);
        assert_eq!(outcome(method, &target), wanted, "{method} {target}");
    }
    let long = format!("/parties/ALIAS/{}", "a".repeat(9_000));
    assert_eq!(outcome("GET", &long), "404 3002");
    let many = format!("/parties/ALIAS/{}", "%C3%A9".repeat(128));
    assert_eq!(outcome("GET", &many), "GetParty");
    assert_eq!(outcome("GET", &(many + "x")), "400 3100");
}

#[test]
fn ids_are_decoded() {
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(Version::V1_1, &currencies);
    let found =
        Match::find("GET", "/participants/ALIAS/jos%C3%A9%2Fx/%25?a=b&currency=EUR").unwrap();
    assert_eq!(found.operation(), Operation::GetParticipant);
    assert_eq!(found.resource(), Resource::Participants);
    assert_eq!(found.operation().method(), Method::Get);
    let Ok(Route::GetParticipant(path, Some(currency))) = found.route(&rules) else {
        panic!("a GET")
    };
    assert_eq!(path.identifier.as_str(), "josé/x");
    assert_eq!(path.sub_id.unwrap().as_str(), "%");
    assert_eq!(currency.as_str(), "EUR");
}

#[test]
fn ids_follow_the_version() {
    let currencies = CurrencyList::shipped();
    let rules = Rules::new(Version::V2_0, &currencies);
    let found = Match::find("GET", "/transfers/01ARZ3NDEKTSV4RRFFQ69G5FAV").unwrap();
    assert!(matches!(found.route(&rules), Ok(Route::GetTransfer(_))));
}

#[test]
fn the_comparison_starts_at_the_first_known_resource() {
    let table = "
        /transfers                              | /transfers
        /payerfsp/inbound/transfers             | /transfers
        /quotes?x=1                             | /quotes?x=1
        /v1/quotes/transfers                    | /quotes/transfers
        /parties/ALIAS/transfers                | /parties/ALIAS/transfers
        http://hub:1/services/FXP/ZMW/TZS       | /services/FXP/ZMW/TZS
        https://hub/api/accounts/dfspa.user     | /accounts/dfspa.user
        /thirdpartyRequests/transactions        | /thirdpartyRequests/transactions
        /a/consentRequests                      | /consentRequests
        /consents/1                             | /consents/1
        /participants/MSISDN/1?currency=USD     | /participants/MSISDN/1?currency=USD
        /authorizations/1                       | /authorizations/1
        /bulkQuotes                             | /bulkQuotes
        /bulkTransfers                          | /bulkTransfers
        /fxQuotes/1                             | /fxQuotes/1
        /fxTransfers/1                          | /fxTransfers/1
        /transactionRequests                    | /transactionRequests
        /transactions/1                         | /transactions/1
        /x?y=/transfers                         | none
        /Transfers                              | none
        /transfersX                             | none
        /                                       | none
        transfers                               | none
        http://transfers                        | none
        http://transfers/x                      | none
    ";
    for [target, wanted] in rows::<2>(table) {
        assert_eq!(from_first_resource(target).unwrap_or("none"), wanted, "{target}");
    }
    assert_eq!(from_first_resource(""), None);
}
