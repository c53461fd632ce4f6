"""The version of the program; pyproject.toml reads it here, CHANGELOG.md says what is in it."""

VERSION = "1.0.0"
