-- Read by SQLite and PostgreSQL alike: text and 64-bit integers only. Moments are milliseconds since
-- 1970; digests are hexadecimal digits.

CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    -- The secret before the last rotation, and until when it is honoured.
    previous_digest TEXT,
    previous_until BIGINT,
    created BIGINT NOT NULL,
    expires BIGINT,
    revoked BIGINT,
    -- Limits of this key alone; the server's own where there is none.
    requests_per_minute BIGINT,
    images_per_minute BIGINT,
    images_per_day BIGINT
);

CREATE TABLE blocked_users (
    key_id TEXT NOT NULL,
    user_hash TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (key_id, user_hash)
);

-- One row, whose number grows with every change of the two tables above: what tells a running
-- server to read them again.
CREATE TABLE revision (number BIGINT NOT NULL);
INSERT INTO revision (number) VALUES (0);

CREATE TABLE usage (
    -- A batch that is written twice counts once.
    request_id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    key_id TEXT NOT NULL,
    user_hash TEXT,
    engine TEXT,
    images BIGINT NOT NULL,
    size_px BIGINT,
    seed BIGINT,
    status BIGINT NOT NULL,
    elapsed_ms BIGINT NOT NULL
);

CREATE INDEX usage_at ON usage (at);
