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
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any

import jinja2
from markupsafe import Markup, escape

from longgame.answers import words
from longgame.answers.answers import sections
from longgame.answers.glance import glance
from longgame.answers.parts import Cell, Figure, Part
from longgame.answers.play import kept
from longgame.answers.solver import SOLVER
from longgame.report.draw import STYLE, game_svg, paths_svg
from longgame.scenario.model import Scenario
from longgame.text import visible

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+")
_SIGNS = {" == ": " is ", " != ": " is not "}


def render(answers: Mapping[str, Any], scenario: Scenario | None = None) -> str:
    """The report of ``answers`` (the layout of docs/answers.md) as an HTML page.

    With the ``scenario`` of which they are the page has the game's picture.
    """
    style, scripts = _read("base.css") + _read("style.css") + STYLE, [_read("charts.js"), _read("page.js")]
    facts = [
        ("Scenario", answers["scenario"]["name"]),
        ("Solved", words.day_of(answers["started"])),
        ("Draws", answers["draws"]),
        ("Seed", answers["seed"]),
        ("longgame", answers["longgame"]),
    ]
    drawn = answers["drawn"]
    return _environment(answers).get_template("page.html.j2").render(
        a=answers,
        style=Markup(style),  # ours, as are the scripts, and hashed
        scripts=[Markup(script) for script in scripts],
        policy=_policy(style, scripts),
        facts=facts,
        glance=glance(answers),
        notices=SOLVER.headline(answers),
        sections=sections(answers),
        pictures=list(_pictures(answers, scenario)),
        drawn=_data(drawn) if drawn["draws"] else None,
    )  # fmt: skip


def _pictures(answers: Mapping[str, Any], scenario: Scenario | None) -> Iterator[tuple[str, str, str, Markup]]:
    """The drawings that stand below everything else: address, title, how to read it, and the drawing itself."""
    if (paths := kept(answers)) is not None:
        title = "How it may go on"
        intro = "The likeliest paths of play from here on, at the given values: what may happen next, and after that."
        yield "paths", title, intro, Markup(paths_svg(paths, style=False))
    if scenario is not None:
        title = "The game in a picture"
        intro = "Who moves when, what each option does, what everybody sees and who knows what is hidden."
        yield "picture", title, intro, Markup(game_svg(scenario, style=False))


def _names(answers: Mapping[str, Any]) -> frozenset[str]:
    """The names of the scenario: on the page they stand without underscores."""
    lists = ("assumptions", "actors", "worlds", "forecasts", "deals")
    names = {row["name"] for key in lists for row in answers[key]}
    names |= {name for row in answers["worlds"] for pair in row["hidden"].items() for name in pair}
    names |= {posture["posture"] for row in answers["postures"] for posture in row["rows"]}
    return frozenset(names | {row["evidence"] for row in answers["beliefs"] if row["evidence"]})


def _environment(answers: Mapping[str, Any]) -> jinja2.Environment:
    names, actors = _names(answers), {row["name"] for row in answers["actors"]}

    def rich(text: str) -> Markup:
        if actors.issuperset(listed := text.split(", ")):
            return escape(visible(", ".join(map(words.proper, listed))))
        return _rich(_worded(text, names, actors))

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
        "rich": rich,
        "spelled": words.spelled,
    }
    return environment


def _shown(value: Any) -> Any:
    """A value as the page shows it: with marks of direction and other unseen characters as their numbers."""
    return type(value)(visible(value)) if isinstance(value, str) else value


def _read(name: str) -> str:
    return (files("longgame.report") / name).read_text(encoding="utf-8")


def _policy(style: str, scripts: Sequence[str]) -> str:
    """A content security policy that lets the page's own style sheet and scripts in, and nothing else."""
    allowed = " ".join(f"'{_digest(script)}'" for script in scripts)
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src {allowed}; img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _groups(parts: Sequence[Part]) -> Iterator[tuple[bool, list[Part]]]:
    """Parts in their order; small figures that follow each other stand side by side (True)."""
    for small, group in groupby(parts, key=lambda part: isinstance(part, Figure) and not part.wide):
        yield small, list(group)


def _classes(cell: str | Cell, number: bool) -> Markup:
    names = ["n"] if number else []
    if isinstance(cell, Cell):
        names += ["best"] if cell.best else []
        names += [f"{'for' if cell.shade > 0 else 'or'}-{_depth(cell.shade)}"] if cell.shade else []
    return Markup(' class="{}"').format(" ".join(names)) if names else Markup("")


def _depth(shade: float) -> int:
    """One of four shades."""
    return min(4, max(1, math.ceil(4 * abs(shade))))


def _worded(text: str, names: Collection[str], actors: Collection[str]) -> str:
    """A text with the scenario's names and conditions in words: 'US aim is peace', not 'us_aim == peace'."""
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)

    def name(found: re.Match[str]) -> str:
        return words.spelled(found.group(), actors) if found.group() in names else found.group()

    return _NAME.sub(name, text)


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
    data = Markup('<script type="application/json">{}</script>').format(_data(figure.spec))
    live = Markup(' data-live="{}"').format(figure.live) if figure.live else ""
    return Markup('<div class="chart" data-chart{} role="img" aria-label="{}">{}</div>').format(live, figure.says, data)


def _data(value: Any) -> Markup:
    """JSON that stands in a script element and cannot end it."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
