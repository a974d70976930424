"""Clock, identifiers, units, geography, working calendars, limits and errors: no I/O, no stage."""
