//! What is PostgreSQL's own: several nodes over one database, alone and in a crowd; a server and a
//! network that fail; the schema and what it becomes.

mod crowd;
mod faults;
mod nodes;
mod proxy;
mod schema;

use std::sync::Arc;

use switch::{Outcome, Rules, TransferId};
use switch_store::{
    Committed, Committer, PostgresStore, Sink, SteadyClock, Store, Submission, SystemClock,
};

use crate::place::{Told, YearOfTest};

/// On the machine's monotonic clock, so that leases run.
fn running() -> Arc<SteadyClock> {
    SteadyClock::new(Arc::new(YearOfTest(SystemClock::new())))
}

/// A node that commits.
struct Node {
    store: Arc<dyn Store>,
    committer: Committer,
    told: Arc<Told>,
}

impl Node {
    fn over(store: PostgresStore) -> Node {
        let (clock, told) = (store.clock(), Arc::new(Told::default()));
        let store: Arc<dyn Store> = Arc::new(store);
        let sink = Arc::clone(&told) as Arc<dyn Sink>;
        let committer =
            Committer::start(Arc::clone(&store), Rules::default(), clock, sink).unwrap();
        Node { store, committer, told }
    }

    async fn accepted(&self, submission: Submission) -> Committed {
        let committed = self.committer.submit(submission).await.unwrap();
        assert_eq!(committed.decisions[0].outcome, Outcome::Accepted);
        committed
    }

    async fn state(&self, id: u128) -> Option<switch::TransferState> {
        let transfer = self.store.transfer(TransferId(id)).await.unwrap();
        transfer.map(|transfer| transfer.state)
    }
}
