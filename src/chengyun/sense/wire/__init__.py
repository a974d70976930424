"""The wire formats: what a sender wrote, turned into columns or refused with its place."""
