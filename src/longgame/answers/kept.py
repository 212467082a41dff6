"""The answers of a finished run, as they lie in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from longgame.answers.answers import LAYOUT, Answers
from longgame.errors import RunError
from longgame.run.store import ANSWERS, RUN, Folder
from longgame.text import describe


def read_answers(folder: Path) -> Mapping[str, Any]:
    """The answers of the finished run in a folder, in the layout of the file.

    Raises:
        RunError: there are none, they cannot be read, they have the layout of another version, or the run in the folder
            did not write them as they are.
    """
    path = folder / ANSWERS
    mend = f"move it away, and `longgame resume {folder}` writes it anew."
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (folder / RUN).exists():
            raise RunError(f"The run in {folder} is not finished; `longgame resume {folder}` finishes it.") from None
        raise RunError(f"{folder} holds no run: there is no {ANSWERS} in it.") from None
    except OSError as error:
        raise RunError(f"{path} cannot be read: {str(error.strerror).lower()}.") from None
    except (ValueError, RecursionError):
        raise RunError(f"{path} cannot be read; {mend}") from None
    layout = answers.get("layout") if isinstance(answers, dict) else None
    if layout != LAYOUT:
        raise RunError(f"{path} has layout {layout}, where this version of longgame writes {LAYOUT}; {mend}")
    if fault := _fault(answers):
        raise RunError(f"{path} does not hold what this version of longgame writes: {fault}; {mend}")
    if _anothers(path):
        raise RunError(f"{path} was not written by the run in this folder, or was changed since; {mend}")
    return answers


def finished(folder: str | Path) -> Folder:
    """The finished run in a folder. Raises RunError where there is none that this software can go on from."""
    store = Folder.open(Path(folder))
    if store.missing():
        raise RunError(f"The run in {folder} is not finished; `longgame resume {folder}` finishes it.")
    store.plan.same_software()
    return store


def _anothers(path: Path) -> bool:
    """Whether the run in the folder says that it wrote another file than this one."""
    try:
        store = Folder.open(path.parent)
    except RunError:
        return False  # there are the answers alone, and nothing to hold them against
    return not path.is_symlink() and path.name in store.files and not store.owns(path)


def _fault(answers: Mapping[str, Any]) -> str:
    """What is not as the types of the answers have it; empty where all is."""
    try:
        TypeAdapter(Answers).validate_python(answers)
    except ValidationError as error:
        for one in error.errors(include_url=False, include_context=False):
            if one["type"] == "missing":
                return f"there is no `{'.'.join(map(str, one['loc']))}`"
            if one["input"] is not None or not one["type"].startswith("float"):  # a number that is not finite is null
                return f"`{'.'.join(map(str, one['loc']))}` is {describe(one['input'])}"
    return ""
