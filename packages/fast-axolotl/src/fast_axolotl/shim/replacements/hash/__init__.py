"""What the hash piece replaces: deduplication."""
