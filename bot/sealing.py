"""What the durable engine may keep and say: sealed records, errors without their text, a log without what people wrote.

Decides how a value becomes a record, which errors come back from one, and what of an unexpected error is written down: its
type, where it happened, and a reference.
"""

from __future__ import annotations

import json
import logging
import secrets
from typing import Any

from dbos import Serializer
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.engine import Engine as SyncEngine
from sqlalchemy.exc import InterfaceError, OperationalError

from storage.database import sqlite_pragmas
from storage.vault import Vault

log = logging.getLogger("harborlight.engine")

_UNAVAILABLE = (OperationalError.__name__, InterfaceError.__name__, "Unavailable")


class Fault(Exception):  # noqa: N818  what went wrong is in the log under its reference, never in the record
    """An unexpected error, by its type and a reference only."""


class Unavailable(Fault):
    """The database could not be reached or written, as a record tells it."""


def unavailable(error: BaseException) -> bool:
    """Tell whether a database could not be reached or written: nothing is wrong with the work, so it is tried for ever."""
    return isinstance(error, OperationalError | InterfaceError | Unavailable)


def noted(error: BaseException) -> str:
    """Log an unexpected error under a reference, with where it happened but without its text; return type and reference."""
    if isinstance(error, Fault) and str(error):
        return str(error)  # it was noted where it happened
    reference = secrets.token_hex(4)
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    log.error("unexpected %s, reference %s, at %s", type(error).__name__, reference, " > ".join(frames[-6:]))
    return f"{type(error).__name__} {reference}"


class Sealing(Serializer):
    """JSON under the master key: nothing that the engine stores can be read without it."""

    def __init__(self, vault: Vault) -> None:
        """`vault` holds the master key."""
        self._vault = vault

    def serialize(self, data: Any) -> str:
        """Return data sealed; of an exception its type, and the words only of those that are ours."""
        if isinstance(data, BaseException):
            data = {"!": type(data).__name__, "m": str(data) if isinstance(data, Fault) else ""}
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return self._vault.seal_record(text, "engine")

    def deserialize(self, serialized_data: str) -> Any:
        """Return what was sealed; an exception comes back as a Fault."""
        data = json.loads(self._vault.open_record(serialized_data, "engine"))
        if isinstance(data, dict) and set(data) == {"!", "m"}:
            kind = Unavailable if data["!"] in _UNAVAILABLE else Fault
            return kind(data["m"] or data["!"])
        return data

    def name(self) -> str:
        """Return the name that stands in each record."""
        return "harborlight"


class Redacted(logging.Handler):
    """Passes on that something happened, never an exception's text: that could hold what somebody wrote."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log where it happened and of what type it was."""
        kind = record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else ""
        log.log(record.levelno, "durable engine: %s line %d %s", record.module, record.lineno, kind)


def redact(*loggers: str) -> None:
    """Have these loggers pass on nothing but Redacted's line."""
    for name in loggers:
        found = logging.getLogger(name)
        found.handlers[:] = [Redacted()]
        found.propagate = False


def system_engine(url: URL, *, sqlite: bool) -> SyncEngine:
    """Return the connections for the durable engine's own tables, as careful as ours."""
    if not sqlite:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, pool_size=20, max_overflow=10)
    engine = create_engine(url, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, record: Any) -> None:
        sqlite_pragmas(connection, record)
        connection.isolation_level = "IMMEDIATE"  # as the engine's own SQLite connections

    return engine
