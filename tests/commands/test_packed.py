"""A message of parts is taken apart; whatever is no well-formed one stays the text that it is."""

from __future__ import annotations

import base64
from email.message import EmailMessage

import pytest

from commands.intake.packed import FILES_MOST, unpacked

TEXT = "Title: A persona prompt\n\nWhat happens:\nIt tells how."


def mail(files: dict[str, bytes], text: str = TEXT) -> bytes:
    made = EmailMessage()
    made.set_content(text)
    for name, data in files.items():
        made.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return made.as_bytes()


def test_text_and_files_come_apart_byte_for_byte() -> None:
    files = {"attempts.csv": b"1,yes\n2,no\n", "prüfung 'eins'.bin": bytes(range(256)) * 20}
    inside = unpacked(mail(files))
    assert inside.text.decode().strip() == TEXT
    assert dict(inside.files) == files


@pytest.mark.parametrize("data", [
    TEXT.encode(), b"", b"\xff\x00", b"Subject: a report\n\nNo parts at all.", mail({}),
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\nno edge anywhere',
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nnever ends',
    b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\n!!\r\n--x--',
    b'Content-Type: multipart/mixed; boundary="' + b"x" * 200 + b'"\r\n\r\n--x--',
    b'Content-Type: multipart/alternative; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhello\r\n--x--',
])
def test_what_is_no_message_of_parts_stays_as_it_came(data: bytes) -> None:
    inside = unpacked(data)
    assert (inside.text, inside.files) == (data, ())


def test_names_are_no_paths_and_files_are_not_without_end() -> None:
    body = base64.b64encode(b"data").decode()
    part = '--x\r\nContent-Disposition: attachment; filename="../../etc/passwd"\r\nContent-Transfer-Encoding: base64\r\n\r\n' + body + "\r\n"
    head = 'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n'
    assert unpacked((head + part + "--x--\r\n").encode()).files == ((".._.._etc_passwd", b"data"),)
    many = (head + part * (FILES_MOST + 1) + "--x--\r\n").encode()
    assert unpacked(many).text == many
