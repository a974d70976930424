"""Files kept under the digest of their content."""
