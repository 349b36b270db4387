"""Backup and restore. What was taken away since a backup is taken away again before anything is served from it.

A backup brings back what was destroyed after it was made, unless something remembers: the log's copy does
(log_copy.py), which lies elsewhere. Restoring replays it: the log goes on where it stood, so that no device sees
it go back, consents stand in their newest version, and halves that were destroyed are destroyed again (invariant 6).
"""
