//! Who plays: the gateway, two banks, two DFSPs, and the directory they share.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use causeway_toolkit::onboard::AdminClient;
use causeway_toolkit::players::{HubUrls, Players};
use causeway_toolkit::tls::{Credentials, SchemeCa};
use switch_store::SystemClock;
use tokio::sync::mpsc;

use super::DemoError;
use super::cluster::{Cluster, Servers};
use crate::config::Config;
use crate::node::{HUB, Node};
use crate::serve::{Addresses, Gateway};
use crate::sightings::Sighting;

/// Two typologies in the peer's format: a scam's victim is protected, a mule noticed.
const CATALOGUE: &[u8] = include_bytes!("catalogue.json");
const CATALOGUE_FILE: &str = "typologies.json";

/// All that take part, and where they are.
pub struct Cast {
    /// The gateway with its hub and the banks' side.
    pub gateway: Gateway,
    /// Its fellow nodes and what they share, if it has any.
    pub cluster: Option<Cluster>,
    /// Where everybody finds it: FSPIOP, banks, operators.
    pub at: Addresses,
    /// Two banks and two DFSPs.
    pub players: Players,
    /// The operator.
    pub admin: AdminClient,
    /// What has happened since it was last asked.
    pub sightings: mpsc::UnboundedReceiver<Sighting>,
    /// Where the store and sample messages are.
    pub directory: PathBuf,
}

impl Cast {
    /// Starts everybody and onboards them.
    pub async fn assemble(with_cluster: bool) -> Result<Cast, DemoError> {
        let directory = std::env::temp_dir().join(format!("causeway-demo-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        std::fs::write(directory.join(CATALOGUE_FILE), CATALOGUE)?;
        let scheme_ca = SchemeCa::new("Causeway demo scheme CA")?;
        let operator = certificates(&scheme_ca, &directory)?;
        let servers = match with_cluster {
            true => Some(Servers::start(&directory).await?),
            false => None,
        };
        let settings = settings(&directory, servers.as_ref());
        let config = Config::parse(&settings, "the demo's configuration")?;
        crate::telemetry::start(&config.log);
        let gateway = Gateway::start(config.clone(), Arc::new(SystemClock::new())).await?;
        let cluster = match servers {
            Some(servers) => Some(Cluster::around(&gateway, config, servers, &operator).await?),
            None => None,
        };
        let (watcher, sightings) = mpsc::unbounded_channel();
        for node in nodes(&gateway, cluster.as_ref()) {
            node.watch.by(watcher.clone());
        }
        let at = cluster.as_ref().map_or(gateway.addresses, Cluster::addresses);
        let hub = HubUrls {
            fspiop: format!("https://{}", at.fspiop),
            channel: format!("https://{}", at.bank),
        };
        let players = Players::start(&hub, None, Some(&scheme_ca)).await?;
        let admin =
            AdminClient::new(format!("https://{}", at.admin)).with_credentials(&operator)?;
        players.onboard(&admin).await?;
        players.trust(&own_keys(&gateway, &players)?)?;
        if let Some(cluster) = &cluster {
            cluster.know(&gateway).await;
        }
        players.register().await?;
        super::report::settle().await;
        Ok(Cast { gateway, cluster, at, players, admin, sightings, directory })
    }

    /// What has happened since this was last called.
    pub fn take_sightings(&mut self) -> Vec<Sighting> {
        let mut taken = Vec::new();
        while let Ok(sighting) = self.sightings.try_recv() {
            taken.push(sighting);
        }
        taken.sort_by_key(|sighting| sighting.at);
        taken
    }

    /// Stops everybody and removes what was written.
    pub async fn leave(self) {
        self.gateway.stop().await;
        if let Some(cluster) = self.cluster {
            cluster.leave().await;
        }
        if let Err(error) = std::fs::remove_dir_all(&self.directory) {
            eprintln!("{} could not be removed: {error}", self.directory.display());
        }
    }
}

/// All nodes, the first one first.
fn nodes<'a>(gateway: &'a Gateway, cluster: Option<&'a Cluster>) -> Vec<&'a Arc<Node>> {
    let fellows = cluster.into_iter().flat_map(|cluster| &cluster.fellows);
    std::iter::once(gateway).chain(fellows).map(|gateway| &gateway.node).collect()
}

/// The keys that the gateway signs with: the hub's and the banks'.
fn own_keys(gateway: &Gateway, players: &Players) -> Result<Vec<(String, String)>, DemoError> {
    let names = [HUB, players.alpine.fsp_id(), players.harbour.fsp_id()];
    let key = |name: &str| Ok((name.to_owned(), gateway.node.keys.public_pem(name)?));
    names.into_iter().map(key).collect()
}

/// Certificates of a scheme that lives as long as the demo: the hub's, the operator's, and one of
/// Alpine Bank's for whoever tries the bank channel by hand.
fn certificates(scheme_ca: &SchemeCa, directory: &Path) -> Result<Credentials, DemoError> {
    let operators_ca = SchemeCa::new("Causeway demo operators CA")?;
    scheme_ca.participant(HUB)?.write(directory, "hub")?;
    scheme_ca.participant("alpinebank")?.write(directory, "alpinebank")?;
    std::fs::write(directory.join("operators-ca.pem"), operators_ca.pem())?;
    let operator = operators_ca.participant("operator")?.trusting(scheme_ca.pem());
    operator.write(directory, "operator")?;
    Ok(operator)
}

fn settings(directory: &Path, servers: Option<&Servers>) -> String {
    let path = |name: &str| toml::Value::String(directory.join(name).display().to_string());
    let (certificate, key) = (path("hub.pem"), path("hub.key"));
    let (ca, operators, directory) = (path("hub-ca.pem"), path("operators-ca.pem"), path("data"));
    let catalogue = path(CATALOGUE_FILE);
    let store = servers.map(Servers::store).unwrap_or_default();
    let shared = servers.map(Servers::settings).unwrap_or_default();
    // A machine that is busy with other things shows the tour late, and not a refusal.
    let patient = "[overload]\nwait_ms = 60000\n";
    format!(
        "[listen]\nfspiop = \"127.0.0.1:0\"\nbank = \"127.0.0.1:0\"\nadmin = \"127.0.0.1:0\"\n\
         [tls]\ncertificate = {certificate}\nkey = {key}\nca = {ca}\n\
         [tls.admin]\nca = {operators}\n\
         [egress]\nallow = [\"127.0.0.0/8\"]\n[store]\ndirectory = {directory}\n{store}\
         [scheme]\nverify_ilp_terms = true\n\
         [screening]\nenabled = true\nbudget_ms = 2000\ncatalogue = {catalogue}\n\
         [log]\nfilter = \"error\"\nformat = \"text\"\n{patient}{shared}"
    )
}
