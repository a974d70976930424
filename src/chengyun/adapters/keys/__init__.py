"""Keys of persons, kept and wrapped."""
