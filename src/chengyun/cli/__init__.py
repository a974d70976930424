"""Commands: each module is loaded when its command is called, so that the shell answers fast."""
