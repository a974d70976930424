"""Command (指挥): responses that are proposed by the platform and decided by a person."""
