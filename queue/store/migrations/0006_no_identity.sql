-- Whether a patient came without any identity, for staff to look at.

INSERT INTO schema_step VALUES (6, 'no identity', 2);

ALTER TABLE ticket ADD COLUMN no_identity INTEGER NOT NULL DEFAULT 0 CHECK (no_identity IN (0, 1));
