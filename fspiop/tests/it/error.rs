//! The table of codes, errorInformation, and synchronous refusals.

use crate::rows;
use fspiop::error::{ErrorCode, ErrorInformation, Refusal};
use fspiop::json::parse;

#[test]
fn codes_have_the_numbers_statuses_and_descriptions_of_the_reference() {
    let table = "
        1001 | 503 | Destination communication error
        2001 | 500 | Internal server error
        2002 | 501 | Not implemented
        2003 | 503 | Service currently unavailable
        2006 | 503 | Temporary party resolution failed, try again
        3000 | 400 | Generic client error
        3001 | 406 | Unacceptable version requested
        3002 | 404 | Unknown URI
        3040 | 400 | Delete Party information error
        3100 | 400 | Generic validation error
        3106 | 400 | Modified request
        3204 | 400 | Party not found
        3303 | 400 | Transfer expired
        4001 | 400 | Payer FSP insufficient liquidity
        4200 | 400 | Payer limit error
        5107 | 400 | Payee identifier no-longer valid
        6000 | 400 | Generic Settlement Error
        7000 | 400 | Generic Thirdparty error
        7109 | 400 | Transaction request notification failed
        7214 | 400 | Failed to register account links with oracle
        7300 | 400 | Generic Thirdparty auth service error
    ";
    for [number, status, description] in rows::<3>(table) {
        let code = ErrorCode::from_number(number.parse().unwrap()).expect(number);
        assert_eq!(code.status().to_string(), status, "{number}");
        assert_eq!(code.description(), description, "{number}");
        assert_eq!(code.digits(), number);
    }
}

#[test]
fn every_code_of_the_reference_is_known_and_no_other() {
    let mut known = Vec::from([1000, 1001]);
    known.extend(2000..=2006);
    known.extend([3000, 3001, 3002, 3003, 3040]);
    known.extend((3100..=3107).chain(3200..=3210).chain(3300..=3303));
    known.extend([4000, 4001, 4100, 4101, 4102, 4103, 4200, 4300, 4400]);
    known.extend([5000, 5001].into_iter().chain(5100..=5107).chain([5200, 5300, 5400]));
    known.extend([6000, 7000].into_iter().chain(7100..=7109).chain(7200..=7214).chain([7300]));
    let all: Vec<u16> = ErrorCode::ALL.iter().map(|code| code.number()).collect();
    assert_eq!(all, known);
    let found = (0..=u16::MAX).filter(|number| ErrorCode::from_number(*number).is_some());
    assert_eq!(found.collect::<Vec<_>>(), known);
}

#[test]
fn error_information_is_read_and_unknown_codes_become_3100() {
    let wrap = |inner: &str| format!(r#"{{"errorInformation":{inner}}}"#);
    let long = |length: usize| {
        format!(r#"{{"errorCode":"5100","errorDescription":"{}"}}"#, "ü".repeat(length))
    };
    let listed = |items: usize| {
        let list = vec![r#"{"key":"k","value":"v"}"#; items].join(",");
        format!(
            r#"{{"errorCode":"5100","errorDescription":"d","extensionList":{{"extension":[{list}]}}}}"#
        )
    };
    let keyed = |key: usize, value: usize| {
        let (key, value) = ("k".repeat(key), "v".repeat(value));
        format!(
            r#"{{"errorCode":"5100","errorDescription":"d",
                "extensionList":{{"extension":[{{"key":"{key}","value":"{value}"}}]}}}}"#
        )
    };
    let rows = [
        (wrap(r#"{"errorCode":"5100","errorDescription":"no"}"#), "5100"),
        (wrap(r#"{"errorCode":"7213","errorDescription":"no"}"#), "7213"),
        (wrap(r#"{"errorCode":"3242","errorDescription":"scheme's own"}"#), "3100"),
        (wrap(r#"{"errorCode":"9999","errorDescription":"no"}"#), "3100"),
        (
            wrap(r#"{"errorCode":"0100","errorDescription":"no"}"#),
            "refused 3100 /errorInformation/errorCode",
        ),
        (
            wrap(r#"{"errorCode":"51000","errorDescription":"no"}"#),
            "refused 3100 /errorInformation/errorCode",
        ),
        (
            wrap(r#"{"errorCode":"+510","errorDescription":"no"}"#),
            "refused 3100 /errorInformation/errorCode",
        ),
        (
            wrap(r#"{"errorCode":5100,"errorDescription":"no"}"#),
            "refused 3101 /errorInformation/errorCode",
        ),
        (wrap(r#"{"errorCode":"5100"}"#), "refused 3102 /errorInformation/errorDescription"),
        (
            wrap(r#"{"errorCode":"5100","errorDescription":""}"#),
            "refused 3100 /errorInformation/errorDescription",
        ),
        (wrap(&long(128)), "5100"),
        (wrap(&long(129)), "refused 3100 /errorInformation/errorDescription"),
        (wrap(&listed(16)), "5100"),
        (wrap(&listed(17)), "refused 3103 /errorInformation/extensionList/extension"),
        (wrap(&listed(0)), "refused 3100 /errorInformation/extensionList/extension"),
        (wrap(&keyed(32, 128)), "5100"),
        (wrap(&keyed(33, 1)), "refused 3100 /errorInformation/extensionList/extension/0/key"),
        (wrap(&keyed(1, 129)), "refused 3100 /errorInformation/extensionList/extension/0/value"),
        (wrap(&keyed(1, 0)), "refused 3100 /errorInformation/extensionList/extension/0/value"),
        ("{}".to_owned(), "refused 3102 /errorInformation"),
        ("[]".to_owned(), "refused 3101 "),
    ];
    for (body, wanted) in rows {
        let got = match ErrorInformation::parse(&parse(body.as_bytes()).unwrap()) {
            Ok(information) => {
                let again = ErrorInformation::parse(&parse(&information.render()).unwrap());
                assert_eq!(again.as_ref(), Ok(&information), "{body}");
                information.code.digits()
            }
            Err(refusal) => {
                format!("refused {} {}", refusal.code, refusal.path.unwrap_or_default())
            }
        };
        assert_eq!(got, wanted, "{body}");
    }
}

#[test]
fn descriptions_are_cut_to_what_a_peer_must_take() {
    let information = ErrorInformation::with_detail(ErrorCode::TransferExpired, &"é".repeat(200));
    assert_eq!(information.description.chars().count(), 128);
    assert!(information.description.starts_with("Transfer expired - éé"));
    let refusal = Refusal::new(ErrorCode::ValidationError, "x".repeat(500)).at("/amount");
    assert_eq!(refusal.description().chars().count(), 128);
    assert_eq!(ErrorInformation::of(ErrorCode::PartyNotFound).description, "Party not found");
    assert_eq!(Refusal::new(ErrorCode::ModifiedRequest, "").description(), "Modified request");
}

#[test]
fn the_body_of_a_refusal_is_canonical() {
    let refusal = Refusal::new(ErrorCode::MissingElement, "is required")
        .at("/amount/currency")
        .with_extension("b", "\"2\"")
        .with_extension("a", "1");
    let wanted = concat!(
        r#"{"errorInformation":{"errorCode":"3102","#,
        r#""errorDescription":"Missing mandatory element - /amount/currency is required","#,
        r#""extensionList":{"extension":[{"key":"b","value":"\"2\""},{"key":"a","value":"1"}]}}}"#
    );
    assert_eq!(String::from_utf8(refusal.render()).unwrap(), wanted);
    assert_eq!(refusal.status, 400);
}
