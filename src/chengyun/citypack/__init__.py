"""A city's own configuration: read with the place of everything, checked, resolved, proposed."""
