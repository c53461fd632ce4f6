"""The version of the program: said by the command, the menu, the backups and pyproject.toml."""

__version__ = "0.1.0"
