"""Recorded sensor data through the stream lane, as fast as it goes, and what became of them."""
