"""The bench: what the main job costs beside pgbench, in one alternating run on one durable server."""
