"""Warn (预警): four levels with hysteresis and dwell, raised early or not at all."""
