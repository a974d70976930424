"""The vocabulary: everything that can happen in a city, one file a stage."""
