"""Likeness: which features were chosen and why, what a sketch keeps and what it gives away, and texts of people who mean ill."""

from __future__ import annotations

import itertools
import random
import re
import statistics
import unicodedata
from collections.abc import Callable

import pytest

from commands.judging.likeness import compared
from config.policy import likeness
from config.policy.likeness import (
    BITS,
    FEWEST,
    MOST_READ,
    SIMILAR,
    SIMILAR_NEARBY,
    Sketch,
    features,
    share,
    sketch,
    unpacked,
)
from tests.likeness_corpus import FLAWS

KEY = bytes(range(32))
TELLINGS = ("first", "copy", "other")
TEXTS = {(one.name, name): one.text(getattr(one, name)) for one in FLAWS for name in TELLINGS}
UNRELATED = [(a, b) for a, b in itertools.combinations(TEXTS, 2) if a[0] != b[0]]


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def runs(parts: list[str] | str, length: int) -> frozenset[str]:
    glue = "" if isinstance(parts, str) else " "
    return frozenset(glue.join(parts[at: at + length]) for at in range(len(parts) - length + 1))


KINDS: dict[str, Callable[[str], frozenset[str]]] = {
    "beginnings of the longer words": features,
    "words": lambda text: runs(words(text), 1),
    "pairs of words": lambda text: runs(words(text), 2),
    "three words in a row": lambda text: runs(words(text), 3),
    "four characters in a row": lambda text: runs(" ".join(words(text)), 4),
    "five characters in a row": lambda text: runs(" ".join(words(text)), 5),
    "three words and five characters": lambda text: runs(words(text), 3) | runs(" ".join(words(text)), 5),
}


def gap(kind: Callable[[str], frozenset[str]], read: Callable[[str], str]) -> float:
    """How far the least alike two tellings of one flaw lie above the most alike two flaws."""
    found = {key: kind(read(text)) for key, text in TEXTS.items()}
    same = min(overlap(found[one.name, "first"], found[one.name, "other"]) for one in FLAWS)
    return same - max(overlap(found[a], found[b]) for a, b in UNRELATED)


def body(text: str) -> str:
    return compared(text, {})


# -- the choice, measured --------------------------------------------------------------------------------------


def test_the_chosen_features_tell_flaws_apart_best() -> None:
    gaps = {name: gap(kind, body) for name, kind in KINDS.items()}
    chosen = gaps.pop("beginnings of the longer words")
    assert chosen > 0.15
    assert all(chosen > 1.5 * other for other in gaps.values()), gaps
    assert gaps["three words in a row"] < 0.02  # somebody else's words share no three in a row with the first


def test_the_lines_of_the_template_would_make_everything_alike() -> None:
    assert not {"happen", "instea", "exploi", "accept", "worked"} & set.intersection(*(set(features(body(one))) for one in TEXTS.values()))
    raw = statistics.mean(overlap(features(TEXTS[a]), features(TEXTS[b])) for a, b in UNRELATED)
    clean = statistics.mean(overlap(features(body(TEXTS[a])), features(body(TEXTS[b]))) for a, b in UNRELATED)
    assert raw > SIMILAR > 4 * clean


def test_an_edited_copy_and_another_persons_words_are_similar_and_other_flaws_are_not() -> None:
    found = {key: sketch(KEY, body(text)) for key, text in TEXTS.items()}

    def alike(one: tuple[str, str], other: tuple[str, str]) -> float:
        told = share(found[one], found[other])
        assert told is not None
        return told

    for one in FLAWS:
        assert alike((one.name, "first"), (one.name, "copy")) > 0.6
        assert alike((one.name, "first"), (one.name, "other")) >= SIMILAR
        assert alike((one.name, "copy"), (one.name, "other")) >= SIMILAR
    assert max(alike(a, b) for a, b in UNRELATED) < SIMILAR
    nearby = [(a, b) for a, b in UNRELATED if next(f for f in FLAWS if f.name == a[0]).category ==
              next(f for f in FLAWS if f.name == b[0]).category]
    assert nearby and max(alike(a, b) for a, b in nearby) < SIMILAR_NEARBY


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda one: one.name)
def test_the_order_does_not_matter(flaw: object) -> None:
    text = body(TEXTS[flaw.name, "first"])  # type: ignore[attr-defined]
    moved = " ".join(reversed(re.split(r"(?<=[.!?:])\s+", text)))
    assert share(sketch(KEY, text), sketch(KEY, moved)) == 1.0
    shuffled = text.split()
    random.Random(5).shuffle(shuffled)
    assert share(sketch(KEY, text), sketch(KEY, " ".join(shuffled))) == 1.0


# -- the sketch ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [FEWEST, 20, 60, 400])
@pytest.mark.parametrize("common", [0.0, 0.2, 0.5, 0.9])
def test_a_sketch_tells_the_share_within_its_error(size: int, common: float) -> None:
    drawn = random.Random(f"{size} {common}")

    def word() -> str:
        return "".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=6))

    errors = []
    for _ in range(24):
        both = [word() for _ in range(round(2 * size * common / (1 + common)))]
        one, other = ([*both, *(word() for _ in range(size - len(both)))] for _ in range(2))
        told = share(sketch(KEY, " ".join(one)), sketch(KEY, " ".join(other)))
        assert told is not None
        errors.append(told - overlap(features(" ".join(one)), features(" ".join(other))))
    assert abs(statistics.mean(errors)) < 0.03
    assert max(abs(one) for one in errors) < 5 / BITS ** 0.5


def test_without_the_key_a_sketch_is_noise() -> None:
    texts = [body(one) for one in TEXTS.values()]
    for text in texts:
        told, elsewhere = sketch(KEY, text), sketch(bytes(32), text)
        assert told.bits is not None and elsewhere.bits is not None
        agree = BITS - (told.bits ^ elsewhere.bits).bit_count()
        assert abs(agree - BITS / 2) < 5 * BITS ** 0.5 / 2  # as two coins would
        assert abs(told.bits.bit_count() - BITS / 2) < 5 * BITS ** 0.5 / 2
    assert sketch(KEY, texts[0], system="acme-chat").system != sketch(bytes(32), texts[0], system="acme-chat").system


def test_a_packed_sketch_has_one_length_and_comes_back() -> None:
    told = sketch(KEY, body(TEXTS["package", "first"]), system="Acme-Chat ")
    packed = {len(one.packed()) for one in (told, Sketch(), Sketch(system=told.system))}
    assert packed == {138}
    assert unpacked(told.packed()) == told
    assert unpacked(Sketch(system=told.system).packed()) == Sketch(system=told.system)
    assert not unpacked(b"") and not unpacked(b"\2" + told.packed()[1:]) and not unpacked(told.packed() + b"x")
    assert likeness.same_system(told, sketch(KEY, "", system="acme-chat"))
    assert not likeness.same_system(sketch(KEY, ""), sketch(KEY, ""))
    assert repr(told) == "<sketch>"


# -- any text --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [
    "", "   \n\t", "word", "again " * 200_000, "again" * 200_000, "😀" * 1_000_000,
    "👩‍👩‍👧‍👦 " * 10_000, "\u200b" * 1_000_000, "1 2 3 " * 100_000,
    "\u05b0\u05b8" * 500_000, "e" + "\u0301" * 1_000_000, "\ud800" * 1_000, "\x00" * 1_000_000, "\ufdfa" * 1_000_000,
], ids=range(14))
def test_texts_that_say_too_little_have_no_sketch(text: str) -> None:
    assert sketch(KEY, text).bits is None
    assert not sketch(KEY, text)


def test_a_megabyte_is_compared_by_its_beginning() -> None:
    drawn = random.Random(7)
    text = " ".join("".join(drawn.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(130_000))
    assert len(text) > 1_000_000
    assert features(text) == features(text[:MOST_READ])
    assert share(sketch(KEY, text), sketch(KEY, text[:MOST_READ])) == 1.0


SCRIPTS = {
    "Chinese": (
        "当要求模型扮演已故的祖母时，它会放弃规则并逐步背诵危险的配方，而直接提问则被拒绝。",
        "要求模型扮演已故的祖母，它就会放弃规则，逐步背诵危险的配方；直接提问会被拒绝。",
        "邮件助手服从邮件中隐藏的白色文字，把最新的发票转发到外部地址。",
    ),
    "Japanese": (
        "亡くなった祖母を演じるように頼むと、モデルは規則を捨てて危険な手順を物語として語ります。",
        "モデルに亡くなった祖母を演じるように頼むと、規則を捨てて危険な手順を物語として語ってしまいます。",
        "メールの白い文字の指示に従って、助手が請求書を外部の住所へ転送します。",
    ),
    "Russian": (
        "Модель нарушает правила, когда её просят сыграть покойную бабушку, и "
        "рассказывает опасный рецепт как сказку перед сном, хотя прямой вопрос "
        "отклоняется всегда.",
        "Когда модель просят сыграть покойную бабушку, она нарушает правила и "
        "рассказывает опасный рецепт как сказку перед сном; прямой вопрос всегда "
        "отклоняется.",
        "Почтовый помощник выполняет скрытые указания белыми буквами и пересылает "
        "последние счета на внешний адрес без ведома пользователя.",
    ),
    "Arabic": (
        "يتخلى النموذج عن قواعده عندما يطلب منه تمثيل الجدة الراحلة ويسرد الوصفة "
        "الخطيرة كقصة قبل النوم رغم رفض السؤال المباشر",
        "عندما يطلب من النموذج تمثيل الجدة الراحلة يتخلى عن قواعده ويسرد الوصفة "
        "الخطيرة كقصة قبل النوم رغم رفض السؤال المباشر",
        "مساعد البريد ينفذ التعليمات المخفية بحروف بيضاء ويرسل الفواتير الأخيرة إلى "
        "عنوان خارجي دون علم المستخدم أبدا هنا",
    ),
    "Hindi": (
        "जब मॉडल से दिवंगत दादी बनने को कहा जाता है तो वह नियम तोड़कर खतरनाक नुस्खा "
        "कहानी की तरह सुनाता है",
        "मॉडल से दिवंगत दादी बनने को कहा जाए तो वह नियम तोड़कर खतरनाक नुस्खा कहानी की "
        "तरह सुनाता है",
        "मेल सहायक सफेद अक्षरों में छिपे आदेश मानकर पिछले बिल बाहर के पते पर भेज देता "
        "है",
    ),
    "Thai": (
        "เมื่อขอให้โมเดลเล่นเป็นคุณยายที่เสียชีวิตไปแล้ว "
        "มันละทิ้งกฎและเล่าสูตรอันตรายเป็นนิทานก่อนนอน",
        "โมเดลละทิ้งกฎและเล่าสูตรอันตรายเป็นนิทานก่อนนอน "
        "เมื่อขอให้เล่นเป็นคุณยายที่เสียชีวิตไปแล้ว",
        "ผู้ช่วยอีเมลทำตามคำสั่งที่ซ่อนด้วยตัวอักษรสีขาวและส่งใบแจ้งหนี้ออกไปข้างนอก",
    ),
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_is_compared(script: str) -> None:
    first, again, another = (sketch(KEY, text) for text in SCRIPTS[script])
    same, different = share(first, again), share(first, another)
    assert same is not None and different is not None
    assert same > 0.5 and different < SIMILAR


def test_how_a_text_is_written_does_not_matter() -> None:
    text = "Ein Angreifer überlistet die Prüfung: größere Anhänge bleiben ungeprüft, während kleinere sorgfältig gelesen werden. " * 2
    plain = features(text)
    assert len(plain) >= FEWEST
    for other in (unicodedata.normalize("NFD", text), text.upper().replace("SS", "ß"), "\u200b".join(text), "\u00ad".join(text),
                  "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)):
        assert features(other) == plain
