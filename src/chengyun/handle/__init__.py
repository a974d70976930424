"""Handle (处置): the seven steps of a case, who did them, who checked."""
