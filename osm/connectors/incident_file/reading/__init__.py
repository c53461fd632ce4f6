"""The child process that opens foreign files: its limits, the formats it knows and the lines it writes.

Run as `python -m osm.connectors.incident_file.reading FILE FOLDER LIMITS`, it prints JSON lines: for each sheet
`{"sheet": name, "hidden": bool}`, then `[row, [cell, …]]` for each row that is not blank, then
`{"rows": count, "columns": most}`; in the end `{"done": format}` or `{"refused": code, "details": {…}}`. A cell is a
string, a number, true or false, or `{"t": ISO date or date and time}`. Without a last line the child died; with the
status NO_ROOM because the disk was full.
"""
