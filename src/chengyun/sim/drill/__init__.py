"""Drills (演练): an operator is put before a seeded evening and gets a debrief."""
