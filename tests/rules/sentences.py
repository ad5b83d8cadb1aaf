"""Reading sentences out of source: what stands in the modules of words, what refusals say, and what a function can reach.

A sentence is rendered from its syntax tree: literals as they are, everything that is only known at run time as `X`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_JOINING = {"say", "lines", "bold", "code", "pre", "quiet", "link", "Text"}
_SILENT = {"Button", "Hint"}  # of a button the label alone is read


@dataclass(frozen=True, slots=True)
class Said:
    """Some words that a person may read: where they stand, and the words."""

    module: str
    function: str
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Module:
    """A parsed module, with what its names mean."""

    name: str
    tree: ast.Module
    names: dict[str, str]  # as they are used here: what they are, as `module` or `module:name`


def modules(*packages: str) -> dict[str, Module]:
    """Return the modules below these folders by their dotted name."""
    found = {}
    for package in packages:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            found[name] = parsed(name, path.read_text())
    return found


def parsed(name: str, source: str) -> Module:
    """Return one module from its source."""
    tree = ast.parse(source)
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                names[one.asname or one.name] = f"{node.module}:{one.name}"
        elif isinstance(node, ast.Import):
            for one in node.names:
                names[one.asname or one.name] = one.name
    for top in tree.body:
        if isinstance(top, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[top.name] = f"{name}:{top.name}"
        elif isinstance(top, ast.Assign):
            names |= {one.id: f"{name}:{one.id}" for one in top.targets if isinstance(one, ast.Name)}
    return Module(name, tree, names)


def rendered(node: ast.AST | None) -> list[str]:
    """Return how an expression may read, its alternatives one after the other; `X` stands for what is not known here."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=values):
            return _joined([rendered(one) for one in values])
        case ast.FormattedValue(value=value):
            inner = rendered(value)
            return inner if any(one != "X" for one in inner) else ["X"]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([rendered(left), rendered(right)])
        case ast.IfExp(body=body, orelse=orelse):
            return rendered(body) + rendered(orelse)
        case ast.BoolOp(values=values):
            return [text for one in values for text in rendered(one)]
        case ast.Starred(value=value):
            return rendered(value)
        case ast.Call(func=ast.Name(id="Button"), args=[_, label, *_]):
            return rendered(label)
        case ast.Call(func=ast.Name(id="lines"), args=[ast.List(elts=parts) | ast.Tuple(elts=parts), *_]):
            return _joined([[text + "\n" for text in rendered(one)] for one in parts])
        case ast.Call(func=ast.Name(id=name), args=args) if name in _JOINING:
            return _joined([rendered(one) for one in args])
    return ["X"]


def _joined(parts: list[list[str]]) -> list[str]:
    """Join parts, each alternative once; the alternatives of different parts are not multiplied."""
    most = max((len(one) for one in parts), default=0)
    return ["".join(one[min(number, len(one) - 1)] for one in parts if one) for number in range(most)]


def said(module: Module) -> Iterator[Said]:
    """Return all words of a module; docstrings and what one sentence is made of are left out."""
    taken: set[int] = set()
    where: dict[int, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
            if node.body and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
                taken.add(id(node.body[0].value))
            for inner in ast.walk(node):
                where[id(inner)] = getattr(node, "name", "")
    for node in ast.walk(module.tree):  # breadth first: the whole comes before its parts
        if id(node) in taken or not isinstance(node, ast.Call | ast.JoinedStr | ast.Constant | ast.BinOp | ast.IfExp):
            continue
        found = rendered(node)
        if found == ["X"] or (isinstance(node, ast.Constant) and not isinstance(node.value, str)):
            continue
        taken |= {id(inner) for inner in ast.walk(node)}
        for text in found:
            yield Said(module.name, where.get(id(node), ""), getattr(node, "lineno", 0), text)


def reached(known: dict[str, Module], root: str) -> set[str]:
    """Return every `module:function` that a function names, directly or by way of others."""
    found: set[str] = set()
    todo = [root]
    while todo:
        one = todo.pop()
        if one in found:
            continue
        found.add(one)
        module, _, name = one.partition(":")
        if module not in known:
            continue
        for top in known[module].tree.body:
            named = {getattr(top, "name", "")} | {t.id for t in getattr(top, "targets", []) if isinstance(t, ast.Name)}
            if name in named:
                todo += _named(known[module], top)
    return found


def _named(module: Module, node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in module.names:
            yield module.names[inner.id].replace("!", "")
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name) and inner.value.id in module.names:
            yield f"{module.names[inner.value.id].replace(':', '.')}:{inner.attr}"


def refusals(known: dict[str, Module]) -> Iterator[tuple[str, Said]]:
    """Return what every refusal that is raised says, by its code; words of another module are looked up there."""
    for module in known.values():
        for node in ast.walk(module.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Problem" and len(node.args) > 1):
                continue
            code = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
            for text in _joined([_looked_up(known, module, one) for one in node.args[1:]]):
                yield str(code), Said(module.name, "", node.lineno, text)


def _looked_up(known: dict[str, Module], module: Module, node: ast.AST) -> list[str]:
    found = rendered(node)
    call = node.func if isinstance(node, ast.Call) else node
    if found != ["X"] or not isinstance(call, ast.Name | ast.Attribute):
        return found
    for one in _named(module, call):
        owner, _, name = one.partition(":")
        for top in known[owner].tree.body if owner in known else ():
            if isinstance(top, ast.FunctionDef) and top.name == name:
                texts = [text for inner in ast.walk(top) if isinstance(inner, ast.Return) and inner.value is not None
                         for text in rendered(inner.value)]
                return texts or found
            if isinstance(top, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in top.targets):
                return rendered(top.value)
    return found
