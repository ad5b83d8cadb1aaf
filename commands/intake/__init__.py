"""How what a stranger sends becomes a report, and what is known of it."""
