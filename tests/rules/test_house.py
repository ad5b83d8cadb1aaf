"""Rules of the house that a linter does not know, read from the syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("bot", "commands", "storage", "config")
LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"log", "logger", "logging", "LOG"}
# What a log call may name. Never a text, a body, a message, a title, a person, a file's name.
LOGGABLE = {
    "reference", "kind", "error", "fault", "name", "__name__", "where", "frames", "type", "reply", "code", "self", "_wanted",
    "line", "split", "result", "scope", "method", "detail", "join", "number", "len", "str", "state", "report", "id", "key", "executor", "count",
}
NEVER = {"text", "body", "plaintext", "content", "message", "title", "subject", "secret", "passphrase", "armor", "words", "values",
         "account", "person", "args"}

Found = Iterator[tuple[int, str]]


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def dotted(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}".lstrip(".")
    return ""


def no_shell(tree: ast.AST) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if any(k.arg == "shell" and not (isinstance(k.value, ast.Constant) and k.value.value is False)
                   for k in node.keywords):
                yield node.lineno, "shell="
            if dotted(node.func) in {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput",
                                     "asyncio.create_subprocess_shell"}:
                yield node.lineno, dotted(node.func)


def no_system_clock(tree: ast.AST) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            if name.endswith(("datetime.now", "datetime.utcnow", "datetime.today", "date.today")) or name in {
                "time.time", "time.time_ns", "time.localtime", "time.gmtime"
            }:
                yield node.lineno, name


def no_mocks(tree: ast.AST) -> Found:
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if name.startswith(("unittest.mock", "mock.", "pytest_mock")) or name == "mock":
                yield node.lineno, name


def no_gnupg(tree: ast.AST) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and any(alias.name.split(".")[0] == "gnupg" for alias in node.names):
            yield node.lineno, "import gnupg"
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gnupg":
            yield node.lineno, "from gnupg"


def no_raw_decrypt(tree: ast.AST) -> Found:
    """A decrypt with python-gnupg gives back text whatever the verdict: nobody calls one, the keyring neither."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            holder = dotted(node.func.value).rsplit(".", 1)[-1]
            if node.func.attr in {"decrypt_file", "decrypt_async"} or (
                node.func.attr == "decrypt" and holder in {"gnupg", "_gnupg", "_ring", "ring", "_tool"}
            ):
                yield node.lineno, dotted(node.func)


def no_decrypt_option(tree: ast.AST) -> Found:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value == "--decrypt":
            yield node.lineno, "--decrypt"


def no_words_in_logs(tree: ast.AST) -> Found:
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOG_METHODS
                and dotted(node.func.value).rsplit(".", 1)[-1] in LOGGERS):
            continue
        first, rest = node.args[:1], [*node.args[1:], *(k.value for k in node.keywords)]
        if not (first and isinstance(first[0], ast.Constant) and isinstance(first[0].value, str)):
            yield node.lineno, "the sentence of a log call is a literal"
        if node.func.attr == "exception" or any(k.arg == "exc_info" for k in node.keywords):
            yield node.lineno, "an exception's text may hold what a person wrote"
        for part in rest:
            for inner in ast.walk(part):
                name = inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""
                if name and (name in NEVER or name not in LOGGABLE):
                    yield node.lineno, f"logs {name}: add it to LOGGABLE only if it can never hold a person's words"


Rule = Callable[[ast.AST], Found]
RULES: list[tuple[str, Rule, list[Path], set[str]]] = [
    ("nothing is run through a shell", no_shell, sources(*FLOORS, "tests"), set()),
    ("the time is a parameter", no_system_clock, sources(*FLOORS), {"config/clock.py"}),
    ("fakes, not mocks", no_mocks, sources(*FLOORS, "tests"), set()),
    ("python-gnupg has one home", no_gnupg, sources(*FLOORS), {"storage/keyring.py"}),
    ("nobody decrypts without a verdict", no_raw_decrypt, sources(*FLOORS), set()),
    ("gpg decrypts in one module", no_decrypt_option, sources(*FLOORS), {"storage/gpg.py"}),
    # The libraries' own records are made harmless in sealing.py, which says them anew without their text.
    ("no words of people in the log", no_words_in_logs, sources(*FLOORS), {"bot/sealing.py"}),
]


@pytest.mark.parametrize(("rule", "paths", "home"), [row[1:] for row in RULES], ids=[row[0] for row in RULES])
def test_the_house_keeps_its_rules(rule: Rule, paths: list[Path], home: set[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}"
        for path in paths if str(path.relative_to(ROOT)) not in home
        for line, what in rule(ast.parse(path.read_text("utf-8")))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("rule", "code"), [
    (no_shell, "subprocess.run(line, shell=True)"),
    (no_shell, "os.system(line)"),
    (no_system_clock, "at = datetime.datetime.now(UTC)"),
    (no_system_clock, "clock = time.time"),
    (no_mocks, "from unittest.mock import patch"),
    (no_mocks, "from unittest import mock"),
    (no_gnupg, "import gnupg"),
    (no_raw_decrypt, "self._gnupg.decrypt(data)"),
    (no_decrypt_option, "run(['gpg', '--decrypt'])"),
    (no_words_in_logs, "log.info('got %s', incoming.text)"),
    (no_words_in_logs, "log.warning(f'got {line}')"),
    (no_words_in_logs, "log.exception('failed')"),
])
def test_a_rule_sees_what_it_forbids(rule: Rule, code: str) -> None:
    assert list(rule(ast.parse(code))), code
