-- When a key was last used is one look, not a walk through the ledger.
CREATE INDEX usage_key ON usage (key_id, at);
