//! The keys that a node signs with, across restarts.

use causeway::config::Config;
use causeway::serve::Gateway;
use causeway_toolkit::onboard::AdminClient;
use std::path::Path;
use std::sync::Arc;
use switch_store::SystemClock;

async fn start(directory: &Path) -> Result<Gateway, String> {
    let text = format!(
        "[listen]\nfspiop = \"127.0.0.1:0\"\nbank = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [store]\ndirectory = {directory:?}\n"
    );
    let config = Config::parse(&text, "test").unwrap();
    let started = Gateway::start(config, Arc::new(SystemClock::new())).await;
    started.map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_hub_that_participants_know_does_not_start_with_another_key() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("keys/Hub.pem");
    start(directory.path()).await.unwrap().stop().await;
    // Nobody knows it yet.
    std::fs::remove_file(&file).unwrap();
    let gateway = start(directory.path()).await.unwrap();
    let admin = AdminClient::new(format!("http://{}", gateway.addresses.admin));
    admin.create_hub_accounts("USD").await.unwrap();
    admin.create_participant("pinkdfsp", "USD").await.unwrap();
    gateway.stop().await;
    let kept = std::fs::read(&file).unwrap();
    std::fs::remove_file(&file).unwrap();
    let error = start(directory.path()).await.err().unwrap();
    assert!(error.contains("Hub.pem"), "{error}");
    assert!(!file.exists());
    std::fs::write(&file, kept).unwrap();
    start(directory.path()).await.unwrap().stop().await;
}
