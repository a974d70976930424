"""Beside the loop: who is on duty, who stands in, and how they are reached."""
