"""Guard: who may see and do what; personal data and its end."""
