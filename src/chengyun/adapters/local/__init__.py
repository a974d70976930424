"""The local socket over which other processes send commands to the engine."""
