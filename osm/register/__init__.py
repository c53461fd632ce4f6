"""The register of messages: filters, search, saved filters, journal and export."""
