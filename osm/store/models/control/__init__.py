"""Control (П.18–20): shortcomings and memos, urgent reports and instructions, forms of reports."""
