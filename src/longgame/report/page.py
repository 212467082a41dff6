"""Answers -> one self-contained page.

The page has no script and asks nothing of any other place: the style sheet and the figures are inside, and the content
security policy allows that style sheet by its hash and nothing else. Every text passes through Jinja's escaping; the
figures are the only markup that is passed on as it is, and they are made by ``figures``.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from longgame.report import figures, words
from longgame.solver.solution import Status
from longgame.text import visible

SOLVED = Status.CONVERGED.value
SETTLED = (SOLVED, Status.JUMPED.value)
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def render(answers: Mapping[str, Any]) -> str:
    """The report of ``answers`` (the layout of docs/answers.md) as an HTML page."""
    style = _read("style.css")
    return _environment().get_template("page.html.j2").render(
        a=answers,
        style=Markup(style),  # ours, and hashed below
        policy=_policy(style),
        settled=SETTLED,
        evidence={row["evidence"]: row["says"] or row["evidence"] for row in answers["beliefs"]},
        rules={"expected": "expected value", "maximin": "the worst case", "regret": "the least regret"},
        stakes={row["name"]: row["stake"] for row in answers["actors"]},
        verdicts=_verdicts(answers["claims"]),
        belief_figure=Markup(figures.beliefs(answers["beliefs"])) if len(answers["beliefs"]) > 1 else None,
        forecast_figures=[Markup(figures.forecast(row)) if row["by"] else None for row in answers["forecasts"]],
        forecast_error=max(_errors(answers["forecasts"]), default=0.0),
        ledger_scale=_largest(gain for row in answers["ledger"] for gain in row["shares"].values()),
        ledger_total=_totals(answers["ledger"]),
        deal_scale=_largest(share for deal in answers["deals"] for share in deal["share"].values()),
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
        "bargain": words.bargain,
        "breakable": _breakable,
        "comparisons": words.comparisons,
        "count": words.count,
        "day": words.day,
        "day_of": words.day_of,
        "given": words.given,
        "linked": _linked,
        "listed": words.listed,
        "magnitude": words.magnitude,
        "number": words.number,
        "percent": words.percent,
        "rests_on": words.rests_on,
        "turning": words.turning,
        "turning_spread": words.turning_spread,
        "sentence": words.sentence,
        "shown": words.shown,
        "tally": words.tally,
        "times": words.times,
        "tiny": words.tiny,
        "verdict": words.verdict,
        "on_finer_lattice": words.on_finer_lattice,
        "verified": words.verified,
    }
    environment.globals["share_of_draws"] = words.share_of_draws
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


def _linked(text: str) -> Markup:
    """A source with its web addresses as links: followed when the reader clicks, never fetched by the page."""
    parts: list[str] = []
    end = 0
    for match in _LINK.finditer(text):
        parts += [escape(text[end : match.start()]), _anchor(match.group())]
        end = match.end()
    return Markup("").join([*parts, escape(text[end:])])


def _breakable(name: str) -> Markup:
    """A name that may be broken after an underscore, so that long names do not widen a table."""
    return escape(name).replace("_", Markup("_<wbr>"))


def _anchor(address: str) -> Markup:
    shown = re.sub(r"^https?://(www\.)?", "", address)
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    return Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address, shown)


def _verdicts(claims: Any) -> dict[str, list[Mapping[str, Any]]]:
    """Claims by verdict, in the order in which a reader wants them; built-in ones have a heap of their own."""
    heaps: dict[str, list[Mapping[str, Any]]] = {
        "follows": [], "built in": [], "does not follow": [], "no answer": [],
    }  # fmt: skip
    for claim in claims:
        heaps["built in" if claim["built_in"] else words.verdict(claim)].append(claim)
    return {verdict: heap for verdict, heap in heaps.items() if heap}


def _largest(values: Any) -> float:
    """The largest size among the values, for bars on one scale."""
    return max((abs(value) for value in values if value is not None), default=0.0) or 1.0


def _errors(forecasts: Any) -> list[float]:
    """The standard errors of all forecasts."""
    return [point["standard_error"] or 0.0 for row in forecasts for point in row["by"]]


def _totals(ledger: Any) -> dict[str, float]:
    """Each actor's gains over all the evidence, as shares of its stake."""
    actors = list(ledger[0]["shares"]) if ledger else []
    return {actor: sum(row["shares"][actor] or 0.0 for row in ledger) for actor in actors}
