//! One connection: its settings, its prepared statements, and what it refuses to work with.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::ToSql;
use tokio_postgres::{
    AsyncMessage, Client, Config, Connection, Error, NoTls, Notification, Row, Socket, Statement,
};

use crate::StoreError;
use crate::limits::{CONNECT_TIMEOUT_MS, ROUND_TRIP_MAX_MS, SESSION_TIMEOUT_MS};
use crate::postgres::errors;
use crate::postgres::settings::PostgresSettings;
use crate::postgres::statements::Sql;
use crate::postgres::tls::Tls;

/// What makes connections.
pub(crate) struct Connector {
    config: Config,
    tls: Option<Tls>,
    schema: String,
    version: u32,
}

/// A connection with what is prepared on it.
pub(crate) struct Session {
    client: Client,
    statements: HashMap<Sql, Statement>,
    spent: AtomicBool,
}

/// A statement's parameters.
pub(crate) type Parameters = Vec<Box<dyn ToSql + Sync + Send>>;

/// Whoever hears the notifications of a connection.
pub(crate) type Listener = Arc<dyn Fn(Notification) + Send + Sync>;

/// An answer to something sent.
pub(crate) type Asked<'a> = BoxFuture<'a, Result<Vec<Row>, Error>>;

impl Connector {
    pub(crate) fn new(settings: &PostgresSettings) -> Result<Connector, StoreError> {
        let mut config = settings.config()?;
        let ca = &settings.ca;
        let tls = if ca.as_os_str().is_empty() { None } else { Some(Tls::new(ca)?) };
        // Whoever names a CA wants it: a server that offers no TLS is not taken instead.
        if tls.is_some() && config.get_ssl_mode() == SslMode::Prefer {
            config.ssl_mode(SslMode::Require);
        }
        let (schema, version) = (settings.schema.clone(), settings.version);
        Ok(Connector { config, tls, schema, version })
    }

    pub(crate) fn schema(&self) -> &str {
        &self.schema
    }

    /// A connection on which `statements` are prepared.
    pub(crate) async fn session(&self, statements: Vec<Sql>) -> Result<Session, StoreError> {
        self.prepared(self.bare().await?, statements).await
    }

    /// The same for one that hears notifications.
    pub(crate) async fn listening(
        &self,
        statements: Vec<Sql>,
        listener: Listener,
    ) -> Result<Session, StoreError> {
        self.prepared(self.made(Some(listener)).await?, statements).await
    }

    async fn prepared(
        &self,
        mut session: Session,
        statements: Vec<Sql>,
    ) -> Result<Session, StoreError> {
        let version = self.version;
        let client = &session.client;
        let prepared = statements.iter().map(|sql| {
            let text = sql.text(version);
            async move { client.prepare(&text).await }.boxed()
        });
        let prepared = within(ROUND_TRIP_MAX_MS, pipeline(prepared.collect())).await?;
        let mut known = HashMap::new();
        for (sql, statement) in statements.into_iter().zip(prepared) {
            known.insert(sql, statement.map_err(|error| errors::unavailable(&error))?);
        }
        session.statements = known;
        Ok(session)
    }

    /// A connection with the session's settings and nothing prepared.
    pub(crate) async fn bare(&self) -> Result<Session, StoreError> {
        self.made(None).await
    }

    async fn made(&self, listener: Option<Listener>) -> Result<Session, StoreError> {
        let hosts = self.config.get_hosts().len().max(1);
        let limit_ms = CONNECT_TIMEOUT_MS.saturating_mul(u64::try_from(hosts).unwrap_or(1));
        let client = within(limit_ms, self.client(listener)).await??;
        let session = Session { client, statements: HashMap::new(), spent: AtomicBool::new(false) };
        let setup = self.setup();
        let set = session.client.batch_execute(&setup);
        within(ROUND_TRIP_MAX_MS, set).await?.map_err(|error| errors::unavailable(&error))?;
        Ok(session)
    }

    async fn client(&self, listener: Option<Listener>) -> Result<Client, StoreError> {
        let failed = |error: Error| errors::unavailable(&error);
        match &self.tls {
            Some(tls) => {
                let (client, connection) =
                    self.config.connect(tls.clone()).await.map_err(failed)?;
                tokio::spawn(drive(connection, listener));
                Ok(client)
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(failed)?;
                tokio::spawn(drive(connection, listener));
                Ok(client)
            }
        }
    }

    /// Keys are looked up by their index whatever the planner believes of a table that was empty
    /// a minute ago; a plan is made once.
    fn setup(&self) -> String {
        format!(
            "SET search_path TO {schema}; SET lock_timeout = {ms}; SET statement_timeout = {ms}; \
             SET idle_in_transaction_session_timeout = {ms}; SET tcp_user_timeout = {ms}; \
             SET default_transaction_isolation = 'read committed'; \
             SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; \
             SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off; \
             SET client_min_messages = warning",
            schema = self.schema,
            ms = SESSION_TIMEOUT_MS,
        )
    }
}

/// Reads and writes the socket until the session is dropped or the server goes.
async fn drive<T>(mut connection: Connection<Socket, T>, listener: Option<Listener>)
where
    T: tokio_postgres::tls::TlsStream + Unpin,
{
    loop {
        match poll_fn(|context| connection.poll_message(context)).await {
            None => return,
            Some(Ok(AsyncMessage::Notification(notification))) => {
                if let Some(listener) = &listener {
                    listener(notification);
                }
            }
            Some(Ok(AsyncMessage::Notice(notice))) => {
                tracing::warn!(notice = notice.message(), "the database warns");
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                tracing::warn!(%error, "a connection to the database has ended");
                return;
            }
        }
    }
}

impl Session {
    /// What a statement answers; it is sent when the future is first polled.
    ///
    /// # Errors
    /// One that is not prepared here: a batch must not be written without it, nor a read look empty.
    pub(crate) fn ask(&self, sql: Sql, parameters: Parameters) -> Result<Asked<'_>, StoreError> {
        let Some(statement) = self.statements.get(&sql) else {
            self.spend();
            return Err(StoreError::Unusable { reason: format!("{sql:?} is not prepared") });
        };
        let asked = async move {
            let references: Vec<&(dyn ToSql + Sync)> =
                parameters.iter().map(|one| &**one as &(dyn ToSql + Sync)).collect();
            self.client.query(statement, &references).await
        };
        Ok(asked.boxed())
    }

    /// Statements without parameters or answers.
    pub(crate) fn order<'a>(&'a self, text: &'a str) -> Asked<'a> {
        async move { self.client.batch_execute(text).await.map(|()| Vec::new()) }.boxed()
    }

    /// One statement and its answer, within the time of a round trip.
    pub(crate) async fn answer(
        &self,
        sql: Sql,
        parameters: Parameters,
    ) -> Result<Vec<Row>, StoreError> {
        let mut answers = self.answers(vec![self.ask(sql, parameters)?]).await?;
        Ok(answers.pop().unwrap_or_default())
    }

    /// Everything sent at once, and all answers, within the time of a round trip: nothing of it
    /// commits what cannot be lost.
    pub(crate) async fn answers(&self, asked: Vec<Asked<'_>>) -> Result<Vec<Vec<Row>>, StoreError> {
        let answers = within(ROUND_TRIP_MAX_MS, pipeline(asked)).await;
        let answers = answers.inspect_err(|_| self.spend())?;
        let answers: Result<Vec<_>, Error> = answers.into_iter().collect();
        answers.map_err(|error| {
            if errors::ends_session(&error) {
                self.spend();
            }
            errors::refused(&error)
        })
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// From now on nobody is given this connection any more.
    pub(crate) fn spend(&self) {
        self.spent.store(true, Ordering::Release);
    }

    pub(crate) fn is_usable(&self) -> bool {
        !self.spent.load(Ordering::Acquire) && !self.client.is_closed()
    }
}

/// Sends all in their order before it waits for the first answer.
pub(crate) async fn pipeline<T>(mut asked: Vec<BoxFuture<'_, T>>) -> Vec<T> {
    let mut answers: Vec<Option<T>> = asked.iter().map(|_| None).collect();
    poll_fn(|context| {
        let mut ready = true;
        for (answer, one) in answers.iter_mut().zip(&mut asked) {
            if answer.is_none() {
                match one.poll_unpin(context) {
                    Poll::Ready(value) => *answer = Some(value),
                    Poll::Pending => ready = false,
                }
            }
        }
        if ready { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// What comes in time.
pub(crate) async fn within<T>(
    limit_ms: u64,
    future: impl Future<Output = T>,
) -> Result<T, StoreError> {
    let limit = Duration::from_millis(limit_ms);
    let silent = |_| StoreError::Unavailable { reason: format!("no answer for {limit_ms} ms") };
    tokio::time::timeout(limit, future).await.map_err(silent)
}
