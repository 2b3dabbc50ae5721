-- Room on each page for what claims, completions and heartbeats write: a record's next version that
-- stays on its page costs less of the log and of the disk. Pages that are there already stay full.

alter table processing_queue set (fillfactor = 70);
