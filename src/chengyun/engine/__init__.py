"""Fact log, unit of work, subscriptions, timers, policies, extension points."""
