"""What leaves the platform over HTTP."""
