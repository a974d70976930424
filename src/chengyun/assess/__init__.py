"""Assess (研判): what is the same thing, and what a warning touches."""
