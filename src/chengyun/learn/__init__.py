"""Learn (综合评价): figures of what was done, and proposals that a person may adopt."""
