"""What is compiled, and when. That it decides the same: `make test-compiled`, and the chaos of Apache Kafka in CI."""

import tomllib
from json import JSONDecodeError
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy import compiled
from deploy.compiled import HOW, Compiled, digest
from streams.core.engine import place_of
from streams.observe.metrics import CORE, core

ROOT = Path(__file__).parents[2]
WHEEL = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
MODULES: list[str] = WHEEL["hooks"]["custom"]["modules"]


class Spoken:
    """Hatchling's application, as far as a hook speaks with it."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, words: str) -> None:
        self.warnings.append(words)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A hook's answer where compiling itself takes no time."""
    module = tmp_path / "engine.so"
    module.write_bytes(b"")
    monkeypatch.setattr(compiled, "compile_modules", lambda *_: {"streams/core/engine.so": module})

    def build(version: str, how: str | None, *, compiler: bool) -> tuple[dict[str, Any], list[str]]:
        monkeypatch.setattr(compiled, "has_compiler", lambda: compiler)
        monkeypatch.delenv(HOW, raising=False)
        if how is not None:
            monkeypatch.setenv(HOW, how)
        app = Spoken()
        hook = Compiled(str(ROOT), {"modules": MODULES}, *[SimpleNamespace()] * 2, str(tmp_path), "wheel", app)  # type: ignore[arg-type]
        data: dict[str, Any] = {"force_include": {}, "pure_python": True, "infer_tag": False}
        hook.initialize(version, data)
        hook.finalize(version, data, "")
        return data, app.warnings

    return build


@pytest.mark.parametrize(
    ("version", "how", "compiler", "is_compiled", "warnings"),
    [
        ("standard", None, True, True, 0),
        ("standard", None, False, False, 1),
        ("standard", "must", True, True, 0),
        ("standard", "must", False, True, 0),  # it is tried, and fails with the compiler's own words
        ("standard", "no", True, False, 0),
        ("editable", "must", True, False, 0),
    ],
)
def test_a_wheel_is_compiled_where_it_can_be_and_an_editable_installation_never(
    made: Any, version: str, how: str | None, compiler: bool, is_compiled: bool, warnings: int
) -> None:
    data, said = made(version, how, compiler=compiler)
    assert bool(data["force_include"]) is is_compiled
    assert data["pure_python"] is not is_compiled
    assert data["infer_tag"] is is_compiled
    assert len(said) == warnings


def test_every_line_of_the_list_names_something_and_no_package_itself() -> None:
    for line in MODULES:
        found = sorted(ROOT.glob(line))
        assert found, f"{line}: there is none"
        assert all(path.suffix == ".py" and path.name != "__init__.py" for path in found)


def test_what_was_compiled_is_kept_until_something_that_it_was_made_from_changes(tmp_path: Path) -> None:
    for name in ("agents", "schemas", "streams", "deploy/supply"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("pyproject.toml", "deploy/supply/dev.lock", "agents/a.py", "schemas/s.py", "streams/t.py"):
        (tmp_path / name).write_text("")
    before = digest(tmp_path)
    assert digest(tmp_path) == before
    for name in ("pyproject.toml", "deploy/supply/dev.lock", "agents/a.py", "schemas/s.py", "streams/t.py"):
        (tmp_path / name).write_text("# another")
        assert digest(tmp_path) != before
        before = digest(tmp_path)


def test_an_installation_says_whether_it_is_compiled() -> None:
    assert core() in CORE.values


@pytest.mark.parametrize("folder", ["agents/victims", "/srv/agents/victims"])  # as compiled code says it, and as Python
def test_a_fault_is_placed_in_our_own_code_compiled_or_not(folder: str) -> None:
    code = compile("import json\ndef fails(): return json.loads('{')\n", f"{folder}/score.py", "exec")
    names: dict[str, Any] = {}
    exec(code, names)
    with pytest.raises(JSONDecodeError) as problem:
        names["fails"]()
    assert place_of(problem.value) == "JSONDecodeError at score.py:2"
