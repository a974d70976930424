"""The world outside the platform: what happens, who reports it, who goes and mends it."""
