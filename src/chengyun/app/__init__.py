"""Settings, wiring, lifecycle."""
