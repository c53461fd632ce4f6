"""Security of the official pages (Пр.1.2.3): what a check looks at, how often, and what may never be written down."""
