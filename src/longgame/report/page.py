"""Answers -> one self-contained page.

The page asks nothing of any other place. Its style sheet and its script are inside, and the content security policy
allows these two by their hashes, and nothing else: no other script, no code made from text, no request. Every text
passes through Jinja's escaping; the specifications of the figures are data for the script (``charts.js``, made in
``front/``), which draws them as SVG.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any

import jinja2
from markupsafe import Markup, escape

from longgame.answers import words
from longgame.answers.answers import headlines, sections
from longgame.answers.parts import Cell, Figure, Part
from longgame.text import visible

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def render(answers: Mapping[str, Any]) -> str:
    """The report of ``answers`` (the layout of docs/answers.md) as an HTML page."""
    style, script = _read("style.css"), _read("charts.js")
    facts = [
        ("Scenario", answers["scenario"]["name"]),
        ("Solved", words.day_of(answers["started"])),
        ("Draws", answers["draws"]),
        ("Seed", answers["seed"]),
        ("longgame", answers["longgame"]),
    ]
    return _environment().get_template("page.html.j2").render(
        a=answers,
        style=Markup(style),  # ours, as is the script, and hashed
        script=Markup(script),
        policy=_policy(style, script),
        facts=facts,
        headlines=headlines(answers),
        sections=sections(answers),
    )  # fmt: skip


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_read),
        autoescape=True,
        finalize=_shown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "classes": _classes,
        "drawn": _drawn,
        "groups": _groups,
        "kind": lambda part: type(part).__name__,
        "rich": _rich,
    }
    return environment


def _shown(value: Any) -> Any:
    """A value as the page shows it: with marks of direction and other unseen characters as their numbers."""
    return type(value)(visible(value)) if isinstance(value, str) else value


def _read(name: str) -> str:
    return (files("longgame.report") / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """A content security policy that lets the page's own style sheet and script in, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _groups(parts: Sequence[Part]) -> Iterator[tuple[bool, list[Part]]]:
    """Parts in their order; small figures that follow each other stand side by side (True)."""
    for small, group in groupby(parts, key=lambda part: isinstance(part, Figure) and not part.wide):
        yield small, list(group)


def _classes(cell: str | Cell, number: bool) -> Markup:
    names = [*(["n"] if number else []), *(["best"] if isinstance(cell, Cell) and cell.best else [])]
    return Markup(' class="{}"').format(" ".join(names)) if names else Markup("")


def _rich(text: str) -> Markup:
    """A text with its web addresses as links, which are followed when the reader clicks and never fetched by the page.

    Elsewhere it may be broken after an underscore, so that long names do not widen a table.
    """
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        parts += [_breakable(text[end : match.start()]), _anchor(match.group())]
        end = match.end()
    return Markup("").join([*parts, _breakable(text[end:])])


def _breakable(text: str) -> Markup:
    return escape(text).replace("_", Markup("_<wbr>"))


def _anchor(address: str) -> Markup:
    shown = re.sub(r"^https?://(www\.)?", "", address)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, shown)


def _drawn(figure: Figure) -> Markup:
    """A figure as the page's script finds it: a text alternative, and its specification as data that nothing runs."""
    spec = json.dumps(figure.spec, separators=(",", ":"), ensure_ascii=True)
    for character in "<>&":
        spec = spec.replace(character, f"\\u{ord(character):04x}")
    data = Markup('<script type="application/json">{}</script>').format(Markup(spec))
    return Markup('<div class="chart" data-chart role="img" aria-label="{}">{}</div>').format(figure.says, data)
