"""The questions that a solved game answers, as data: one table for the checks, the evaluator and the documentation.

Every question is a function call in an expression: ``worth(attacker, energy_truce, given=aim == peace) > 0``. The table
says what each position and keyword must be; `KINDS` says in words what each kind looks like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "actor",
    "actors",
    "change",
    "option",
    "condition",
    "evidence",
    "evidence list",
    "event",
    "quantity",
    "date",
    "posture",
    "bound posture",
    "rule",
    "hidden",
]

KINDS: Mapping[Kind, str] = {
    "actor": "an actor",
    "actors": "an actor, or a list of actors in square brackets",
    "change": "a deal, MOVE.OPTION, set(variable=value), or a list of these in square brackets",
    "option": "MOVE.OPTION",
    "condition": "a condition on hidden variables, such as aim == peace",
    "evidence": "the id of a piece of evidence",
    "evidence list": "the id of a piece of evidence, or a list of ids in square brackets",
    "event": "a condition on state variables, such as truce == full",
    "quantity": "an expression over state variables",
    "date": 'a date in quotes, such as "2025-12", or the number of a period',
    "posture": "a posture of the actor",
    "bound posture": "ACTOR.POSTURE",
    "rule": "expected, maximin or regret",
    "hidden": "a hidden variable",
}

RULES = ("expected", "maximin", "regret")


@dataclass(frozen=True)
class Question:
    """One function.

    Attributes:
        name: what it is called.
        arguments: name and kind of each position, in order; all are needed.
        optional: name and kind of positions that may be left out, after the others.
        keywords: the kind of each keyword; each may be left out.
        choose_one: keywords of which at most one may be given.
        says: its meaning, in one line.
        unit: what kind of number it gives.
    """

    name: str
    arguments: tuple[tuple[str, Kind], ...]
    says: str
    unit: Literal["payoff", "share", "probability", "ratio", "as asked"]
    optional: tuple[tuple[str, Kind], ...] = ()
    keywords: Mapping[str, Kind] = field(default_factory=dict)
    choose_one: tuple[str, ...] = ()

    @property
    def signature(self) -> str:
        """How it is written, for messages and documentation."""
        parts = [name for name, _ in self.arguments]
        parts += [f"[{name}]" for name, _ in self.optional]
        parts += [f"{name}=..." for name in self.keywords]
        return f"{self.name}({', '.join(parts)})"


_IF: Mapping[str, Kind] = {"given": "condition", "under": "bound posture"}
_IF_AFTER: Mapping[str, Kind] = {**_IF, "after": "change"}

_TABLE = (
    Question(
        "value",
        (("actor", "actor"),),
        "What the actor can expect from here on.",
        "payoff",
        keywords=_IF_AFTER,
    ),
    Question(
        "worth",
        (("actor", "actor"), ("change", "change")),
        "What a change is worth to the actor: its value after the change minus its value as things are "
        "(or after `than`).",
        "payoff",
        keywords={"than": "change", **_IF},
    ),
    Question(
        "worth_share",
        (("actor", "actor"), ("change", "change")),
        "The worth of a change as a share of the actor's stake.",
        "share",
        keywords={"than": "change", **_IF},
    ),
    Question(
        "stake",
        (("actor", "actor"),),
        "The spread between the actor's best and worst reachable end, in the world where it is largest.",
        "payoff",
    ),
    Question(
        "choice",
        (("option", "option"),),
        "The chance that the option is taken when its move next comes up.",
        "probability",
        keywords=_IF_AFTER,
    ),
    Question(
        "belief",
        (("condition", "condition"),),
        "The public's probability that the condition is true.",
        "probability",
        keywords={"given": "condition"},
    ),
    Question(
        "prior",
        (("condition", "condition"),),
        "The same before any evidence.",
        "probability",
        keywords={"given": "condition"},
    ),
    Question(
        "likelihood",
        (("evidence", "evidence"),),
        "How probable the piece of evidence was just before it came.",
        "probability",
        keywords={"given": "condition"},
    ),
    Question(
        "bayes_factor",
        (("evidence", "evidence"), ("condition", "condition"), ("against", "condition")),
        "How many times more probable the evidence was under the first condition than under the second.",
        "ratio",
    ),
    Question(
        "gain",
        (("actor", "actor"), ("evidence", "evidence list")),
        "What the actor gained by the observed move, against what was expected just before; summed over a list.",
        "payoff",
    ),
    Question(
        "gain_share",
        (("actor", "actor"), ("evidence", "evidence list")),
        "The gain as a share of the actor's stake.",
        "share",
    ),
    Question(
        "chance",
        (("event", "event"),),
        "The probability of a public event: at the end of the period of `on`, or of any period up to `by` "
        "(the horizon, if neither is given).",
        "probability",
        keywords={"by": "date", "on": "date", **_IF_AFTER},
        choose_one=("by", "on"),
    ),
    Question(
        "expected",
        (("quantity", "quantity"),),
        "The expectation of a public quantity at the end of the period of `on` (the last period, if not given).",
        "as asked",
        keywords={"on": "date", **_IF_AFTER},
    ),
    Question(
        "lead",
        (("actor", "actor"), ("posture", "posture")),
        "How far the posture is ahead of the actor's next best by the rule; negative when behind.",
        "payoff",
        keywords={"rule": "rule"},
    ),
    Question(
        "information_value",
        (("actor", "actor"),),
        "What it is worth to the actor to know a hidden variable (or, without `about`, the whole world) before it "
        "chooses a posture.",
        "payoff",
        keywords={"about": "hidden"},
    ),
    Question(
        "turning_belief",
        (("actor", "actor"), ("posture", "posture"), ("condition", "condition")),
        "The smallest belief in the condition from which the posture is best by expected value; 1 if it never is.",
        "probability",
    ),
    Question(
        "deal_share",
        (),
        "Of the named deals that all of `accepted_by` prefer to none, the share in which all of `harms` lose.",
        "share",
        keywords={"accepted_by": "actors", "harms": "actors"},
    ),
)

QUESTIONS: Mapping[str, Question] = {question.name: question for question in _TABLE}

# `set(aid=cut, strength=0.5)` is no question but a change: any state variable may be a keyword.
SET = "set"
