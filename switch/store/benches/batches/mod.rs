//! Batches of prepares and fulfils through a committer, a step each.

use std::ops::Range;
use std::sync::Arc;

use switch::{Command, Outcome, Rules};
use switch_store::{CommitLoop, Committer, Progress, SteadyClock, Store, Submission};
use tokio::runtime::Runtime;

use crate::scheme::{Nobody, fulfil, onboarding, prepare};

const PAYER: &str = "payer";
const PAYEE: &str = "payee";

/// A committer over a store, with a payer and a payee.
pub struct Hub {
    committer: Committer,
    work: CommitLoop,
    next: u64,
}

impl Hub {
    pub fn over(runtime: &Runtime, store: Arc<dyn Store>, clock: Arc<SteadyClock>) -> Hub {
        let sink = Arc::new(Nobody);
        let (committer, work) = Committer::with_loop(store, Rules::default(), clock, sink);
        let mut hub = Hub { committer, work, next: 1 };
        hub.batch(runtime, vec![onboarding(&[PAYER, PAYEE])]);
        hub
    }

    /// Numbers of so many transfers that were not there yet.
    pub fn fresh(&mut self, transfers: u64) -> Range<u64> {
        let first = self.next;
        self.next += transfers;
        first..self.next
    }

    pub fn prepare(&mut self, runtime: &Runtime, ids: Range<u64>) {
        let batch = ids.map(|id| vec![prepare(id.into(), PAYER, PAYEE)]).collect();
        self.batch(runtime, batch);
    }

    pub fn fulfil(&mut self, runtime: &Runtime, ids: Range<u64>) {
        let batch = ids.map(|id| vec![fulfil(id.into(), PAYER, PAYEE)]).collect();
        self.batch(runtime, batch);
    }

    /// Queues all submissions, then takes the step that commits them together.
    fn batch(&mut self, runtime: &Runtime, batch: Vec<Vec<Command>>) {
        let Hub { committer, work, .. } = self;
        runtime.block_on(async {
            let waiting: Vec<_> = batch
                .into_iter()
                .map(|commands| {
                    let committer = committer.clone();
                    let submission = Submission { commands, ..Submission::default() };
                    tokio::spawn(async move { committer.submit(submission).await })
                })
                .collect();
            // A runtime looks up after some tens of tasks: all are to be in one batch.
            for _ in &waiting {
                tokio::task::yield_now().await;
            }
            assert_eq!(work.step().await, Progress::Worked);
            for answer in waiting {
                let committed = answer.await.unwrap().unwrap();
                assert!(committed.decisions.iter().all(|one| one.outcome == Outcome::Accepted));
            }
        });
    }
}
