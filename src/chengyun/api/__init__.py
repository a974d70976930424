"""HTTP: the city as the screens see it, commands, the live stream, health and figures."""
