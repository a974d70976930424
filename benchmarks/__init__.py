"""Measured claims: each benchmark prints one JSON object as its last line.

A benchmark judges by its own ledger and by reading the store again in another process, never by
the judged program's word. ``python -m benchmarks.NAME [--data DIR] [--quick]``.
"""
