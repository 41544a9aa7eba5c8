use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::LocalSet;

use super::disk::sync_probe_us;
use super::echo::{Echo, echo};
use super::hub::Hub;
use super::isolation::isolation;
use super::measured::{Measured, Reading};
use super::members::{CURRENCY, Member, members, onboard};
use super::options::{BenchOptions, Rate};
use super::play::Play;
use super::processes::{self, Resident};
use super::report::{self, Findings};
use super::schedule::Schedule;
use super::screening::{Catalogue, screening};
use super::script::{Stage, scripts};
use super::search::Search;
use crate::ToolkitError;
use crate::ledger_log::Units;
use crate::limits::{
    BENCH_DRAIN_MS, BENCH_PARTIES, BENCH_PROBE_MS, BENCH_PROBES, BENCH_TRANSACTIONS,
    BENCH_WARM_UP_MS,
};

/// Runs a bench and prints its figures. Whether the books were right.
///
/// # Errors
/// [`ToolkitError`] if it could not be run.
pub fn bench(options: &BenchOptions) -> Result<bool, ToolkitError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| ToolkitError::io("start the runtime", source))?;
    let findings = LocalSet::new().block_on(&runtime, find(options))?;
    report::print(&findings, options);
    Ok(findings.is_valid())
}

async fn find(options: &BenchOptions) -> Result<Findings, ToolkitError> {
    let mut bench = Bench::start(options).await?;
    let sync_before_us = sync_probe_us(bench.hub.directory())?;
    let echo = bench.echo().await?;
    let rate = match options.rate {
        Some(Rate::PerSecond(rate)) => rate,
        Some(Rate::Times(_)) | None => bench.search().await?,
    };
    say(&format!("{rate}/s for {} s", options.seconds));
    let measured = bench.run(rate, options.seconds * 1_000).await?;
    let sync_after_us = sync_probe_us(bench.hub.directory())?;
    let resident = bench.hub.resident()?;
    let overload = bench.overload(rate).await?;
    let (books, tally) = (bench.books().await?, bench.play.tally());
    drop(bench);
    let isolation = isolation(options, rate).await?;
    let screening = screening(options, rate).await?;
    let machine = Machine { echo, sync_before_us, sync_after_us };
    Ok(Findings { rate, measured, machine, resident, overload, isolation, screening, books, tally })
}

/// A hub with its members, ready to run.
pub(super) struct Bench<'o> {
    options: &'o BenchOptions,
    hub: Hub,
    members: Arc<Vec<Member>>,
    play: Rc<Play>,
    stage: Stage,
    /// The number of the next transaction.
    next: u64,
}

impl Bench<'_> {
    pub(super) async fn start(options: &BenchOptions) -> Result<Bench<'_>, ToolkitError> {
        let parties = match options.rate {
            Some(Rate::PerSecond(rate)) => (rate * 2).clamp(100, BENCH_PARTIES),
            Some(Rate::Times(_)) | None => BENCH_PARTIES,
        };
        Bench::with(options, parties, None).await
    }

    /// With so many parties of each member, and with screening or without.
    pub(super) async fn with<'o>(
        options: &'o BenchOptions,
        parties: u64,
        catalogue: Option<&Catalogue>,
    ) -> Result<Bench<'o>, ToolkitError> {
        say("starting the hub, making keys");
        let hub = Hub::start(options, catalogue).await?;
        let members = Arc::new(members(options.signature)?);
        let (play, callbacks) = Play::start(hub.fspiop).await?;
        let parties = u32::try_from(parties).unwrap_or(u32::MAX);
        say(&format!("onboarding {} DFSPs, {parties} parties for each payee", members.len()));
        onboard(&members, &callbacks, &hub.admin(), hub.fspiop, parties).await?;
        let stage = Stage { hub: hub.fspiop, parties };
        Ok(Bench { options, hub, members, play, stage, next: 0 })
    }

    /// Its DFSPs.
    pub(super) fn play(&self) -> &Rc<Play> {
        &self.play
    }

    /// The hub's memory.
    pub(super) fn resident(&self) -> Result<Resident, ToolkitError> {
        self.hub.resident()
    }

    /// What its hub counted under a name.
    pub(super) async fn counts(&self, name: &str) -> Result<BTreeMap<String, u64>, ToolkitError> {
        self.hub.counts(name).await
    }

    async fn echo(&self) -> Result<Echo, ToolkitError> {
        say("echo: the same messages to a bare server");
        echo(scripts(&self.members, self.stage, u64::from(u32::MAX), 100)?).await
    }

    /// The highest rate at which end to end p99 stays below a second and less than one in a thousand fails.
    async fn search(&mut self) -> Result<u64, ToolkitError> {
        let mut search = Search::new();
        for _ in 0..BENCH_PROBES {
            let Some(rate) = search.next() else { break };
            let measured = self.run(rate, BENCH_PROBE_MS).await?;
            let sustained = measured.is_sustained();
            search.tried(rate, sustained);
            say(&format!("{rate}/s: {}", report::line(&measured, sustained)));
        }
        match search.sustained {
            0 => Err(ToolkitError::Message("no rate is sustained".to_owned())),
            sustained => Ok(sustained),
        }
    }

    /// A run at a multiple of the rate, if one is asked for.
    async fn overload(&mut self, rate: u64) -> Result<Option<Further>, ToolkitError> {
        let Some(Rate::Times(times)) = self.options.rate else { return Ok(None) };
        self.further(rate.saturating_mul(times)).await.map(Some)
    }

    async fn further(&mut self, rate: u64) -> Result<Further, ToolkitError> {
        say(&format!("{rate}/s for {} s, further", self.options.seconds));
        let before = self.hub.resident()?;
        let measured = self.run(rate, self.options.seconds * 1_000).await?;
        Ok(Further { rate, measured, before, after: self.hub.resident()? })
    }

    /// One run at a rate, its warm-up not measured.
    pub(super) async fn run(
        &mut self,
        rate: u64,
        measured_ms: u64,
    ) -> Result<Measured, ToolkitError> {
        let length_us = (BENCH_WARM_UP_MS + measured_ms).saturating_mul(1_000);
        let schedule = Schedule::new(self.options.arrivals, rate, length_us);
        if schedule.len() as u64 > BENCH_TRANSACTIONS {
            let most = format!("a run has at most {BENCH_TRANSACTIONS} transactions");
            return Err(ToolkitError::Message(most));
        }
        let scripts = scripts(&self.members, self.stage, self.next, schedule.len())?;
        let first = self.next;
        self.next += schedule.len() as u64;
        let began = Instant::now() + Duration::from_millis(BEFORE_MS);
        self.play.load(first, scripts, began);
        let (mut due, play) = (schedule.start(began)?, Rc::clone(&self.play));
        tokio::task::spawn_local(async move {
            while let Some(transaction) = due.recv().await {
                play.begin(transaction);
            }
        });
        let from = self.reading(began, BENCH_WARM_UP_MS).await?;
        let until = self.reading(began, BENCH_WARM_UP_MS + measured_ms).await?;
        self.drain().await;
        Ok(Measured::of(from, until, schedule.due_us(), &self.play.states()))
    }

    async fn reading(&self, began: Instant, at_ms: u64) -> Result<Reading, ToolkitError> {
        let at = began + Duration::from_millis(at_ms);
        tokio::time::sleep_until(at.into()).await;
        let syncs = self.hub.metric("causeway_store_syncs").await?;
        Ok(Reading {
            at_us: u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX),
            hub_cpu_us: self.hub.cpu_us()?,
            toolkit_cpu_us: processes::cpu_us("self")?,
            syncs,
        })
    }

    async fn drain(&self) {
        let since = Instant::now();
        while self.play.open() > 0 && since.elapsed() < Duration::from_millis(BENCH_DRAIN_MS) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Acknowledgements, and what the hub tells payees, come after the payer's last callback.
        tokio::time::sleep(Duration::from_millis(AFTER_MS)).await;
    }

    /// What the hub's ledger says of each member, in ten-thousandths.
    pub(super) async fn books(&self) -> Result<Books, ToolkitError> {
        let mut positions = Vec::new();
        for member in self.members.iter() {
            positions.push(self.hub.admin().position(&member.name, CURRENCY).await?);
        }
        Ok(Books { positions })
    }
}

/// What the machine itself can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Machine {
    pub(super) echo: Echo,
    pub(super) sync_before_us: u64,
    pub(super) sync_after_us: u64,
}

/// A run beside the main one.
#[derive(Debug, Clone)]
pub(super) struct Further {
    pub(super) rate: u64,
    pub(super) measured: Measured,
    /// The hub's memory before it.
    pub(super) before: Resident,
    /// And after it.
    pub(super) after: Resident,
}

/// The members' positions, as the hub shows them.
#[derive(Debug, Clone)]
pub(super) struct Books {
    pub(super) positions: Vec<Units>,
}

/// Between the making of a run and its beginning.
const BEFORE_MS: u64 = 50;
/// After its end.
const AFTER_MS: u64 = 200;

impl Measured {
    fn is_sustained(&self) -> bool {
        self.end_to_end.quantile_us(990) < 1_000_000
            && self.errors * 1_000 < self.offered
            && self.completed * 100 > self.offered * 95
    }
}

/// Progress, for people.
pub(super) fn say(what: &str) {
    eprintln!("bench: {what}");
}
