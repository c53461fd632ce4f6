"""Keeping and destroying personal data (152-ФЗ): terms, legal holds, purges with their acts."""
