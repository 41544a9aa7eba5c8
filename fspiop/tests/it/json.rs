//! Strict JSON: rows J01 to J05 and J15, the JSON test suite, RFC 8785.

use crate::{rows, shared_or_skip};
use fspiop::error::ErrorCode;
use fspiop::json::{Node, Value, parse, parse_message, to_canonical};
use fspiop::limits;
use proptest::prelude::*;

#[test]
fn what_two_readers_could_take_differently_is_refused() {
    let rows: [(&str, &[u8], usize, &str); 21] = [
        ("J01 duplicate key", br#"{"amount":"1","amount":"2"}"#, 1, "duplicate key"),
        ("J01 inside an array", br#"[1,{"a":[{"b":1,"c":2,"b":1}]}]"#, 1, "duplicate key"),
        (
            "J02 duplicate through escapes",
            br#"{"amount":"1","am\u006funt":"2"}"#,
            1,
            "duplicate key",
        ),
        ("J04 lone high surrogate", br#"{"name":"\ud800"}"#, 1, "hex escape"),
        ("J04 high surrogate and text", br#"{"name":"\ud800x"}"#, 1, "hex escape"),
        ("J04 lone low surrogate", br#"{"name":"\udc00"}"#, 1, "surrogate"),
        ("J04 in a key", br#"{"\ud800":1}"#, 1, "hex escape"),
        ("J05 NUL", br#"{"partyIdentifier":"1\u00002"}"#, 1, "NUL"),
        ("J05 NUL in a key", br#"{"a\u0000":1}"#, 1, "NUL"),
        ("raw control character", b"\"a\x01b\"", 1, "control character"),
        ("J15 trailing garbage", b"{\"a\":1}\n x", 2, "trailing characters"),
        ("J15 two documents", b"{}{}", 1, "trailing characters"),
        ("J15 BOM", b"\xef\xbb\xbf{}", 1, "expected value"),
        ("J15 NaN", br#"{"a":NaN}"#, 1, "expected value"),
        ("J15 Infinity", br#"[-Infinity]"#, 1, "invalid number"),
        ("J15 line comment", b"{} // x", 1, "trailing characters"),
        ("J15 comment", b"/* x */ {}", 1, "expected value"),
        ("not UTF-8", b"\"\xff\"", 1, "unicode"),
        ("nothing", b"", 1, "EOF"),
        ("white space", b" \n ", 2, "EOF"),
        ("number out of range", b"[1e999]", 1, "number out of range"),
    ];
    for (name, text, line, reason) in rows {
        let malformed = parse_message(text).expect_err(name);
        assert_eq!(
            parse(text).is_ok(),
            name.starts_with("J05"),
            "{name}: only a message has no NUL"
        );
        assert_eq!(malformed.line, line, "{name}: {malformed}");
        assert!(malformed.reason.contains(reason), "{name}: {malformed}");
        let refusal = fspiop::error::Refusal::from(malformed);
        assert_eq!((refusal.status, refusal.code), (400, ErrorCode::MalformedSyntax), "{name}");
    }
}

#[test]
fn j03_depth_is_bounded_before_recursion() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(limits::JSON_DEPTH).as_bytes()).is_ok());
    for depth in [limits::JSON_DEPTH + 1, 129, 100_000] {
        let malformed = parse(nested(depth).as_bytes()).expect_err("too deep");
        assert_eq!(malformed.reason, "nested too deeply");
        assert!(malformed.column <= limits::JSON_DEPTH + 2, "stops where the limit is passed");
    }
    let objects = r#"{"a":"#.repeat(100_000);
    assert_eq!(parse(objects.as_bytes()).expect_err("too deep").reason, "nested too deeply");
}

#[test]
fn the_number_of_values_is_bounded() {
    let array = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(parse(array(limits::JSON_VALUES - 1).as_bytes()).is_ok());
    let malformed = parse(array(limits::JSON_VALUES).as_bytes()).expect_err("too many");
    assert_eq!(malformed.reason, "too many values");
}

#[test]
fn the_position_is_that_of_the_fault() {
    let malformed = parse(b"{\n \"a\": 1,\n \"b\": x\n}").expect_err("x is no value");
    assert_eq!((malformed.line, malformed.column), (3, 7));
}

#[test]
fn members_keep_their_order_and_spelling() {
    let value = parse(br#" {"z":1,"a":"\u00e9\u20ac\ud83d\ude00","__proto__":{}} "#).unwrap();
    let Value::Object(members) = &value else { panic!("an object") };
    let names: Vec<&str> = members.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["z", "a", "__proto__"]);
    assert_eq!(value.member("a").and_then(Value::as_str), Some("é€😀"));
}

/// Valid JSON that we refuse all the same: two readers could take it differently.
const STRICTER: [&str; 2] =
    ["y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"];

/// What RFC 8259 leaves to the reader, and our decision. Texts are UTF-8 without a byte order mark, and
/// so are their escapes (a surrogate comes with its other half); numbers are 64-bit integers or finite
/// doubles: what underflows is 0, what overflows is refused. FSPIOP itself has no numbers.
const OURS_TO_DECIDE: &str = "
    i_number_double_huge_neg_exp.json                   | taken
    i_number_huge_exp.json                              | number out of range
    i_number_neg_int_huge_exp.json                      | number out of range
    i_number_pos_double_huge_exp.json                   | number out of range
    i_number_real_neg_overflow.json                     | number out of range
    i_number_real_pos_overflow.json                     | number out of range
    i_number_real_underflow.json                        | taken
    i_number_too_big_neg_int.json                       | taken
    i_number_too_big_pos_int.json                       | taken
    i_number_very_big_negative_int.json                 | taken
    i_object_key_lone_2nd_surrogate.json                | surrogate
    i_string_1st_surrogate_but_2nd_missing.json         | hex escape
    i_string_1st_valid_surrogate_2nd_invalid.json       | surrogate
    i_string_UTF-16LE_with_BOM.json                     | expected value
    i_string_UTF-8_invalid_sequence.json                | unicode
    i_string_UTF8_surrogate_U+D800.json                 | unicode
    i_string_incomplete_surrogate_and_escape_valid.json | hex escape
    i_string_incomplete_surrogate_pair.json             | surrogate
    i_string_incomplete_surrogates_escape_valid.json    | surrogate
    i_string_invalid_lonely_surrogate.json              | hex escape
    i_string_invalid_surrogate.json                     | hex escape
    i_string_invalid_utf-8.json                         | unicode
    i_string_inverted_surrogates_U+1D11E.json           | surrogate
    i_string_iso_latin_1.json                           | unicode
    i_string_lone_second_surrogate.json                 | surrogate
    i_string_lone_utf8_continuation_byte.json           | unicode
    i_string_not_in_unicode_range.json                  | unicode
    i_string_overlong_sequence_2_bytes.json             | unicode
    i_string_overlong_sequence_6_bytes.json             | unicode
    i_string_overlong_sequence_6_bytes_null.json        | unicode
    i_string_truncated-utf-8.json                       | unicode
    i_string_utf16BE_no_BOM.json                        | expected value
    i_string_utf16LE_no_BOM.json                        | expected value
    i_structure_500_nested_arrays.json                  | nested too deeply
    i_structure_UTF-8_BOM_empty_object.json             | expected value
";

#[test]
fn the_json_test_suite() {
    let Some(folder) = shared_or_skip("data/security/jsontestsuite/test_parsing") else { return };
    let decisions = rows::<2>(OURS_TO_DECIDE);
    let (mut taken, mut refused, mut decided, mut wrong) = (0, 0, 0, Vec::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let result = parse(&std::fs::read(entry.path()).unwrap());
        let reason = result.map_or_else(|malformed| malformed.reason, |_| "taken".to_owned());
        let is_right = match (name.as_bytes()[0], STRICTER.contains(&name.as_str())) {
            (b'y', true) => reason == "duplicate key",
            (b'y', false) => {
                taken += 1;
                reason == "taken"
            }
            (b'n', _) => {
                refused += 1;
                reason != "taken"
            }
            _ => {
                decided += 1;
                let ours = decisions.iter().find(|[file, _]| *file == name);
                ours.is_some_and(|[_, wanted]| reason.contains(wanted))
            }
        };
        if !is_right {
            wrong.push(format!("{name} | {reason}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!((taken, refused, decided), (93, 188, decisions.len()));
}

#[test]
fn canonical_numbers_are_ecmascripts() {
    // RFC 8785, appendix B, and the borders of each notation.
    let rows = [
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("5e-324", "5e-324"),
        ("-1.7976931348623157e308", "-1.7976931348623157e+308"),
        ("9007199254740992", "9007199254740992"),
        ("295147905179352825856", "295147905179352830000"),
        ("9.999999999999997e22", "9.999999999999997e+22"),
        ("1E23", "1e+23"),
        ("1e21", "1e+21"),
        ("999999999999999900000", "999999999999999900000"),
        ("1e-6", "0.000001"),
        ("1e-7", "1e-7"),
        ("0.0000033333333333333333", "0.0000033333333333333333"),
        ("333333333.33333329", "333333333.3333333"),
        ("1.0", "1"),
        ("-12.50", "-12.5"),
        ("1e2", "100"),
    ];
    for (text, canonical) in rows {
        let written = to_canonical(&parse(text.as_bytes()).unwrap());
        assert_eq!(String::from_utf8(written).unwrap(), canonical, "{text}");
    }
}

#[test]
fn canonical_text_is_sorted_by_utf16_and_minimal() {
    // RFC 8785, section 3.2.3: the emoji's surrogates sort before U+FB33.
    let text = r#"{"\u20ac":"Euro","\r":"CR","\ufb33":"Dalet","1":"One","\ud83d\ude00":"Smile",
                   "\u0080":"Control","\u00f6":"o"}"#;
    let wanted = "{\"\\r\":\"CR\",\"1\":\"One\",\"\u{80}\":\"Control\",\"ö\":\"o\",\"€\":\"Euro\",\
                  \"😀\":\"Smile\",\"\u{fb33}\":\"Dalet\"}";
    let written = to_canonical(&parse(text.as_bytes()).unwrap());
    assert_eq!(String::from_utf8(written).unwrap(), wanted);
    let escapes = r#"["\u0008\u0009\u000a\u000c\u000d\u001f\u007f\/\"\\"]"#;
    let written = to_canonical(&parse(escapes.as_bytes()).unwrap());
    assert_eq!(String::from_utf8(written).unwrap(), "[\"\\b\\t\\n\\f\\r\\u001f\u{7f}/\\\"\\\\\"]");
}

#[test]
fn refusals_name_their_place() {
    let body =
        parse(br#"{"partyList":[{"partyIdType":"MSISDN"},{"partyIdType":7}],"n":null}"#).unwrap();
    let root = Node::root(&body);
    let read = |item: &Node<'_>| item.required_text("partyIdType", |text| Ok(text.to_owned()));
    let refusal = root.required("partyList").unwrap().items(9, read).unwrap_err();
    assert_eq!(refusal.path.as_deref(), Some("/partyList/1/partyIdType"));
    assert_eq!(refusal.code, ErrorCode::MalformedSyntax);
    assert_eq!(
        refusal.description(),
        "Malformed syntax - /partyList/1/partyIdType must be a string, not number"
    );
    let refusal = root.required("partyList").unwrap().items(1, |_| Ok(())).unwrap_err();
    assert_eq!(
        (refusal.code, refusal.path.as_deref()),
        (ErrorCode::TooManyElements, Some("/partyList"))
    );
    let refusal = root.required("amount").unwrap_err();
    assert_eq!(refusal.description(), "Missing mandatory element - /amount is required");
    let refusal = root.optional_text("n", |_| Ok(())).unwrap_err();
    assert_eq!(refusal.code, ErrorCode::MalformedSyntax, "null is a wrong type, not an absence");
}

fn values() -> impl Strategy<Value = Value> {
    let text = "[^\0]{0,8}";
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(|number| Value::Number(number.into())),
        any::<f64>().prop_filter_map("finite", |number| {
            serde_json::Number::from_f64(number).map(Value::Number)
        }),
        text.prop_map(Value::String),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let object = proptest::collection::btree_map(text, inner.clone(), 0..6);
        prop_oneof![
            proptest::collection::vec(inner, 0..6).prop_map(Value::Array),
            object.prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// The same value with its members in one order and its numbers as what they are in JSON of RFC 8785:
/// doubles, whether they were spelled as integers or not.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(n, v)| (n, sorted(v))).collect();
            members.sort_by(|left, right| left.0.cmp(&right.0));
            Value::Object(members)
        }
        Value::Number(number) => {
            let double = number.as_f64().expect("a double");
            // The canonical text knows no minus zero.
            let double = if double == 0.0 { 0.0 } else { double };
            Value::Number(serde_json::Number::from_f64(double).expect("finite"))
        }
        other => other,
    }
}

proptest! {
    #[test]
    fn canonical_text_reads_back(value in values()) {
        let written = to_canonical(&value);
        let read = parse(&written).unwrap();
        prop_assert_eq!(to_canonical(&read), written);
        prop_assert_eq!(sorted(read), sorted(value));
    }
}
