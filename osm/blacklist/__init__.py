"""The black list: proposals, decisions, bans, the file for the police (П.17, Пр.2.6)."""
