"""A city without a city: recorded and seeded ones, crews that play along, faults, checkers."""
