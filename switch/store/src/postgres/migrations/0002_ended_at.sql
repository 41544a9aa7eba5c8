-- When a transfer became final, for the archive; NULL while it is open, and where a node of the
-- release before has written it. Runs while such nodes work: on partitions that have rows, the index was
-- made before, beside those who write, and is attached here.

ALTER TABLE transfers ADD COLUMN IF NOT EXISTS ended_at timestamptz;
CREATE INDEX transfers_ended_at ON transfers (ended_at) WHERE ended_at IS NOT NULL;

-- What is over for longer than ids are kept. An id that is used anew later may come here twice.
CREATE TABLE transfers_archive (
    key bytea NOT NULL,
    value bytea NOT NULL,
    batch bigint NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (key, batch)
);
