"""Triage: what a report is about, how urgent it is and where, proposed with reasons."""
