"""What the sealed column promises: a real database never gets anything that was not sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, Engine, create_engine, insert, select, text, update
from sqlalchemy.orm import Session, registry
from sqlmodel import Field, SQLModel

from storage.sealed import NotSealedError
from storage.vault import Sealed, SealedColumn, Vault, VaultError

VAULT = Vault.from_setting(Vault.make_master_key())
SECRET = "the model repeats its system prompt when asked in base32"
_, BOX = VAULT.new_key("note|n1")
SEALED = BOX.seal("note", "body", "n1", SECRET)


# A registry of its own: this table must not show up in the schema of the product.
class Apart(SQLModel, registry=registry()):
    pass


class Note(Apart, table=True):
    __tablename__ = "note"

    id: str = Field(primary_key=True)
    body: Sealed | None = Field(default=None, sa_column=Column(SealedColumn(), nullable=True))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    # hide_parameters stays off: the column type must not leak without that help either.
    engine = create_engine(f"sqlite:///{tmp_path / 'notes.sqlite'}")
    Note.__table__.create(engine)
    yield engine
    engine.dispose()


def test_a_sealed_value_goes_through_a_real_database(engine: Engine, tmp_path: Path) -> None:
    with Session(engine) as session:
        session.add(Note(id="n1", body=BOX.seal("note", "body", "n1", SECRET)))
        session.add(Note(id="n2", body=None))
        session.commit()
    with Session(engine) as session:
        note = session.get_one(Note, "n1")
        assert type(note.body) is Sealed
        assert BOX.open_text("note", "body", "n1", note.body) == SECRET
        assert session.get_one(Note, "n2").body is None
    engine.dispose()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert note.body in stored
    assert SECRET.encode() not in stored


def test_two_rows_swapped_in_the_database_are_refused(engine: Engine) -> None:
    with Session(engine) as session:
        session.add_all(
            Note(id=row, body=BOX.seal("note", "body", row, f"text of {row}")) for row in ("n1", "n2")
        )
        session.commit()
        one, two = session.get_one(Note, "n1"), session.get_one(Note, "n2")
        one.body, two.body = two.body, one.body
        session.commit()
        for note in session.scalars(select(Note)):
            with pytest.raises(VaultError):
                BOX.open("note", "body", note.id, note.body or b"")


@pytest.mark.parametrize(
    "unsealed",
    [
        SECRET,
        SECRET.encode(),
        bytearray(SECRET.encode()),
        Sealed(SECRET.encode()),
        Sealed(b"\x01"),
        bytes(SEALED),
        7,
        b"",
    ],
    ids=[
        "text",
        "bytes",
        "bytearray",
        "bytes called sealed",
        "too short",
        "ciphertext as bytes",
        "number",
        "empty",
    ],
)
def test_whatever_was_not_sealed_is_refused_and_not_quoted(engine: Engine, unsealed: object) -> None:
    def flushed(session: Session) -> None:
        session.add(Note(id="n9", body=unsealed))
        session.flush()

    def inserted(session: Session) -> None:
        session.execute(insert(Note).values(id="n9", body=unsealed))

    def inserted_many(session: Session) -> None:
        session.execute(insert(Note), [{"id": "n8", "body": None}, {"id": "n9", "body": unsealed}])

    def updated(session: Session) -> None:
        session.execute(update(Note).values(body=unsealed))

    def compared(session: Session) -> None:
        session.execute(select(Note).where(Note.__table__.c.body == unsealed)).all()

    for way in (flushed, inserted, inserted_many, updated, compared):
        with Session(engine) as session, pytest.raises(NotSealedError) as caught:
            way(session)
        assert "system prompt" not in f"{caught.value!r} {caught.value.__cause__!r}"
    with Session(engine) as session:
        assert session.scalars(select(Note)).all() == []


def test_a_damaged_cell_does_not_hide_its_row(engine: Engine) -> None:
    with Session(engine) as session:
        session.execute(text("INSERT INTO note (id, body) VALUES ('n1', x'00ff')"))
        note = session.get_one(Note, "n1")
        assert note.id == "n1"
        with pytest.raises(VaultError):
            BOX.open("note", "body", "n1", note.body or b"")


def test_a_model_validation_takes_nothing_but_sealed() -> None:
    assert Note.model_validate({"id": "n1", "body": SEALED}).body is SEALED
    with pytest.raises(ValueError, match="body"):
        Note.model_validate({"id": "n1", "body": SECRET.encode()})
