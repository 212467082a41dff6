"""Answers -> one self-contained page.

The page asks nothing of any other place: the style sheet and the figures are inside, and the content security policy
allows that style sheet by its hash and nothing else. Every text passes through Jinja's escaping; the figures are the
only markup that is passed on as it is.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

import jinja2
import vl_convert
from markupsafe import Markup, escape

from longgame.answers import words
from longgame.answers.answers import headlines, sections
from longgame.answers.parts import Cell, Figure, Part
from longgame.text import visible

_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")
_SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", _SVG)


def render(answers: Mapping[str, Any]) -> str:
    """The report of ``answers`` (the layout of docs/answers.md) as an HTML page."""
    style = _read("style.css")
    facts = [
        ("Scenario", answers["scenario"]["name"]),
        ("Solved", words.day_of(answers["started"])),
        ("Draws", answers["draws"]),
        ("Seed", answers["seed"]),
        ("longgame", answers["longgame"]),
    ]
    return _environment().get_template("page.html.j2").render(
        a=answers,
        style=Markup(style),  # ours, and hashed below
        policy=_policy(style),
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


def _policy(style: str) -> str:
    """A content security policy that lets the page's own style sheet in, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


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
    """A figure as SVG: one image with a text alternative; the parts inside carry no roles of their own."""
    root = ElementTree.fromstring(vl_convert.vegalite_to_svg(dict(figure.spec)))
    for element in root.iter():
        for attribute in [name for name in element.attrib if name.startswith("aria-") or name in ("role", "style")]:
            del element.attrib[attribute]
    root.set("role", "img")
    root.set("aria-label", figure.says)
    root.set("class", "figure")
    return Markup(ElementTree.tostring(root, encoding="unicode"))
