"""Chengyun (城运): the open city-operations platform, from first signal to lesson learned."""
