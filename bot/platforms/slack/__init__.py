"""Slack as a platform of the bot: what is drawn there, what is heard there, and the calls in between."""
