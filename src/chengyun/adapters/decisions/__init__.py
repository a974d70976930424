"""Decision tables, evaluated by a library."""
