-- The first schema. Rows of the ledger are opaque here, as in the embedded store: a key, a value with
-- its format in the first byte, and the number of the batch that wrote it last.

CREATE TABLE funds_movements (key bytea PRIMARY KEY, value bytea NOT NULL, batch bigint NOT NULL);
CREATE TABLE account_number_counter (key bytea PRIMARY KEY, value bytea NOT NULL, batch bigint NOT NULL);
CREATE TABLE account_numbers (key bytea PRIMARY KEY, value bytea NOT NULL, batch bigint NOT NULL);
CREATE TABLE participants (key bytea PRIMARY KEY, value bytea NOT NULL, batch bigint NOT NULL);
CREATE TABLE parties (key bytea PRIMARY KEY, value bytea NOT NULL, batch bigint NOT NULL);
CREATE TABLE party_ranges (key bytea PRIMARY KEY, value bytea NOT NULL, batch bigint NOT NULL);

-- Few rows, written by every batch: room for new versions on the same page, and early vacuum.
CREATE TABLE accounts (key bytea PRIMARY KEY, value bytea NOT NULL, batch bigint NOT NULL)
    WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- Ids are chance: eight smaller indexes stay in memory where one would not.
CREATE TABLE transfers (key bytea NOT NULL, value bytea NOT NULL, batch bigint NOT NULL, PRIMARY KEY (key))
    PARTITION BY HASH (key);
CREATE TABLE transfers_0 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 0);
CREATE TABLE transfers_1 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 1);
CREATE TABLE transfers_2 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 2);
CREATE TABLE transfers_3 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 3);
CREATE TABLE transfers_4 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 4);
CREATE TABLE transfers_5 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 5);
CREATE TABLE transfers_6 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 6);
CREATE TABLE transfers_7 PARTITION OF transfers FOR VALUES WITH (MODULUS 8, REMAINDER 7);

CREATE TABLE documents (
    kind text COLLATE "C" NOT NULL,
    key bytea NOT NULL,
    version bigint NOT NULL,
    deadline bigint,
    body bytea NOT NULL,
    batch bigint NOT NULL,
    PRIMARY KEY (kind, key)
) WITH (fillfactor = 80);

CREATE TABLE deadlines (subject bytea PRIMARY KEY, at bigint NOT NULL);
CREATE INDEX deadlines_at ON deadlines (at, subject);

-- One node, or one run of it.
CREATE TABLE nodes (
    claimant bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Counted up with each renewal: who sees it stand still for long enough deposes the node.
    renewals bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT clock_timestamp(),
    deposed boolean NOT NULL DEFAULT false
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

CREATE TABLE outbox (
    id bigint PRIMARY KEY,
    destination text COLLATE "C" NOT NULL,
    resource text COLLATE "C" NOT NULL,
    deadline bigint,
    kind smallint NOT NULL,
    attempts integer NOT NULL DEFAULT 0,
    claimed_by bigint NOT NULL,
    -- Whether its holder has still to be given it: not known to it from its own batch.
    handed boolean NOT NULL,
    body bytea NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02);
CREATE INDEX outbox_lane ON outbox (destination, resource, id);
CREATE INDEX outbox_claimed_by ON outbox (claimed_by);
CREATE INDEX outbox_handed ON outbox (claimed_by, id) WHERE handed;

-- A batch's numbers: far more than it can use, so that a batch draws once.
CREATE SEQUENCE outbox_numbers INCREMENT BY 100000 MINVALUE 1;

-- Which batches took effect. One that is void never will.
CREATE TABLE batches (id bigint PRIMARY KEY, now bigint NOT NULL, void boolean NOT NULL);
CREATE INDEX batches_now ON batches (now);

-- Ends the transaction when a statement found other rows than its batch was decided on.
CREATE FUNCTION expect_rows(counted bigint, expected bigint, what text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF counted <> expected THEN
        RAISE EXCEPTION '% changed', what USING ERRCODE = 'CW409';
    END IF;
END
$$;

-- Takes a batch's number, once, and only for a node that is not deposed.
CREATE FUNCTION record_batch(batch bigint, batch_now bigint, node bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO batches (id, now, void) VALUES (batch, batch_now, false);
    IF NOT EXISTS (SELECT 1 FROM nodes WHERE claimant = node AND NOT deposed) THEN
        RAISE EXCEPTION 'node % is deposed', node USING ERRCODE = 'CW410';
    END IF;
END
$$;
