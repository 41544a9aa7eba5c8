-- What is kept for long enough is found. A step of its own: building it holds up the archive and nobody
-- else, and must not hold what the step before has locked.

CREATE INDEX transfers_archive_ended_at ON transfers_archive (ended_at);
