//! All parts of a cluster together.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use fspiop::jws::SigningKey;
use tokio::task::JoinHandle;

use super::balancer::{Balancer, Health};
use super::beside::Beside;
use super::clocks::Clocks;
use super::condition::Condition;
use super::database::Database;
use super::fault::{Act, Part};
use super::link::{Flow, Link};
use super::node::{Links, Node};
use super::process::Signal;
use super::programs::Programs;
use super::rig::Rig;
use crate::limits::{CLUSTER_CLOCK_S, CLUSTER_POLL_MS, CLUSTER_START_MS, CLUSTER_SUPERVISE_MS};
use crate::onboard::AdminClient;
use crate::players::HubUrls;
use crate::tls::{Credentials, SchemeCa};
use crate::{ToolkitError, clock};

/// What a cluster is made of.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The program of the nodes.
    pub causeway: PathBuf,
    /// How many.
    pub nodes: usize,
    /// Whether PostgreSQL has a synchronous standby.
    pub standby: bool,
    /// Further settings of all nodes, in TOML.
    pub settings: String,
    /// What it needs for some of its faults.
    pub rig: Rig,
    /// Which messages relays double and hold back.
    pub seed: u64,
}

impl ClusterOptions {
    /// Three nodes over a database with a standby; journeys and transfers of ten seconds, so that what a fault leaves
    /// open ends soon.
    pub fn new(causeway: impl Into<PathBuf>) -> ClusterOptions {
        let settings =
            "[scheme]\nprofile = \"instant-10s\"\n[log]\nfilter = \"warn\"\nformat = \"text\"\n";
        let settings = settings.to_owned();
        ClusterOptions {
            causeway: causeway.into(),
            nodes: 3,
            standby: true,
            settings,
            rig: Rig::default(),
            seed: 0,
        }
    }
}

/// A running cluster. Dropped, all of its processes are killed and its files removed.
pub struct Cluster {
    balancer: Balancer,
    supervisor: JoinHandle<()>,
    nodes: Arc<Vec<Mutex<Node>>>,
    database: Database,
    nats: Beside,
    redis: Beside,
    scheme_ca: SchemeCa,
    operator: Credentials,
    // The last: what is above writes to it.
    folder: Folder,
}

impl Cluster {
    /// Starts everything, and returns when all nodes are ready.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program is missing, ends or does not come up.
    pub async fn start(options: &ClusterOptions) -> Result<Cluster, ToolkitError> {
        let programs = Programs::find()?;
        let folder = Folder::make()?;
        let at = folder.path();
        let (database, nats, redis) = tokio::try_join!(
            Database::create(&programs, at, options.standby, options.rig.disks),
            Beside::nats(&programs, at),
            Beside::redis(&programs, at),
        )?;
        let mut database = database;
        let scheme_ca = SchemeCa::new("Cluster scheme CA")?;
        let operators_ca = SchemeCa::new("Cluster operators CA")?;
        let operator = operators_ca.participant("operator")?.trusting(scheme_ca.pem());
        let tls = certificates(&scheme_ca, &operators_ca, at)?;
        let settings = format!("{tls}{}", options.settings);
        let clocks = options.rig.clocks.then(|| Clocks::compile(at)).transpose()?;
        let mut nodes = Vec::new();
        for number in 1..=options.nodes {
            let links = Links {
                postgres: Link::to(database.primary().port()).await?,
                nats: Link::to(nats.port()).await?,
                redis: Link::to(redis.port()).await?,
            };
            let name = format!("node{number}");
            let clock = clocks.as_ref().map(|clocks| clocks.make(at, &name)).transpose()?;
            let node = Node::new(&name, &options.causeway, at, links, &settings)?;
            nodes.push(node.with_clock(clock));
        }
        let admins = nodes.iter().map(|node| Ok((node.ports(), admin(node, &operator)?)));
        let balancer = Balancer::before(admins.collect::<Result<_, ToolkitError>>()?).await?;
        let nodes: Arc<Vec<Mutex<Node>>> = Arc::new(nodes.into_iter().map(Mutex::new).collect());
        let supervisor = tokio::spawn(supervise(Arc::clone(&nodes)));
        let cluster = Cluster {
            balancer,
            supervisor,
            nodes,
            database,
            nats,
            redis,
            scheme_ca,
            operator,
            folder,
        };
        for number in 1..=options.nodes {
            cluster.node(number)?.start()?;
            cluster.ready(number).await?;
        }
        Ok(cluster)
    }

    /// Lets something happen.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program does not start, or there is no such part.
    pub async fn act(&mut self, act: Act, part: Part) -> Result<(), ToolkitError> {
        match part {
            _ if !act.is_of(part) => Err(cannot(act, part)),
            Part::Node(number) => self.act_on_node(act, number),
            Part::Postgres => self.act_on_postgres(act).await,
            Part::Nats | Part::Redis => self.act_beside(act, part).await,
            Part::Wires => Err(cannot(act, part)),
        }
    }

    /// Puts everything right again: runs what does not, mends what is cut, and waits until all nodes are ready.
    ///
    /// # Errors
    /// [`ToolkitError`] if a program does not start.
    pub async fn recover(&mut self) -> Result<(), ToolkitError> {
        let nodes = (1..=self.nodes.len()).map(Part::Node);
        for part in [Part::Postgres, Part::Nats, Part::Redis].into_iter().chain(nodes) {
            for act in [Act::Continue, Act::Mend, Act::Start] {
                self.act(act, part).await?;
            }
            if part == Part::Postgres {
                self.database.primary().again().await?;
            }
        }
        for number in 1..=self.nodes.len() {
            self.ready(number).await?;
        }
        Ok(())
    }

    /// Returns when a node, counted from 1, is given connections.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] with its log if it is not in time.
    pub async fn ready(&self, number: usize) -> Result<(), ToolkitError> {
        let since = Instant::now();
        while self.health(number) != Health::Ready {
            if since.elapsed() > Duration::from_millis(CLUSTER_START_MS) {
                let log = self.node(number)?.log();
                return Err(ToolkitError::Message(format!("node{number} is not ready:\n{log}")));
            }
            tokio::time::sleep(Duration::from_millis(CLUSTER_POLL_MS)).await;
        }
        Ok(())
    }

    /// Whether a part runs (or stands still).
    pub fn is_up(&mut self, part: Part) -> bool {
        match part {
            Part::Node(number) => self.node(number).is_ok_and(|mut node| node.is_up()),
            Part::Postgres => self.database.primary().is_up(),
            Part::Nats => self.nats.is_up(),
            Part::Redis => self.redis.is_up(),
            Part::Wires => true,
        }
    }

    /// How a part is: a node or a server.
    pub fn condition(&mut self, part: Part) -> Condition {
        let is_there = self.is_up(part);
        let (stands_still, flows) = match part {
            Part::Node(number) => {
                let of = |node: MutexGuard<'_, Node>| {
                    (node.stands_still(), node.links().all().map(Link::flow).to_vec())
                };
                self.node(number).map(of).unwrap_or_default()
            }
            Part::Postgres => {
                (self.database.primary().stands_still(), self.flows(|links| &links.postgres))
            }
            Part::Nats => (self.nats.stands_still(), self.flows(|links| &links.nats)),
            Part::Redis => (self.redis.stands_still(), self.flows(|links| &links.redis)),
            Part::Wires => (false, Vec::new()),
        };
        let health = match part {
            Part::Node(number) => Some(self.health(number)),
            _ => None,
        };
        Condition { is_there, stands_still, flows, health }
    }

    /// How each node's link to a server carries.
    fn flows(&self, link: impl Fn(&Links) -> &Link) -> Vec<Flow> {
        let of = |node: &Mutex<Node>| {
            link(node.lock().unwrap_or_else(PoisonError::into_inner).links()).flow()
        };
        self.nodes.iter().map(of).collect()
    }

    /// How a node, counted from 1, looks to the balancer.
    pub fn health(&self, number: usize) -> Health {
        let healths = self.balancer.healths();
        number.checked_sub(1).and_then(|at| healths.get(at).copied()).unwrap_or(Health::Gone)
    }

    /// How many nodes there are.
    pub fn size(&self) -> usize {
        self.nodes.len()
    }

    /// A node, counted from 1; not to be held across a pause.
    ///
    /// # Errors
    /// [`ToolkitError::Message`] if there is no such node.
    pub fn node(&self, number: usize) -> Result<MutexGuard<'_, Node>, ToolkitError> {
        let node = number.checked_sub(1).and_then(|at| self.nodes.get(at));
        let node =
            node.ok_or_else(|| ToolkitError::Message(format!("there is no node{number}")))?;
        Ok(node.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The database.
    pub fn database(&mut self) -> &mut Database {
        &mut self.database
    }

    /// Where participants find the nodes.
    pub fn urls(&self) -> HubUrls {
        let [fspiop, bank, _] = self.balancer.addresses();
        HubUrls { fspiop: format!("https://{fspiop}"), channel: format!("https://{bank}") }
    }

    /// An operator of whichever node is ready.
    ///
    /// # Errors
    /// [`ToolkitError::Key`] if its certificate cannot be used.
    pub fn admin(&self) -> Result<AdminClient, ToolkitError> {
        let [_, _, admin] = self.balancer.addresses();
        AdminClient::new(format!("https://{admin}")).with_credentials(&self.operator)
    }

    /// An operator of one node, counted from 1.
    ///
    /// # Errors
    /// [`ToolkitError`] if there is no such node, or the certificate cannot be used.
    pub fn admin_of(&self, number: usize) -> Result<AdminClient, ToolkitError> {
        let node = self.node(number)?;
        admin(&node, &self.operator)
    }

    /// Who issues certificates to participants.
    pub fn scheme_ca(&self) -> &SchemeCa {
        &self.scheme_ca
    }

    /// The public keys that the nodes sign with for these names.
    ///
    /// # Errors
    /// [`ToolkitError`] if one has no key.
    pub fn public_keys(&self, names: &[&str]) -> Result<Vec<(String, String)>, ToolkitError> {
        let keys = self.folder.path().join("data/keys");
        let key = |name: &&str| {
            let path = keys.join(format!("{name}.pem"));
            let failed = |source| ToolkitError::io(path.display().to_string(), source);
            let pem = fs::read_to_string(&path).map_err(failed)?;
            let unusable = |error: &dyn std::fmt::Display| ToolkitError::Key(error.to_string());
            let key = SigningKey::from_pem(&pem).map_err(|error| unusable(&error))?;
            let pem = key.public_key_pem().map_err(|error| unusable(&error))?;
            Ok(((*name).to_owned(), pem))
        };
        names.iter().map(key).collect()
    }

    /// Where everything is kept.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What all nodes logged, each under its name.
    pub fn logs(&self) -> String {
        let of = |node: &Mutex<Node>| {
            let node = node.lock().unwrap_or_else(PoisonError::into_inner);
            format!("-- {}\n{}", node.name(), node.log())
        };
        self.nodes.iter().map(of).collect()
    }

    fn act_on_node(&mut self, act: Act, number: usize) -> Result<(), ToolkitError> {
        let mut node = self.node(number)?;
        match act {
            Act::Kill => node.kill(),
            Act::Start => node.start()?,
            Act::End => node.ask_to_end(),
            Act::Stop => node.signal(Signal::Stop),
            Act::Continue => node.signal(Signal::Continue),
            Act::Cut => node.set_links(Flow::Cut),
            Act::Silence => node.set_links(Flow::Silent),
            Act::Mend => {
                node.set_links(Flow::Open);
                node.set_clock_ahead_s(0)?;
            }
            Act::Ahead => node.set_clock_ahead_s(CLUSTER_CLOCK_S)?,
            Act::Behind => node.set_clock_ahead_s(-CLUSTER_CLOCK_S)?,
            _ => return Err(cannot(act, Part::Node(number))),
        }
        Ok(())
    }

    async fn act_on_postgres(&mut self, act: Act) -> Result<(), ToolkitError> {
        match act {
            Act::Kill => self.database.primary().kill(),
            Act::Start => {
                self.database.primary().start().await?;
                if let Some(standby) = self.database.standby() {
                    standby.start().await?;
                }
            }
            Act::End => self.database.primary().shut_down().await?,
            Act::Stop => self.database.primary().signal(Signal::Stop),
            Act::Continue => self.database.primary().signal(Signal::Continue),
            Act::Cut => self.links(|links| links.postgres.set(Flow::Cut)),
            Act::Silence => self.links(|links| links.postgres.set(Flow::Silent)),
            Act::Mend => {
                self.links(|links| links.postgres.set(Flow::Open));
                self.database.clear()?;
            }
            Act::Fill => self.database.fill()?,
            Act::Starve => {
                self.database.fill()?;
                self.database.primary().use_up_log()?;
            }
            Act::FailOver => {
                self.database.fail_over()?;
                let port = self.database.primary().port();
                self.links(|links| links.postgres.lead_to(port));
            }
            _ => return Err(cannot(act, Part::Postgres)),
        }
        Ok(())
    }

    async fn act_beside(&mut self, act: Act, part: Part) -> Result<(), ToolkitError> {
        let is_nats = part == Part::Nats;
        let server = if is_nats { &mut self.nats } else { &mut self.redis };
        let carry = |flow: Flow| {
            move |links: &Links| if is_nats { links.nats.set(flow) } else { links.redis.set(flow) }
        };
        match act {
            Act::Kill | Act::End => server.kill(),
            Act::Start => server.start().await?,
            Act::Stop => server.signal(Signal::Stop),
            Act::Continue => server.signal(Signal::Continue),
            Act::Cut => self.links(carry(Flow::Cut)),
            Act::Silence => self.links(carry(Flow::Silent)),
            Act::Mend => self.links(carry(Flow::Open)),
            _ => return Err(cannot(act, part)),
        }
        Ok(())
    }

    fn links(&self, change: impl Fn(&Links)) {
        for node in self.nodes.iter() {
            change(node.lock().unwrap_or_else(PoisonError::into_inner).links());
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.supervisor.abort();
        // Nodes before servers, or each would say in its log how it lost them.
        for node in self.nodes.iter() {
            node.lock().unwrap_or_else(PoisonError::into_inner).kill();
        }
    }
}

fn cannot(act: Act, part: Part) -> ToolkitError {
    ToolkitError::Message(format!("{act} is nothing that can happen to {part}"))
}

/// Starts what has ended by itself, as systemd or Kubernetes would.
async fn supervise(nodes: Arc<Vec<Mutex<Node>>>) {
    loop {
        tokio::time::sleep(Duration::from_millis(CLUSTER_SUPERVISE_MS)).await;
        for node in nodes.iter() {
            node.lock().unwrap_or_else(PoisonError::into_inner).look_after();
        }
    }
}

fn admin(node: &Node, operator: &Credentials) -> Result<AdminClient, ToolkitError> {
    let [_, _, port] = node.ports();
    AdminClient::new(format!("https://127.0.0.1:{port}")).with_credentials(operator)
}

/// Writes what all nodes show and trust; the settings that say so, in TOML.
fn certificates(
    scheme_ca: &SchemeCa,
    operators_ca: &SchemeCa,
    folder: &Path,
) -> Result<String, ToolkitError> {
    scheme_ca.participant("Hub")?.write(folder, "hub")?;
    let operators = folder.join("operators-ca.pem");
    let written = fs::write(&operators, operators_ca.pem());
    written.map_err(|source| ToolkitError::io(operators.display().to_string(), source))?;
    let file = |name: &str| folder.join(name);
    Ok(format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\nca = {:?}\n[tls.admin]\nca = {operators:?}\n",
        file("hub.pem"),
        file("hub.key"),
        file("hub-ca.pem"),
    ))
}

/// A temporary folder that PostgreSQL's user may pass through; removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Folder, ToolkitError> {
        let name = format!("causeway-cluster-{}", clock::fresh_uuid()?);
        let path = std::env::temp_dir().join(name);
        let failed = |source| ToolkitError::io(path.display().to_string(), source);
        fs::create_dir_all(&path).map_err(failed)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o711)).map_err(failed)?;
        Ok(Folder(path))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _best_effort = fs::remove_dir_all(&self.0);
    }
}
