-- Which schema a node writes for, so that an upgrade can be watched; NULL for one of the release before,
-- which registers without saying so.

ALTER TABLE nodes ADD COLUMN schema_version integer;
