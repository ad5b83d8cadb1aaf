"""What chat clients do to a pasted block, undone; hostile text costs time in step with its length only."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from commands.intake import armour
from tests import pgp

PACKETS = bytes(range(128, 256)) * 5 + b"end"
PLAIN = pgp.armor(PACKETS)
HEADED = pgp.armor(PACKETS, headers=["Version: GnuPG v2", "Comment: see https://example.invalid"])


def packets(text: str) -> bytes | None:
    found = armour.find(text)
    assert not found.unfinished
    assert [block.label for block in found.blocks] == [armour.Label.MESSAGE]
    return found.blocks[0].packets


DAMAGE: dict[str, Callable[[str], str]] = {
    "nothing": lambda t: t,
    "line ends of windows": lambda t: t.replace("\n", "\r\n"),
    "line ends of old macs": lambda t: t.replace("\n", "\r"),
    "unicode line ends": lambda t: t.replace("\n", "\u2028"),
    "fence": lambda t: "```\n" + t + "```",
    "fence with a language": lambda t: "```text\n" + t + "\n```\nthanks",
    "glued fence": lambda t: "```" + t.strip() + "```",
    "tildes": lambda t: "~~~\n" + t + "~~~",
    "single backticks": lambda t: "`" + t.strip() + "`",
    "every line in backticks": lambda t: "\n".join(f"`{line}`" for line in t.splitlines()),
    "quoted": lambda t: "".join(f"> {line}\n" for line in t.splitlines()),
    "quoted twice": lambda t: "".join(f"> >{line}\n" for line in t.splitlines()),
    "quoted and escaped": lambda t: "".join(f"&gt; {line}\n" for line in t.splitlines()),
    "escaped twice": lambda t: "".join(f"&amp;gt; {line}\n" for line in t.splitlines()),
    "escaped letters": lambda t: t.replace("+", "&#43;").replace("/", "&#x2F;").replace("=", "&equals;"),
    "indented": lambda t: "".join(f"    {line}\n" for line in t.splitlines()),
    "indented by tabs": lambda t: "".join(f"\t{line}\n" for line in t.splitlines()),
    "trailing blanks": lambda t: t.replace("\n", "  \t\n"),
    "odd blanks": lambda t: t.replace(" ", "\u00a0"),
    "lines begun with odd blanks": lambda t: "".join(f"\u2003{line}\n" for line in t.splitlines()),
    "invisible characters": lambda t: "\u200b".join(t),
    "byte order mark": lambda t: "\ufeff" + t,
    "soft hyphens": lambda t: t.replace("A", "A\u00ad"),
    "directions": lambda t: "\u202a" + t.replace("\n", "\u202c\n\u202a"),
    "long dashes": lambda t: t.replace("-----", "\u2014\u2014-"),
    "one long dash a side": lambda t: t.replace("-----", "\u2014"),
    "short dashes": lambda t: t.replace("-", "\u2013"),
    "hyphens": lambda t: t.replace("-", "\u2010"),
    "lost blank lines": lambda t: t.replace("\n\n", "\n"),
    "doubled lines": lambda t: t.replace("\n", "\n\n"),
    "doubled lines of windows": lambda t: t.replace("\n", "\r\n\r\n"),
    "one line": lambda t: t.replace("\n", " "),
    "one line quoted": lambda t: "> " + t.replace("\n", " > "),
    "breaks as tags": lambda t: t.replace("\n", "<br>"),
    "backslashes at line ends": lambda t: t.replace("\n", "\\\n"),
    "wrapped shorter": lambda t: "\n".join(w for line in t.split("\n") for w in (line[:40], line[40:])),
    "no checksum": lambda t: "\n".join(line for line in t.split("\n") if not is_checksum(line)),
    "wrong checksum": lambda t: "\n".join("=AAAA" if is_checksum(line) else line for line in t.split("\n")),
    "words around": lambda t: "Hello,\nhere is my report:\n" + t + "\nKind regards",
    "words on the same line": lambda t: "Hello " + t.strip() + " bye",
    "lower case": lambda t: t.replace("BEGIN PGP MESSAGE", "begin pgp message"),
    "everything at once": lambda t: (
        "```\r\n"
        + "".join(
            f"&gt;\u00a0{line}\u200b \r\n\r\n" for line in t.replace("-----", "\u2014\u2014-").splitlines()
        )
        + "```"
    ),
}


def is_checksum(line: str) -> bool:
    return len(line) == 5 and line.startswith("=")


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("text", [PLAIN, HEADED], ids=["plain", "with headers"])
def test_what_chat_clients_do_is_undone(text: str, damage: str) -> None:
    assert packets(DAMAGE[damage](text)) == PACKETS


def test_padding_may_be_lost_or_doubled() -> None:
    for size in range(60, 66):
        text = pgp.armor(bytes(range(size)))
        lines = text.splitlines()
        assert packets(text.replace("=\n", "\n").replace("=\n", "\n")) == bytes(range(size))
        assert packets("\n".join(line for line in lines if not is_checksum(line))) == bytes(range(size))


def test_lines_glued_together_still_hold_the_same_packets() -> None:
    head, _, rest = PLAIN.partition("\n\n")
    assert packets(head + rest.replace("\n", "")) == PACKETS


def test_a_split_in_the_middle_of_an_armor_line_is_joined() -> None:
    for at in (*range(1, 28), *range(len(PLAIN) - 40, len(PLAIN) - 2)):
        assert packets(armour.join([PLAIN[:at], PLAIN[at:]])) == PACKETS


def test_parts_in_fences_of_their_own_are_joined() -> None:
    half = len(PLAIN) // 2
    assert packets(armour.join([f"```\n{PLAIN[:half]}\n```", f"```text\n{PLAIN[half:]}\n```"])) == PACKETS


def test_what_is_no_base64_is_not_read_as_any() -> None:
    for bad in ("#", "!", "\u00e9", "%", "="):
        lines = PLAIN.splitlines()
        lines[3] = lines[3][:10] + bad + lines[3][11:]
        assert packets("\n".join(lines)) is None


def test_an_unfinished_block_is_seen_and_an_end_alone_too() -> None:
    assert armour.find(PLAIN[:200]).unfinished
    assert armour.find("so\n" + PLAIN[:200]).words == "so"
    assert armour.find(PLAIN[200:]).end_only
    assert not armour.find("nothing here").end_only
    assert armour.find(PLAIN + PLAIN[:200]).unfinished


def test_rules_and_logs_are_not_armor() -> None:
    for text in ("--- begin log ---\nx\n--- end log ---", "-- end --", "----- BEGIN the story -----"):
        found = armour.find(text)
        assert not found.blocks
        assert not found.unfinished
        assert not found.end_only


def test_a_private_key_is_seen_in_any_disguise() -> None:
    line = "-----BEGIN PGP PRIVATE KEY BLOCK-----"
    disguises = [
        line,
        "> " + line,
        line.replace("-----", "\u2014\u2014-"),
        line.replace(" ", "\u00a0"),
        "\u200b".join(line),
        line.replace("PRIVATE KEY", "SECRET KEY"),
        line.replace("PGP PRIVATE KEY BLOCK", "OPENSSH PRIVATE KEY"),
        line.replace("PGP PRIVATE KEY BLOCK", "PRIVATE KEY"),
        line.replace("-", "&#45;"),
        line[:-5],
        line[:25] + "\n" + line[25:],
        line.lower(),
    ]
    for disguise in disguises:
        assert armour.has_private_key("words\n" + disguise), disguise
        assert armour.find(PLAIN + disguise + "\nabc").private_key
    assert not armour.has_private_key(
        "Never send a PGP PRIVATE KEY BLOCK to anybody - BEGIN with the public one."
    )
    assert not armour.has_private_key(PLAIN)


def test_huge_numbers_and_surrogates_in_entities_are_harmless() -> None:
    assert armour.mend("&#" + "9" * 6000 + ";").startswith("&#99")
    assert armour.mend("&#xD800;&#0;&#1114112;x") == "x"


# Hostile shapes, each doubled in length: what is counted are the lines of our own code that run, not seconds.
SHAPES = {
    "dashes": "-",
    "torn dashes": "- ",
    "armor words": "--B E G I N ",
    "beginnings": "-----BEGIN PGP MESSAGE-----\n",
    "ends": "-----END PGP MESSAGE-----\n",
    "foreign": "-----BEGIN X-----\n",
    "headers": "A: b\n",
    "quote marks": "> ",
    "fences": "```\n",
    "entities": "&amp;",
    "blank lines": "\n",
    "padding": "=",
    "long word": "A",
    "invisible": "\u200b",
    "key words": "--BEGIN A B C ",
}


def lines_run(text: str) -> int:
    """Counts the lines of our own code that run, which does not depend on the machine."""
    count = 0

    def local(frame: FrameType, event: str, argument: object) -> object:
        nonlocal count
        count += event == "line"
        return local

    def trace(frame: FrameType, event: str, argument: object) -> object:
        return local if frame.f_code.co_filename == armour.__file__ else None

    sys.settrace(trace)
    try:
        armour.find("-----BEGIN PGP MESSAGE-----\n" + text + "\n-----END PGP MESSAGE-----")
    finally:
        sys.settrace(None)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_our_own_loops_are_bounded_however_long_the_text(shape: str) -> None:
    unit = SHAPES[shape]
    short, long = (lines_run(unit * (size // len(unit))) for size in (200_000, 800_000))
    assert long <= 4 * short + 100
    assert long < 60_000 or shape == "entities"


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_eight_mebibytes_of_hostile_text_come_to_an_end(shape: str) -> None:
    unit = SHAPES[shape]
    # A pattern that looked back over the text would need hours here.
    found = armour.find("-----BEGIN PGP MESSAGE-----\n" + unit * ((8 << 20) // len(unit)))
    assert found.mended.startswith("-----BEGIN")


@pytest.mark.slow
def test_ten_thousand_damaged_pastes_never_raise() -> None:
    dice = random.Random(2)
    pieces = [
        *SHAPES.values(),
        "-----BEGIN PGP ",
        "PRIVATE KEY BLOCK-----",
        "Version: 1",
        "\u2014",
        "=abcd",
        "\r\n",
        "&#",
    ]
    for _ in range(10_000):
        lines = HEADED.splitlines(keepends=True)
        for _ in range(dice.randrange(1, 8)):
            at = dice.randrange(len(lines))
            act = dice.randrange(4)
            if act == 0:
                lines[at] = dice.choice(pieces) * dice.randrange(1, 4)
            elif act == 1:
                cut = dice.randrange(len(lines[at]) + 1)
                lines[at] = lines[at][:cut] + dice.choice(pieces) + lines[at][cut:]
            elif act == 2:
                lines[at] = (
                    chr(dice.choice([dice.randrange(0x250), dice.randrange(0x2000, 0x2100)])) + lines[at]
                )
            else:
                lines.insert(at, lines[dice.randrange(len(lines))])
        text = "".join(lines)
        found = armour.find(text)
        assert all(0 <= block.start < block.end <= len(found.mended) for block in found.blocks)
        # Only what stands between the armor lines can come out: never more than the text could hold.
        assert sum(len(block.packets or b"") for block in found.blocks) <= len(text)
