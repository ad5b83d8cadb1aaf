"""Discord: people report flaws in direct messages and work on them in private channels."""
