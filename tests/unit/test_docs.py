"""The documents name only what exists, and what must be documented is.

Back-ticked names outside code blocks are looked up in the tree: paths, dotted names, facts and
other classes, constants, functions and fields, commands with their options, targets of make.
"""

import ast
import importlib
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import click
import pytest

from chengyun.cli.main import COMMANDS
from chengyun.facts.kinds import KINDS
from chengyun.kernel import limits

ROOT = Path(__file__).parents[2]
CODE = ROOT / "src" / "chengyun"
DECISIONS = ROOT / "docs" / "decisions"
NAMING = [
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "README.md",
    "README.zh-CN.md",
    "docs/ingest.md",
    "docs/limits.md",
    "docs/history.md",
    "docs/drills.md",
    "docs/excel.md",
    "docs/recordings.md",
    "docs/security.md",
]
READMES = ["README.md", "README.zh-CN.md"]
RECORDS = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
DOCUMENTS = [
    *NAMING,
    "CHANGELOG.md",
    "docs/decisions/README.md",
    *(f"docs/decisions/{name}" for name in RECORDS),
]

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
TICKED = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
TOP = ("src/", "tests/", "docs/", "cities/", "benchmarks/", "deploy/", "web/", ".ci/")
ENDINGS = (".py", ".md", ".yaml", ".csv", ".json", ".html", ".toml", ".db")

PATH = re.compile(r"[\w.-]+(/[\w.-]+)*/?")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
CLASS = re.compile(r"([A-Z][a-z]+)+")
CONSTANT = re.compile(r"[A-Z]{2,}(_[A-Z]+)*")
SNAKE = re.compile(r"[a-z]+(_[a-z0-9]+)+")

BESIDE = {"../shared/data", ".venv/bin", "store/"}
"""What a run finds or makes, and no clone holds."""


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


# --- what there is ----------------------------------------------------------------------------


@cache
def code() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(CODE.rglob("*.py")))


@cache
def members() -> dict[str, set[str]]:
    """Return the methods and fields of every class, by its name."""
    found: dict[str, set[str]] = {}
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                named = found.setdefault(node.name, set())
                for one in node.body:
                    if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                        named.add(one.name)
                    elif isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name):
                        named.add(one.target.id)
    return found


@cache
def files() -> frozenset[str]:
    """Return the paths of all files that a clone may hold, below the root."""
    tops = [ROOT / top for top in TOP]
    found = [path for top in tops for path in top.rglob("*") if path.is_file()]
    found += [path for path in ROOT.iterdir() if path.is_file()]
    return frozenset(
        path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts
    )


def is_path(name: str) -> bool:
    """An existing file or a folder with files in it, from the root or from the code."""
    for begin in ("", "src/chengyun/"):
        whole = begin + name
        if whole in files() or any(one.startswith(whole.rstrip("/") + "/") for one in files()):
            return True
    return False


def is_file_name(name: str) -> bool:
    """The name of some file in the tree, or of one that the code writes."""
    named = any(one.rpartition("/")[2] == name for one in files())
    return named or f'"{name}"' in code()


def is_dotted(name: str) -> bool:
    """A module below ``chengyun`` with what hangs on it, or a class with its attribute."""
    first, *rest = name.split(".")
    if first[0].isupper():
        return len(rest) == 1 and rest[0] in members().get(first, ())
    parts = ["chengyun", first, *rest]
    found: object = None
    for count in range(len(parts), 1, -1):
        try:
            found = importlib.import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        break
    if not isinstance(found, ModuleType):
        return False
    for attribute in parts[count:]:
        annotated = getattr(found, "__annotations__", {})
        if not hasattr(found, attribute) and attribute not in annotated:
            return False
        found = getattr(found, attribute, None)
    return True


def is_class(name: str) -> bool:
    """A fact, another class, a named type, or a file that is called so."""
    defined = re.search(rf"^( *class {name}[(:]|{name} = )", code(), re.MULTILINE)
    return name in KINDS or defined is not None or name in files()


def is_constant(name: str) -> bool:
    return (
        re.search(rf"^ *{name}(:.*?)? = ", code(), re.MULTILINE) is not None
        or f"?= $(or $({name})" in text_of("Makefile")
        or f"$({name})" in text_of("Makefile")
    )


def wrong_command(words: list[str]) -> str:
    """Return what is wrong with a call of ``chengyun``, or nothing."""
    if words[:1] == ["--help"]:
        return ""
    if not words or words[0] not in COMMANDS:
        return f"no command {' '.join(words[:1])}"
    command: click.Command = importlib.import_module(COMMANDS[words[0]].module).command
    left = words[1:]
    if isinstance(command, click.Group) and left:
        if left[0] not in command.commands:
            return f"{words[0]} has no {left[0]}"
        command = command.commands[left[0]]
    known = {option for one in command.params for option in one.opts}
    unknown = [word for word in left if word.startswith("--") and word not in known]
    return f"{words[0]} has no option {', '.join(unknown)}" if unknown else ""


def is_module(name: str) -> bool:
    """A module that can be run, or a package with a ``__main__``."""
    path = name.replace(".", "/")
    return any(is_path(one) for one in (f"{path}.py", f"src/{path}.py", f"src/{path}/__main__.py"))


def wrong_call(call: str) -> str:
    """Return what is wrong with a command line, or nothing where it is none of ours."""
    words = call.split()
    if words[0] == "chengyun":
        return wrong_command(words[1:]) if len(words) > 1 else ""
    if words[0] == "make":
        targets = [word for word in words[1:] if not word.startswith("-")]
        unknown = [one for one in targets if f"\n{one}:" not in text_of("Makefile")]
        return f"no target {', '.join(unknown)}" if unknown else ""
    if words[:2] == ["python", "-m"] and not words[2].endswith(".NAME"):
        return "" if is_module(words[2]) else f"no module {words[2]}"
    return ""


# --- what is named ----------------------------------------------------------------------------


def exists(name: str) -> bool | None:
    """Tell whether a back-ticked name exists; ``None`` where it is nothing to look up."""
    if name in BESIDE:
        return None
    if name.startswith(TOP) or (PATH.fullmatch(name) and "/" in name):
        return is_path(name)
    if name.endswith(ENDINGS) and PATH.fullmatch(name):
        return is_file_name(name)
    for pattern, look_up in (
        (DOTTED, is_dotted),
        (CLASS, is_class),
        (CONSTANT, is_constant),
        (SNAKE, lambda one: re.search(rf"\b{one}\b", code()) is not None),
    ):
        if pattern.fullmatch(name):
            return look_up(name)
    return None


def mistakes_in(text: str) -> Iterator[str]:
    """Yield what a document names and does not exist."""
    for name in TICKED.findall(FENCE.sub("", text)):
        wrong = wrong_call(name)
        if wrong:
            yield f"`{name}`: {wrong}"
        elif exists(name) is False:
            yield f"`{name}` does not exist"


def commands_in(text: str) -> Iterator[str]:
    """Yield the command lines in the shell blocks, without their comments."""
    for block in SHELL.findall(text):
        for line in block.splitlines():
            call = line.partition(" #")[0].strip()
            if call and not call.startswith("#"):
                yield call


@pytest.mark.parametrize("document", NAMING)
def test_a_document_names_only_what_exists(document: str) -> None:
    assert list(mistakes_in(text_of(document))) == []


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_enough_is_named_for_the_look_up_to_mean_something(document: str) -> None:
    looked_up = [one for one in TICKED.findall(FENCE.sub("", text_of(document))) if exists(one)]
    assert len(looked_up) > 50


@pytest.mark.parametrize(
    "text",
    [
        "`src/chengyun/engine/nowhere.py`",
        "`engine/nowhere.py`",
        "`tests/unit/nowhere/`",
        "`benchmarks/nowhere.py`",
        "`cities/atlantis`",
        "`../shared/dreams`",
        "`nowhere.yaml`",
        "`engine.engine.Engine.levitate`",
        "`sense.handlers.on_moonlight`",
        "`nowhere.handlers`",
        "`Figures.dreams_of`",
        "`ReportDreamt`",
        "`Dream`",
        "`MAX_DREAMS`",
        "`on_moonlight_seen`",
        "`chengyun dream`",
        "`chengyun audit dream`",
        "`chengyun replay --dream`",
        "`make dreams`",
        "`python -m benchmarks.dreams`",
    ],
)
def test_what_does_not_exist_is_found(text: str) -> None:
    assert len(list(mistakes_in(f"Before {text} after.\n"))) == 1


def test_names_in_code_blocks_are_left_alone() -> None:
    assert list(mistakes_in("```sh\necho `engine/nowhere.py`\n```\n")) == []


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", *READMES])
def test_the_commands_that_are_shown_can_be_called(document: str) -> None:
    wrong = {call: wrong_call(call) for call in commands_in(text_of(document))}
    assert {call: what for call, what in wrong.items() if what} == {}


# --- what must be said ------------------------------------------------------------------------


@pytest.mark.parametrize("document", READMES)
def test_every_command_is_in_the_readme(document: str) -> None:
    text = text_of(document)
    assert [name for name in COMMANDS if f"chengyun {name}" not in text] == []


@pytest.mark.parametrize("document", READMES)
def test_the_readme_says_what_everything_is_judged_by(document: str) -> None:
    shown = list(commands_in(text_of(document)))
    assert {"make run", "make test"} <= set(shown)


def test_every_stage_of_the_loop_is_in_the_picture() -> None:
    shown = text_of("README.md")
    loop = importlib.import_module("chengyun.engine.loop")
    beside = {"engine", "guard", "notices", "rosters"}
    order = [stage for stage in loop.ORDER if stage not in beside]
    assert " -> ".join(order) in shown


def test_every_way_back_is_in_the_architecture() -> None:
    loop = importlib.import_module("chengyun.engine.loop")
    text = text_of("ARCHITECTURE.md")
    assert [back.kind for back in loop.RETURNS if f"`{back.kind}`" not in text] == []


def test_every_decision_is_linked_and_numbered_once() -> None:
    linked = LINK.findall(text_of("docs/decisions/README.md"))
    assert [name for name in linked if name[0].isdigit()] == RECORDS
    assert [int(name[:4]) for name in RECORDS] == list(range(1, len(RECORDS) + 1))


@pytest.mark.parametrize("record", RECORDS)
def test_a_decision_has_its_five_parts(record: str) -> None:
    text = text_of(f"docs/decisions/{record}").lower()
    parts = ["context", "options", "choice", "cost", "look again"]
    assert [part for part in parts if part not in text] == []


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    inside = [one for one in LINK.findall(text_of(document)) if "://" not in one]
    assert [one for one in inside if not (folder / one).exists()] == []


def bounds_in(text: str) -> dict[str, str]:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    return {name: value for name, value, _ in rows}


def bounds() -> Iterable[tuple[str, str]]:
    for name, value in vars(limits).items():
        if name.isupper():
            yield name, f"{value:,}"


def test_every_bound_is_explained_with_its_value() -> None:
    assert bounds_in(text_of("docs/limits.md")) == dict(bounds())


def test_there_are_bounds_to_explain() -> None:
    assert len(list(bounds())) > 20
