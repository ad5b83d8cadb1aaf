"""The real process, killed between any two steps."""
