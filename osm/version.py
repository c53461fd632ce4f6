"""The version of the program; pyproject.toml reads it here, CHANGELOG.md says what is in it."""

VERSION = "0.1.0"
