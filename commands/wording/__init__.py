"""Every sentence that a person reads, by topic."""
