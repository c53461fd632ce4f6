"""The worker: lanes of jobs, each lane in its own thread; `osm tick` runs one round of all."""
