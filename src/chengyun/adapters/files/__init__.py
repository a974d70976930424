"""Folders of city packs, and tables in CSV and Excel."""
