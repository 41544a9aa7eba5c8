use causeway_toolkit::http::{Exchange, Handler, HttpClient, HttpRequest, HttpServer, Reply, raw};
use http::{Method, StatusCode};
use std::net::SocketAddr;
use std::sync::Arc;

/// Answers by the path: `/close`, `/reset`, anything else with what it got.
struct Mirror;

impl Handler for Mirror {
    async fn handle(self: Arc<Self>, exchange: Exchange) -> Reply {
        match exchange.target.as_str() {
            "/close" => Reply::Close,
            "/reset" => Reply::Reset,
            _ => Reply::Answer {
                status: StatusCode::OK,
                headers: exchange.headers.clone(),
                body: exchange.body,
            },
        }
    }
}

async fn mirror() -> HttpServer {
    HttpServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), Arc::new(Mirror)).await.unwrap()
}

#[tokio::test]
async fn a_body_goes_and_comes_whole_or_in_halves() {
    let server = mirror().await;
    let url = format!("{}/x?y=1", server.base_url());
    let request =
        HttpRequest::new(Method::POST, url).header("x-name", "value").unwrap().body("abc");
    for slow_body_ms in [0, 50] {
        let request = HttpRequest { slow_body_ms, ..request.clone() };
        let answer = HttpClient::new().send(request).await.unwrap();
        assert_eq!((answer.status, answer.text()), (StatusCode::OK, "abc".to_owned()));
        assert_eq!(answer.header("x-name"), Some("value"));
        assert_eq!(answer.header("content-length"), Some("3"));
    }
}

#[tokio::test]
async fn closed_and_reset_connections_are_told_apart() {
    let server = mirror().await;
    let client = HttpClient::new();
    for (path, is_reset) in [("/close", false), ("/reset", true)] {
        let request = HttpRequest::new(Method::GET, format!("{}{path}", server.base_url()));
        let error = client.send(request).await.unwrap_err().to_string();
        assert_eq!(error.contains("reset"), is_reset, "{path}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_is_dropped_is_gone() {
    let server = mirror().await;
    let url = server.base_url();
    drop(server);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert!(HttpClient::new().send(HttpRequest::new(Method::GET, url)).await.is_err());
}

#[tokio::test]
async fn an_answer_that_never_comes_is_silence() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let client = HttpClient::with_exchange_ms(50);
    let error = client.send(HttpRequest::new(Method::GET, url)).await.unwrap_err();
    assert!(error.to_string().contains("within 50 ms"), "{error}");
}

#[tokio::test]
async fn raw_bytes_get_raw_answers() {
    let server = mirror().await;
    let two = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n";
    let answer = raw::exchange(server.address(), two).await.unwrap();
    assert_eq!(raw::statuses(&answer), [200, 200]);
    let parts: [(&[u8], u64); 2] = [(b"GET /1 HTTP/1.1\r\n", 20), (b"Host: a\r\n\r\n", 0)];
    let answer = raw::exchange_in_parts(server.address(), &parts).await.unwrap();
    assert_eq!(raw::statuses(&answer), [200]);
    let answer = raw::exchange(server.address(), b"NONSENSE\r\n\r\n").await.unwrap();
    assert_eq!(raw::statuses(&answer), [400]);
}
