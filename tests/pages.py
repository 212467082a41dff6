"""Pages of docs/ whose outputs are those of the commands above them.

Comments of a page, which readers do not see, say what is done:

    <!-- file: NAME -->            the block below is added to the file
    <!-- replace: NAME: A: B -->   A becomes B in the file
    <!-- run: longgame ... -->     the block below is the command with what it prints; `: first 12 lines` cuts

``python -m tests.pages docs/tutorial.md`` makes the outputs of a page again.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from pathlib import Path

from longgame.cli import main

_MARK = re.compile(
    r"<!-- (?P<what>file|replace|run): (?P<said>.*?)(?:: first (?P<most>\d+) lines)? -->\n"
    r"(?P<block>```\w*\n(?P<text>.*?)```\n)?",
    re.DOTALL,
)
_VARIES = re.compile(r"(?m)^A run of \d+ draws takes roughly .*$")
ESTIMATE = "A run of 128 draws takes roughly ..."


def made_again(page: str) -> str:
    """The page with its outputs made again, in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        return _MARK.sub(_done, page)


def _done(found: re.Match[str]) -> str:
    said, text = found["said"], found["text"]
    if found["what"] == "run":
        shown = _VARIES.sub(ESTIMATE, _printed(said)).strip().splitlines()
        most = int(found["most"] or len(shown))
        told = [line.rstrip() for line in shown[:most]] + (["..."] if most < len(shown) else [])
        mark = found[0].split("\n", 1)[0]
        return "\n".join([mark, "```", f"$ {said}", *told, "```", ""])
    name, _, change = said.partition(": ")
    path = Path(name)
    if found["what"] == "file":
        first = path.exists() and path.read_text(encoding="utf-8").startswith("# yaml-language-server")
        before = path.read_text(encoding="utf-8") if path.exists() and not first else ""
        path.write_text(before + text, encoding="utf-8")
    else:
        old, new = re.split(r"(?<=\w): (?=\w)", change)
        before = path.read_text(encoding="utf-8")
        assert before.count(old) == 1, change
        path.write_text(before.replace(old, new), encoding="utf-8")
    return found[0]


def _printed(command: str) -> str:
    """What a command prints, to either stream; no progress."""
    out, err = io.StringIO(), io.StringIO()
    program, *arguments = shlex.split(command)
    assert program == "longgame"
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(arguments)
    problems = [line for line in err.getvalue().splitlines() if ": error [" in line or line.endswith("problems.")]
    return "\n".join([*problems, out.getvalue()])


if __name__ == "__main__":
    for name in sys.argv[1:]:
        page = Path(name).resolve()
        again = made_again(page.read_text(encoding="utf-8"))
        page.write_text(again, encoding="utf-8")
        print(f"Made {os.path.relpath(page)} again.")
