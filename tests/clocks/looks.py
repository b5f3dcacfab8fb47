"""Where a program looks at the wall clock, found in its source; and which tests cannot, whatever they import."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
OURS = frozenset({"schemas", "streams", "agents", "interdict", "deploy", "tests"})
LOOKS = {
    "time.time", "time.time_ns", "time.localtime", "time.ctime", "time.strftime", "datetime.now", "datetime.utcnow",
    "datetime.today", "date.today", "gzip.compress",
}  # fmt: skip
"""Ways to ask what time it is, by their last two names; gzip writes it into what it packs."""
TOLD = "mtime"
"""Who is called with this word, or is to be, was told the time."""
TIMELESS = frozenset({
    "__future__", "abc", "annotated_types", "array", "ast", "base64", "bisect", "codecs", "collections",
    "contextlib", "copy", "dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "gzip",
    "hashlib", "heapq", "hmac", "html", "hypothesis", "idna", "importlib.resources", "io", "ipaddress", "itertools",
    "json", "jsonschema", "math", "msgspec", "operator", "orjson", "os", "pathlib", "phonenumbers",
    "publicsuffixlist", "pydantic", "pydantic_core", "pydantic_settings", "pytest", "random", "re", "stat",
    "statistics", "string", "struct", "sys", "textwrap", "time", "traceback", "types", "typing",
    "typing_extensions", "unicodedata", "urllib.parse", "uuid", "warnings", "yaml", "zlib", "zoneinfo",
})  # fmt: skip
"""Modules of others that look at no clock, zone or locale where they are not asked to by one of `LOOKS`. What starts
processes or threads, waits, or speaks to a broker is none of them."""


ENCODED = frozenset({"open", "read_text", "write_text"})
ZONED = {"fromtimestamp": 2, "astimezone": 1, "mktime": 2}
"""Calls that go by the machine's zone with fewer arguments than this."""


def looks(source: str) -> Iterator[str]:
    """Every place of a program that asks what time it is, or hands on what asks."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    knowing = [call for call in calls if any(word.arg == TOLD for word in call.keywords)]
    told = {id(one) for call in knowing for one in (call.func, *call.args)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if id(node) in told:
                continue
            names = [".".join(ast.unparse(node).split(".")[-2:])]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name in LOOKS)


def imports(source: str, package: str = "") -> Iterator[str]:
    """Every module that a program may import, also later, in a function; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield from (module, *(f"{module}.{alias.name}" for alias in node.names))


def local(source: str) -> Iterator[str]:
    """Every call that goes by the machine's zone, or reads or writes text in whatever encoding the locale has."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            words = {word.arg for word in node.keywords}
            is_binary = any(isinstance(arg, ast.Constant) and "b" in str(arg.value) for arg in node.args[-1:])
            if name in ENCODED and "encoding" not in words and not is_binary:
                yield name
            if name in ZONED and "tz" not in words and len(node.args) < ZONED[name]:
                yield name


def is_timeless(path: Path, root: Path = ROOT) -> bool:
    """Whether no module that a file brings in, nor it itself, can tell one clock, zone or locale from another."""
    met, left = set[Path](), [path]
    while left:
        file = left.pop()
        if file in met:
            continue
        met.add(file)
        others, brought = _seen(file, root)
        if others:
            return False
        left += brought
    return True


@cache
def _seen(file: Path, root: Path) -> tuple[tuple[str, ...], tuple[Path, ...]]:
    """What a file can tell a clock by, and which files of ours it imports."""
    source = file.read_text(encoding="utf-8")
    package = ".".join(file.parent.relative_to(root).parts)
    names = set(imports(source, package))
    told = [*looks(source), *local(source)]
    told += [name for name in names if not any(f"{name}.".startswith(f"{known}.") for known in OURS | TIMELESS)]
    return tuple(told), tuple(found for name in names for found in _files(name, root))


def _files(module: str, root: Path) -> Iterator[Path]:
    """The file of a module of ours, and of each package that it lies in."""
    parts = module.split(".")
    if parts[0] in OURS:
        for depth in range(1, len(parts) + 1):
            place = root.joinpath(*parts[:depth])
            yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())
