"""Sense (感知): bytes from outside become checked reports and observations."""
