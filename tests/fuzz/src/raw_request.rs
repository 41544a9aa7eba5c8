//! HTTP requests as they stand in files.

use fspiop::limits::{BODY_BYTES, HEADER_LINES};
use fspiop::raw_request::RawRequest;

/// What is read is within the bounds and has nothing that two readers could read differently; read
/// from its own plain spelling it is the same.
pub fn parse(bytes: &[u8]) {
    match RawRequest::parse(bytes) {
        Ok(request) => {
            assert!(request.body.len() <= BODY_BYTES && request.headers.len() <= HEADER_LINES);
            let again = RawRequest::parse(&spelt(&request));
            let is_same = again.is_ok_and(|again| {
                (&again.method, &again.body) == (&request.method, &request.body)
            });
            assert!(is_same, "its own spelling is read otherwise");
        }
        Err(error) => assert!(!error.place.is_empty() && !error.mend.is_empty()),
    }
}

/// With CRLF, without codings, the body at the end.
fn spelt(request: &RawRequest) -> Vec<u8> {
    let mut text = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
    for (name, value) in request.headers.iter() {
        let framing = ["transfer-encoding", "content-length"];
        if !framing.contains(&name.to_ascii_lowercase().as_str()) {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    text.push_str("\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&request.body);
    bytes
}
