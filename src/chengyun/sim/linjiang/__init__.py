"""Linjiang (临江): a city that does not exist, made from a seed; nothing in it is downloaded."""
