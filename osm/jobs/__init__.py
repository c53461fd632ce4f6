"""What the worker does: lanes of jobs, each a thread of its own; `osm tick` does one round of them all."""
