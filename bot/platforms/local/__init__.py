"""The local platform: a whole chat world in one file and one page, to try, show and test the bot."""

from bot.platforms.local.adapter import Local
from bot.platforms.local.clock import WorldClock
from bot.platforms.local.people import PEOPLE, Inhabitant

__all__ = ["PEOPLE", "Inhabitant", "Local", "WorldClock"]
