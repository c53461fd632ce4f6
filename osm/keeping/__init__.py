"""Backup, restore and the nightly purge (152-ФЗ)."""
