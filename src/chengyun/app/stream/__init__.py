"""The stream lane, wired: from batches at the door to crossings for the engine."""
