"""Files that people take away: tables in XLSX and CSV."""
