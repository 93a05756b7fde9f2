-- The indexes over who waits and who is aside have what was looked for in this one.

DROP INDEX ticket_position;
