"""The answers of a finished run, as they lie in its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from longgame.answers.answers import LAYOUT
from longgame.errors import RunError
from longgame.run.store import ANSWERS, RUN


def read_answers(folder: Path) -> Mapping[str, Any]:
    """The answers of the finished run in a folder, in the layout of the file.

    Raises:
        RunError: there are none, they cannot be read, or they have the layout of another version.
    """
    path = folder / ANSWERS
    mend = f"`longgame resume {folder}` writes it anew."
    try:
        answers = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (folder / RUN).exists():
            raise RunError(f"The run in {folder} is not finished; `longgame resume {folder}` finishes it.") from None
        raise RunError(f"{folder} holds no run: there is no {ANSWERS} in it.") from None
    except ValueError:
        raise RunError(f"{path} cannot be read; {mend}") from None
    layout = answers.get("layout") if isinstance(answers, dict) else None
    if layout != LAYOUT:
        raise RunError(f"{path} has layout {layout}, where this version of longgame writes {LAYOUT}; {mend}")
    return answers
