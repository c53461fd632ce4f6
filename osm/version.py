"""The last release (CHANGELOG.md): said by the command, the menu, the backups and pyproject.toml."""

__version__ = "0.1.0"
