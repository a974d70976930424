"""The machine itself: its clock, its entropy."""
