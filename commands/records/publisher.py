"""Who stands behind a record: the programme, and where its public pages are."""

from __future__ import annotations

from dataclasses import dataclass

from config.policy.advisory import Advisory


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: the programme's name, and the address of its public pages, which may be empty."""

    name: str
    url: str = ""

    def page(self, advisory: Advisory) -> str:
        """Return the address of an advisory's page, or nothing without public pages."""
        return f"{self.url.rstrip('/')}/advisories/{advisory.id}" if self.url else ""
