//! What becomes of questions when the stream refuses, forgets, or follows another scorer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use frms::Event;
use frms_stream::{
    Appending, Beginning, Client, Entry, Journal, NotAppended, Read, Unavailable, channel, start_on,
};
use tokio::sync::mpsc;

use super::{PATIENCE, attempt, committed, engine};

/// A stream that says what a test has it say.
struct Scripted {
    reads: mpsc::UnboundedReceiver<Read>,
    appended: mpsc::UnboundedSender<Event>,
    says: Arc<Says>,
}

#[derive(Debug)]
struct Says {
    is_active: AtomicBool,
    to_writes: Mutex<Result<u64, NotAppended>>,
}

impl Journal for Scripted {
    async fn read(&mut self) -> Option<Read> {
        self.reads.recv().await
    }

    async fn append(&mut self, event: &Event) -> Appending {
        let _ = self.appended.send(event.clone());
        let said = *self.says.to_writes.lock().unwrap();
        Box::pin(std::future::ready(said))
    }

    fn is_active(&self) -> bool {
        self.says.is_active.load(Ordering::Acquire)
    }
}

pub(crate) struct Script {
    pub(crate) client: Client,
    reads: mpsc::UnboundedSender<Read>,
    pub(crate) appended: mpsc::UnboundedReceiver<Event>,
    says: Arc<Says>,
}

impl Script {
    pub(crate) fn new(to_writes: Result<u64, NotAppended>) -> Script {
        Script::of(Beginning::of(engine()), true, to_writes)
    }

    pub(crate) fn of(
        beginning: Beginning,
        is_active: bool,
        to_writes: Result<u64, NotAppended>,
    ) -> Script {
        let is_active = AtomicBool::new(is_active);
        let says = Arc::new(Says { is_active, to_writes: Mutex::new(to_writes) });
        let (reads, to_read) = mpsc::unbounded_channel();
        let (to_append, appended) = mpsc::unbounded_channel();
        let (client, requests) = channel(64);
        let journal = Scripted { reads: to_read, appended: to_append, says: Arc::clone(&says) };
        start_on(journal, beginning, requests).unwrap();
        Script { client, reads, appended, says }
    }

    pub(crate) fn say(&self, to_writes: Result<u64, NotAppended>) {
        *self.says.to_writes.lock().unwrap() = to_writes;
    }

    pub(crate) fn become_active(&self, is_active: bool) {
        self.says.is_active.store(is_active, Ordering::Release);
        self.reads.send(Read::Term).unwrap();
    }

    pub(crate) fn come(&self, sequence: u64, event: Event) {
        self.reads.send(Read::Events(vec![Entry { sequence, event }])).unwrap();
    }
}

#[tokio::test]
async fn who_is_deposed_lets_go_of_what_was_refused_and_takes_it_up_again() {
    let mut script = Script::new(Err(NotAppended));
    let client = script.client.clone();
    let asked = tokio::spawn(async move { client.screen(attempt(1), PATIENCE).await });
    assert_eq!(script.appended.recv().await.unwrap(), Event::Attempt(attempt(1)));
    script.become_active(false);
    assert_eq!(asked.await.unwrap(), Err(Unavailable::Failed), "nobody is writing it");
    script.say(Ok(2));
    script.become_active(true);
    while script.appended.try_recv().is_ok() {}
    let client = script.client.clone();
    let asked = tokio::spawn(async move { client.screen(attempt(1), PATIENCE).await });
    assert_eq!(script.appended.recv().await.unwrap(), Event::Attempt(attempt(1)), "written anew");
    script.come(2, Event::Attempt(attempt(1)));
    let Event::Verdict(verdict) = script.appended.recv().await.unwrap() else { panic!() };
    assert_eq!(asked.await.unwrap(), Ok(verdict));
}

#[tokio::test]
async fn what_the_stream_has_not_answered_is_sent_again_and_waited_for() {
    let mut script = Script::new(Err(NotAppended));
    let client = script.client.clone();
    let asked = tokio::spawn(async move { client.screen(attempt(1), PATIENCE).await });
    for _ in 0..3 {
        let sent = tokio::time::timeout(PATIENCE, script.appended.recv()).await;
        assert_eq!(sent.expect("it is sent again"), Some(Event::Attempt(attempt(1))));
    }
    // It was there all the time: only the answers were lost.
    script.come(2, Event::Attempt(attempt(1)));
    script.say(Ok(2));
    assert_eq!(asked.await.unwrap().unwrap().sequence, 2);
}

#[tokio::test]
async fn what_was_judged_before_anybody_can_remember_is_not_waited_for() {
    // A stream knows a message again, by its id, for longer than a scorer knows a verdict.
    let script = Script::new(Ok(3));
    script.come(5, committed(9));
    // The reads come before the questions.
    while script.client.screen(attempt(9), std::time::Duration::from_millis(1)).await
        != Err(Unavailable::Failed)
    {}
    let asked = script.client.screen(attempt(1), PATIENCE).await;
    assert_eq!(asked, Err(Unavailable::Failed), "its place was passed long ago");
    // What is still to be read is waited for.
    script.say(Ok(6));
    let client = script.client.clone();
    let asked = tokio::spawn(async move { client.screen(attempt(2), PATIENCE).await });
    tokio::task::yield_now().await;
    script.come(6, Event::Attempt(attempt(2)));
    assert_eq!(asked.await.unwrap().unwrap().sequence, 6);
}
