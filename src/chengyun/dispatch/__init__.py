"""Dispatch (派遣): whose business it is, with a reason, at the lowest level that can."""
