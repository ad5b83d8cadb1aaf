"""A strict stand-in for Slack."""

from tests.platforms.slack_standin.opening import Standin, connected, process

__all__ = ["Standin", "connected", "process"]
