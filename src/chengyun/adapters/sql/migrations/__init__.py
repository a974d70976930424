"""Migrations of the log; projections are rebuilt instead."""
