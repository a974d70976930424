"""Documents (文书): what a centre hands on paper, made of what the store knows."""
