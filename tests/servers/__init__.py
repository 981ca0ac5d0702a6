"""The main job for real: servers that the tests start on loopback, and what arrived there."""
