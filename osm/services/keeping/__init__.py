"""Use cases about backups, restoring, copies of the database, leases."""
