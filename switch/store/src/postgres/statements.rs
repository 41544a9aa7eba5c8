//! Every statement that a store sends, prepared once a connection. All are set-based: an array a
//! column, sorted by key, so that locks are asked for in one order everywhere.

use crate::engine::Table;

/// A statement, by what it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sql {
    /// Rows under keys.
    Read(Table),
    /// The same, locked.
    Lock(Table),
    /// Rows that are not there yet: a second inserter fails.
    Insert(Table),
    /// Rows as they were read.
    Update(Table),
    /// Rows that nobody has read.
    Put(Table),
    /// Fails unless rows are still as they were read.
    Check(Table),
    /// All rows.
    All(Table),
    ReadDocuments,
    InsertDocuments,
    UpdateDocuments,
    PutDocuments,
    RemoveDocuments,
    ForgetDocuments,
    CheckDocuments,
    ListDocuments,
    Revision,
    SetDeadlines,
    LiftDeadlines,
    Deadlines,
    StillDue,
    InsertOutbox,
    RemoveOutbox,
    Outbox,
    UnclaimedOutbox,
    Archived,
    /// The time and a block of outbox numbers, after the locks.
    Draw,
    RecordBatch,
    ResolveBatch,
    AnythingToTake,
    ClearHanded,
    TakeLeft,
    HandOn,
    Handed,
    Ours,
    Renew,
    Others,
    Depose,
    Leave,
    Notify,
    Unnoted,
    NoteEnds,
    Archive,
    Forget,
    TidyBatches,
    TidyNodes,
}

/// The tables of rows, in the order in which a batch writes them.
pub(crate) const ROW_TABLES: [Table; 8] = [
    Table::FundsMovements,
    Table::AccountNumberCounter,
    Table::AccountNumbers,
    Table::Participants,
    Table::Parties,
    Table::PartyRanges,
    Table::Transfers,
    Table::Accounts,
];

/// What goes to the connections that write.
pub(crate) fn of_writers() -> Vec<Sql> {
    let tables = ROW_TABLES.into_iter().flat_map(|table| {
        let first = if is_locked(table) { Sql::Lock(table) } else { Sql::Read(table) };
        [first, Sql::Insert(table), Sql::Update(table), Sql::Put(table), Sql::Check(table)]
    });
    let documents = [
        Sql::ReadDocuments,
        Sql::InsertDocuments,
        Sql::UpdateDocuments,
        Sql::PutDocuments,
        Sql::RemoveDocuments,
        Sql::ForgetDocuments,
        Sql::CheckDocuments,
    ];
    let others = [
        Sql::SetDeadlines,
        Sql::LiftDeadlines,
        Sql::InsertOutbox,
        Sql::RemoveOutbox,
        Sql::Draw,
        Sql::RecordBatch,
    ];
    tables.chain(documents).chain(others).collect()
}

/// What goes to the connections that read, and that take over.
pub(crate) fn of_readers(version: u32) -> Vec<Sql> {
    let all = [Table::Participants, Table::Accounts].map(Sql::All);
    let archived = (version >= 2).then_some(Sql::Archived);
    let others = [
        Sql::ReadDocuments,
        Sql::ListDocuments,
        Sql::Revision,
        Sql::Deadlines,
        Sql::StillDue,
        Sql::Outbox,
        Sql::UnclaimedOutbox,
        Sql::ResolveBatch,
        Sql::AnythingToTake,
        Sql::ClearHanded,
        Sql::TakeLeft,
        Sql::HandOn,
        Sql::Handed,
        Sql::Ours,
    ];
    ROW_TABLES.map(Sql::Read).into_iter().chain(all).chain(archived).chain(others).collect()
}

/// Whether rows of a table are money, and locked when they are read to be decided on.
pub(crate) fn is_locked(table: Table) -> bool {
    matches!(table, Table::FundsMovements | Table::Transfers | Table::Accounts)
}

impl Sql {
    /// The statement, for a schema of `version`.
    pub(crate) fn text(self, version: u32) -> String {
        let ends = version >= 2;
        match self {
            Sql::Read(table) => read(table),
            Sql::Lock(table) => format!("{} ORDER BY t.key FOR UPDATE OF t", read(table)),
            Sql::Insert(Table::Transfers) if ends => insert_transfers(""),
            Sql::Insert(table) => insert(table, ""),
            Sql::Update(Table::Transfers) if ends => update(Table::Transfers, ENDED),
            Sql::Update(table) => update(table, ("", "", "")),
            Sql::Put(Table::Transfers) if ends => {
                insert_transfers(&format!("{REPLACE}, ended_at = excluded.ended_at"))
            }
            Sql::Put(table) => insert(table, REPLACE),
            Sql::Check(table) => check(table),
            Sql::All(table) => format!("SELECT value FROM {} ORDER BY key", table.name()),
            documents_and_others => documents_and_others.fixed().to_owned(),
        }
    }

    fn fixed(self) -> &'static str {
        match self {
            Sql::ReadDocuments => READ_DOCUMENTS,
            Sql::InsertDocuments => INSERT_DOCUMENTS,
            Sql::UpdateDocuments => UPDATE_DOCUMENTS,
            Sql::PutDocuments => PUT_DOCUMENTS,
            Sql::RemoveDocuments => REMOVE_DOCUMENTS,
            Sql::ForgetDocuments => FORGET_DOCUMENTS,
            Sql::CheckDocuments => CHECK_DOCUMENTS,
            Sql::ListDocuments => LIST_DOCUMENTS,
            Sql::Revision => REVISION,
            Sql::SetDeadlines => SET_DEADLINES,
            Sql::LiftDeadlines => LIFT_DEADLINES,
            Sql::Deadlines => DEADLINES,
            Sql::StillDue => STILL_DUE,
            Sql::InsertOutbox => INSERT_OUTBOX,
            Sql::RemoveOutbox => REMOVE_OUTBOX,
            Sql::Outbox => OUTBOX,
            Sql::UnclaimedOutbox => UNCLAIMED_OUTBOX,
            Sql::Archived => ARCHIVED,
            Sql::Draw => DRAW,
            Sql::RecordBatch => "SELECT record_batch($1, $2, $3)",
            Sql::ResolveBatch => RESOLVE_BATCH,
            Sql::AnythingToTake => ANYTHING_TO_TAKE,
            Sql::ClearHanded => CLEAR_HANDED,
            Sql::TakeLeft => TAKE_LEFT,
            Sql::HandOn => HAND_ON,
            Sql::Handed => HANDED,
            Sql::Ours => OURS,
            Sql::Renew => RENEW,
            Sql::Others => OTHERS,
            Sql::Depose => DEPOSE,
            Sql::Leave => "UPDATE nodes SET deposed = true WHERE claimant = $1",
            Sql::Notify => "SELECT pg_notify($1, n.payload) FROM unnest($2::text[]) AS n(payload)",
            Sql::Unnoted => UNNOTED,
            Sql::NoteEnds => NOTE_ENDS,
            Sql::Archive => ARCHIVE,
            Sql::Forget => FORGET,
            Sql::TidyBatches => TIDY_BATCHES,
            Sql::TidyNodes => TIDY_NODES,
            Sql::Read(_) | Sql::Lock(_) | Sql::Insert(_) | Sql::Update(_) => "",
            Sql::Put(_) | Sql::Check(_) | Sql::All(_) => "",
        }
    }
}

fn read(table: Table) -> String {
    format!(
        "SELECT t.key, t.value, t.batch FROM unnest($1::bytea[]) AS k(key) \
         JOIN {} t ON t.key = k.key",
        table.name()
    )
}

const REPLACE: &str =
    " ON CONFLICT (key) DO UPDATE SET value = excluded.value, batch = excluded.batch";

fn insert(table: Table, conflict: &str) -> String {
    format!(
        "INSERT INTO {} (key, value, batch) SELECT n.key, n.value, $3 \
         FROM unnest($1::bytea[], $2::bytea[]) AS n(key, value){conflict}",
        table.name()
    )
}

fn insert_transfers(conflict: &str) -> String {
    format!(
        "INSERT INTO transfers (key, value, batch, ended_at) \
         SELECT n.key, n.value, $3, to_timestamp(n.ended_ms::float8 / 1000) \
         FROM unnest($1::bytea[], $2::bytea[], $4::bigint[]) AS n(key, value, ended_ms){conflict}"
    )
}

/// What a transfer's update has beside: the parameter, its name, and where it goes.
const ENDED: (&str, &str, &str) =
    (", $6::bigint[]", ", ended_ms", ", ended_at = to_timestamp(n.ended_ms::float8 / 1000)");

fn update(table: Table, (parameter, name, assignment): (&str, &str, &str)) -> String {
    let table = table.name();
    format!(
        "WITH changed AS (UPDATE {table} t SET value = n.value, batch = $3{assignment} \
         FROM unnest($1::bytea[], $2::bytea[], $4::bigint[]{parameter}) \
         AS n(key, value, batch{name}) \
         WHERE t.key = n.key AND t.batch = n.batch RETURNING 1) \
         SELECT expect_rows((SELECT count(*) FROM changed), $5, '{table}')"
    )
}

fn check(table: Table) -> String {
    let table = table.name();
    format!(
        "SELECT expect_rows((SELECT count(*) FROM unnest($1::bytea[], $2::bigint[]) \
         AS n(key, batch) LEFT JOIN {table} t ON t.key = n.key \
         WHERE coalesce(t.batch, 0) <> n.batch), 0, '{table}')"
    )
}

const READ_DOCUMENTS: &str = "\
    SELECT d.kind, d.key, d.version, d.deadline, d.body, d.batch \
    FROM unnest($1::text[], $2::bytea[]) AS k(kind, key) \
    JOIN documents d ON d.kind = k.kind AND d.key = k.key";

const INSERT_DOCUMENTS: &str = "\
    INSERT INTO documents (kind, key, version, deadline, body, batch) \
    SELECT n.kind, n.key, n.version, n.deadline, n.body, $6 \
    FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[]) \
    AS n(kind, key, version, deadline, body)";

const PUT_DOCUMENTS: &str = "\
    INSERT INTO documents (kind, key, version, deadline, body, batch) \
    SELECT n.kind, n.key, n.version, n.deadline, n.body, $6 \
    FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[]) \
    AS n(kind, key, version, deadline, body) \
    ON CONFLICT (kind, key) DO UPDATE SET version = excluded.version, \
    deadline = excluded.deadline, body = excluded.body, batch = excluded.batch";

const UPDATE_DOCUMENTS: &str = "\
    WITH changed AS (UPDATE documents d SET version = n.version, deadline = n.deadline, \
    body = n.body, batch = $6 \
    FROM unnest($1::text[], $2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[], $7::bigint[]) \
    AS n(kind, key, version, deadline, body, batch) \
    WHERE d.kind = n.kind AND d.key = n.key AND d.batch = n.batch RETURNING 1) \
    SELECT expect_rows((SELECT count(*) FROM changed), $8, 'documents')";

const REMOVE_DOCUMENTS: &str = "\
    WITH changed AS (DELETE FROM documents d \
    USING unnest($1::text[], $2::bytea[], $3::bigint[]) AS n(kind, key, batch) \
    WHERE d.kind = n.kind AND d.key = n.key AND d.batch = n.batch RETURNING 1) \
    SELECT expect_rows((SELECT count(*) FROM changed), $4, 'documents')";

const FORGET_DOCUMENTS: &str = "\
    DELETE FROM documents d USING unnest($1::text[], $2::bytea[]) AS n(kind, key) \
    WHERE d.kind = n.kind AND d.key = n.key";

const CHECK_DOCUMENTS: &str = "\
    SELECT expect_rows((SELECT count(*) \
    FROM unnest($1::text[], $2::bytea[], $3::bigint[]) AS n(kind, key, batch) \
    LEFT JOIN documents d ON d.kind = n.kind AND d.key = n.key \
    WHERE coalesce(d.batch, 0) <> n.batch), 0, 'documents')";

const LIST_DOCUMENTS: &str = "\
    SELECT kind, key, version, deadline, body, batch FROM documents \
    WHERE kind = $1 AND ($2::bytea IS NULL OR key > $2) ORDER BY key LIMIT $3";

/// Each write of a document has a batch number of its own.
const REVISION: &str = "\
    SELECT coalesce(bit_xor(hashtextextended(encode(key, 'hex'), batch)), 0) # count(*) \
    FROM documents WHERE kind = $1";

const SET_DEADLINES: &str = "\
    INSERT INTO deadlines (subject, at) SELECT n.subject, n.at \
    FROM unnest($1::bytea[], $2::bigint[]) AS n(subject, at) \
    ON CONFLICT (subject) DO UPDATE SET at = excluded.at";

const LIFT_DEADLINES: &str = "\
    DELETE FROM deadlines d USING unnest($1::bytea[]) AS n(subject) WHERE d.subject = n.subject";

const DEADLINES: &str =
    "SELECT subject, at FROM deadlines WHERE at <= $1 ORDER BY at, subject LIMIT $2";

const STILL_DUE: &str = "\
    SELECT d.subject, d.at FROM unnest($1::bytea[]) AS k(subject) \
    JOIN deadlines d ON d.subject = k.subject";

/// A row joins its lane: where the row before it is another living node's, it is that node's too. It
/// waits to be given out unless all rows before it are its maker's, and known to it: two nodes may each
/// have one in a lane that no lock puts in an order, and it comes after both.
const INSERT_OUTBOX: &str = "\
    WITH born AS (INSERT INTO outbox \
    (id, destination, resource, deadline, kind, body, claimed_by, handed) \
    SELECT n.id, n.destination, n.resource, n.deadline, n.kind, n.body, \
    CASE WHEN l.deposed THEN $7 ELSE coalesce(l.claimed_by, $7) END, \
    l.claimed_by IS NOT NULL AND EXISTS (SELECT 1 FROM outbox e \
    WHERE e.destination = n.destination AND e.resource = n.resource AND e.id < n.id \
    AND (e.claimed_by <> $7 OR e.handed)) \
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::bigint[], $5::smallint[], $6::bytea[]) \
    AS n(id, destination, resource, deadline, kind, body) \
    LEFT JOIN LATERAL (SELECT e.claimed_by, coalesce(d.deposed, true) AS deposed \
    FROM outbox e LEFT JOIN nodes d ON d.claimant = e.claimed_by \
    WHERE e.destination = n.destination AND e.resource = n.resource AND e.id < n.id \
    ORDER BY e.id DESC LIMIT 1) l ON true \
    RETURNING id, claimed_by, handed) \
    SELECT id, claimed_by FROM born WHERE handed";

const REMOVE_OUTBOX: &str =
    "DELETE FROM outbox o USING unnest($1::bigint[]) AS n(id) WHERE o.id = n.id";

const OUTBOX: &str = "\
    SELECT o.id, o.destination, o.resource, o.deadline, o.kind, o.attempts, o.claimed_by, o.body, \
    coalesce(d.deposed, true) AS free FROM outbox o LEFT JOIN nodes d ON d.claimant = o.claimed_by \
    WHERE o.id > $1 ORDER BY o.id LIMIT $2";

const UNCLAIMED_OUTBOX: &str = "\
    SELECT o.id, o.destination, o.resource, o.deadline, o.kind, o.attempts, o.claimed_by, o.body, \
    true AS free FROM outbox o LEFT JOIN nodes d ON d.claimant = o.claimed_by \
    WHERE o.id > $1 AND coalesce(d.deposed, true) ORDER BY o.id LIMIT $2";

const ARCHIVED: &str =
    "SELECT value FROM transfers_archive WHERE key = $1 ORDER BY ended_at DESC LIMIT 1";

const DRAW: &str = "\
    SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint, nextval('outbox_numbers')";

/// Waits for a commit that is under way, and forbids it where it never came. It writes in either
/// case: what it answers is then as durable as a commit.
const RESOLVE_BATCH: &str = "\
    INSERT INTO batches AS b (id, now, void) \
    SELECT $1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, true \
    FROM nodes WHERE claimant = $2 AND NOT deposed \
    ON CONFLICT (id) DO UPDATE SET void = b.void RETURNING b.void";

const ANYTHING_TO_TAKE: &str = "\
    SELECT EXISTS (SELECT 1 FROM outbox WHERE claimed_by = $1 AND handed) \
    OR EXISTS (SELECT 1 FROM nodes d JOIN outbox o ON o.claimed_by = d.claimant WHERE d.deposed)";

const CLEAR_HANDED: &str = "\
    UPDATE outbox o SET handed = false FROM unnest($1::bigint[]) AS n(id) \
    WHERE o.id = n.id AND o.claimed_by = $2";

/// What deposed nodes have left becomes this node's; one node at a time takes from one.
const TAKE_LEFT: &str = "\
    WITH dead AS (SELECT claimant FROM nodes WHERE deposed ORDER BY claimant \
    FOR UPDATE SKIP LOCKED), \
    rest AS (SELECT o.id FROM outbox o JOIN dead ON o.claimed_by = dead.claimant \
    ORDER BY o.id LIMIT $2 FOR UPDATE OF o) \
    UPDATE outbox o SET claimed_by = $1, handed = true, attempts = o.attempts + 1 \
    FROM rest WHERE o.id = rest.id";

/// What was taken goes on to the living node that holds the row before it in its lane, those apart that
/// go on with it. Behind a row of this node's own it stays, whoever holds earlier ones: two nodes would
/// hand it to and fro until one of them is done.
const HAND_ON: &str = "\
    WITH late AS (SELECT o.id, l.claimed_by FROM outbox o CROSS JOIN LATERAL ( \
    SELECT e.claimed_by FROM outbox e JOIN nodes d ON d.claimant = e.claimed_by \
    WHERE e.destination = o.destination AND e.resource = o.resource AND e.id < o.id \
    AND NOT (e.claimed_by = $1 AND e.handed) AND NOT d.deposed ORDER BY e.id DESC LIMIT 1) l \
    WHERE o.claimed_by = $1 AND o.handed AND l.claimed_by <> $1 ORDER BY o.id FOR UPDATE OF o) \
    UPDATE outbox o SET claimed_by = late.claimed_by FROM late \
    WHERE o.id = late.id RETURNING o.claimed_by";

/// What this node has still to be given, unless somebody else holds an earlier row of its lane.
const HANDED: &str = "\
    SELECT o.id, o.destination, o.resource, o.deadline, o.kind, o.attempts, o.claimed_by, o.body, \
    false AS free FROM outbox o WHERE o.claimed_by = $1 AND o.handed AND o.id <> ALL($3::bigint[]) \
    AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.destination = o.destination \
    AND e.resource = o.resource AND e.id < o.id AND e.claimed_by <> $1) ORDER BY o.id LIMIT $2";

const OURS: &str = "\
    SELECT o.id FROM unnest($1::bigint[]) AS n(id) JOIN outbox o ON o.id = n.id \
    WHERE o.claimed_by = $2 AND NOT o.handed";

const RENEW: &str = "\
    WITH renewed AS (UPDATE nodes SET renewals = renewals + 1, \
    lease_until = clock_timestamp() + interval '1 second' \
    WHERE claimant = $1 AND NOT deposed RETURNING 1) \
    SELECT EXISTS (SELECT 1 FROM renewed), (extract(epoch FROM clock_timestamp()) * 1000)::bigint";

const OTHERS: &str = "SELECT claimant, renewals FROM nodes WHERE NOT deposed AND claimant <> $1";

const DEPOSE: &str = "\
    UPDATE nodes SET deposed = true WHERE claimant = $1 AND renewals = $2 AND NOT deposed \
    RETURNING claimant";

/// Transfers in the order of their keys, and whether their end is noted.
const UNNOTED: &str = "\
    SELECT key, value, ended_at IS NOT NULL FROM transfers WHERE key > $1 ORDER BY key LIMIT $2";

const NOTE_ENDS: &str = "\
    UPDATE transfers t SET ended_at = to_timestamp(n.ended_ms::float8 / 1000) \
    FROM unnest($1::bytea[], $2::bigint[]) AS n(key, ended_ms) \
    WHERE t.key = n.key AND t.ended_at IS NULL";

/// What a batch has locked stays for the next time.
const ARCHIVE: &str = "\
    WITH old AS (SELECT key FROM transfers \
    WHERE ended_at < to_timestamp($1::bigint::float8 / 1000) ORDER BY ended_at LIMIT $2 \
    FOR UPDATE SKIP LOCKED), \
    moved AS (DELETE FROM transfers t USING old WHERE t.key = old.key \
    RETURNING t.key, t.value, t.batch, t.ended_at), \
    kept AS (INSERT INTO transfers_archive (key, value, batch, ended_at) \
    SELECT key, value, batch, ended_at FROM moved ON CONFLICT (key, batch) DO NOTHING) \
    SELECT count(*) FROM moved";

const FORGET: &str = "\
    WITH old AS (SELECT key, batch FROM transfers_archive \
    WHERE ended_at < to_timestamp($1::bigint::float8 / 1000) ORDER BY ended_at LIMIT $2 \
    FOR UPDATE SKIP LOCKED), \
    gone AS (DELETE FROM transfers_archive a USING old \
    WHERE a.key = old.key AND a.batch = old.batch RETURNING 1) \
    SELECT count(*) FROM gone";

/// The last batch of a living node stays: it may be waiting to ask how it ended.
const TIDY_BATCHES: &str = "\
    DELETE FROM batches b USING (SELECT o.id FROM batches o WHERE o.now < $1 AND \
    (EXISTS (SELECT 1 FROM batches l WHERE l.id > o.id AND l.id < ((o.id >> 40) + 1) << 40) \
    OR NOT EXISTS (SELECT 1 FROM nodes n WHERE n.claimant = o.id >> 40 AND NOT n.deposed)) \
    ORDER BY o.now LIMIT $2) AS old WHERE b.id = old.id";

const TIDY_NODES: &str = "\
    DELETE FROM nodes n USING (SELECT o.claimant FROM nodes o WHERE o.deposed \
    AND o.lease_until < clock_timestamp() - interval '1 day' \
    AND NOT EXISTS (SELECT 1 FROM outbox r WHERE r.claimed_by = o.claimant) LIMIT $1) AS old \
    WHERE n.claimant = old.claimant AND n.deposed";
