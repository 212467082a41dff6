"""The shape of the package: which folder may import which, and what no module may do."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import SOURCE

# Each folder imports only from itself and from those before it. What stands in COMMON may be used by all.
LAYERS = (
    "scenario", "game", "solver", "exact", "inference", "choice", "queries", "run", "answers", "report", "studio", "cli"
)
COMMON = ("errors", "text", "arrays", "files", "compiled")
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
MOST_LINES = 400
MOST_PARAMETERS = 8
LONGER_FOR_A_REASON: dict[str, str] = {}  # file -> why it has no seam
HEAVY = {  # file -> what it may import late: it takes as long to import as a question takes to answer
    "answers/claims.py": {"longgame.answers.brief"},
    "answers/postures.py": {"longgame.answers.outlooks"},
    "report/__init__.py": {"longgame.report.page"},
}

MODULES = sorted(SOURCE.rglob("*.py"))


def name_of(module: Path) -> str:
    return module.relative_to(SOURCE).as_posix()


def layer_of(module: Path) -> str:
    """The folder that a module is in; for a module at the top, its own name."""
    first = module.relative_to(SOURCE).parts[0]
    return first.removesuffix(".py")


BELOW_THE_COMMAND_LINE = [module for module in MODULES if layer_of(module) not in ("__init__", "__main__", "cli")]


@pytest.fixture(scope="module")
def trees() -> dict[Path, ast.Module]:
    """All modules, read once; one test looks through all of them, as a test for each would take longer."""
    return {module: ast.parse(module.read_text(encoding="utf-8"), filename=str(module)) for module in MODULES}


def imported(tree: ast.AST) -> list[tuple[str, int]]:
    """Every module that a tree imports anything from, with the line."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            if node.module == "longgame":
                found += [(f"longgame.{alias.name}", node.lineno) for alias in node.names]
            else:
                found.append(("." * node.level + (node.module or ""), node.lineno))
    return found


def misplaced(tree: ast.AST, layer: str) -> list[str]:
    """The imports in ``tree``, a module of ``layer``, that go to the right or leave the layers."""
    allowed = {*LAYERS[: LAYERS.index(layer) + 1], *COMMON} if layer in LAYERS else set(COMMON)
    wrong = []
    for name, line in imported(tree):
        if name.startswith("."):
            wrong.append(f"line {line}: a relative import")
        parts = name.split(".")
        if parts[0] == "longgame" and len(parts) > 1 and parts[1] not in allowed:
            wrong.append(f"line {line}: {layer} imports {name}")
    return wrong


def wrong_in(modules: Iterable[Path], look: Callable[[Path], Any]) -> dict[str, Any]:
    """What is found, in those modules in which anything is."""
    return {name_of(module): found for module in modules if (found := look(module))}


def test_every_module_has_a_layer():
    known = {*LAYERS, *COMMON, "__init__", "__main__"}
    assert {layer_of(module) for module in MODULES} <= known


def test_imports_go_leftwards(trees: dict[Path, ast.Module]):
    assert len(BELOW_THE_COMMAND_LINE) > 200
    assert wrong_in(BELOW_THE_COMMAND_LINE, lambda module: misplaced(trees[module], layer_of(module))) == {}


def test_imports_stand_at_the_top(trees: dict[Path, ast.Module]):
    """Only the command line, which must start at once, imports inside functions; and others what is heavy."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda

    def late(module: Path) -> list[str]:
        functions = [node for node in ast.walk(trees[module]) if isinstance(node, kinds)]
        found = [name for function in functions for name, _ in imported(function)]
        return [name for name in found if name not in HEAVY.get(name_of(module), set())]

    assert wrong_in(BELOW_THE_COMMAND_LINE, late) == {}
    assert late(SOURCE / "cli" / "commands.py"), "it does see those that there are"


def evaluated(tree: ast.AST) -> list[tuple[str, int]]:
    """The calls of what evaluates text as Python, and the imports of what does, with the line."""
    nodes = list(ast.walk(tree))
    calls = [
        (node.func.id, node.lineno)
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
    ]
    froms = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    own = {alias.asname or alias.name for node in froms for alias in node.names}  # our own compile() is another
    own |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    modules = [(name, line) for name, line in imported(tree) if name.split(".")[0] in FORBIDDEN_MODULES]
    return [(name, line) for name, line in calls if name not in own] + modules


def test_nothing_is_evaluated_as_python(trees: dict[Path, ast.Module]):
    assert wrong_in(MODULES, lambda module: evaluated(trees[module])) == {}


def test_files_are_short():
    """Where one is not, look for the seam."""
    short = [module for module in MODULES if name_of(module) not in LONGER_FOR_A_REASON]
    lines = {name_of(module): len(module.read_text(encoding="utf-8").splitlines()) for module in short}
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def too_many(tree: ast.AST) -> list[str]:
    """The functions in ``tree`` with more parameters than can be told apart; the bound one is not counted."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = node.args
            names = [one.arg for one in (*given.posonlyargs, *given.args)]
            own = names[1:] if names[:1] in (["self"], ["cls"]) else names
            size = len(own) + len(given.kwonlyargs) + bool(given.vararg) + bool(given.kwarg)
            found += [f"line {node.lineno}: {node.name} has {size}"] if size > MOST_PARAMETERS else []
    return found


def test_functions_have_few_parameters(trees: dict[Path, ast.Module]):
    """Compiled programs alone take all that they need one by one."""
    others = [module for module in MODULES if "kernel" not in module.parts]
    assert wrong_in(others, lambda module: too_many(trees[module])) == {}


def test_the_test_itself_can_fail():
    assert too_many(ast.parse("def f(self, a, b, c, d, e, f, g, h): ...")) == []
    assert too_many(ast.parse("def f(a, b, c, d, e, f, /, g, *, h, **more): ...")) == ["line 1: f has 9"]
    assert misplaced(ast.parse("from longgame.cli import main"), "game") == ["line 1: game imports longgame.cli"]
    assert misplaced(ast.parse("import longgame.run.plan"), "solver") == ["line 1: solver imports longgame.run.plan"]
    assert misplaced(ast.parse("from longgame import report"), "queries") == ["line 1: queries imports longgame.report"]
    assert misplaced(ast.parse("from . import game"), "game") == ["line 1: a relative import"]
    assert misplaced(ast.parse("from longgame.errors import Place\nfrom longgame.game import game"), "solver") == []
    assert evaluated(ast.parse("import pickle\ncompile(text)")) == [("compile", 2), ("pickle", 1)]
    assert evaluated(ast.parse("from longgame import compile\ncompile(text)")) == []
