"""Chat platforms: translation only."""
