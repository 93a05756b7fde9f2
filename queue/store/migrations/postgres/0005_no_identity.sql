-- Whether a patient came without any identity, for staff to look at.

ALTER TABLE ticket ADD COLUMN no_identity BIGINT NOT NULL DEFAULT 0 CHECK (no_identity IN (0, 1));
