"""The questions that a solved game answers, as data: one table for the checks, the evaluator and the documentation.

Every question is a function call in an expression: ``worth(attacker, energy_truce, given=aim == peace) > 0``. The table
says what each position and keyword must be; `ARGUMENTS` says in words what each looks like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal


class Kind(Enum):
    """What a number is, so that it can be shown in its own way."""

    NUMBER = "number"
    PROBABILITY = "probability"
    PAYOFF = "payoff"
    SHARE = "share of stake"
    FACTOR = "factor"
    TRUTH = "truth"


Argument = Literal[
    "actor",
    "actors",
    "change",
    "ladder",
    "deals",
    "deal",
    "option",
    "condition",
    "evidence",
    "evidence list",
    "event",
    "quantity",
    "date",
    "deadline",
    "posture",
    "bound posture",
    "rule",
    "hidden",
    "clause",
    "bundle",
    "account",
]

ARGUMENTS: Mapping[Argument, str] = {
    "actor": "an actor",
    "actors": "an actor, or a list of actors in square brackets",
    "change": "a deal, MOVE.OPTION, set(variable=value), or a list of these in square brackets",
    "ladder": "a ladder, or a list of changes in square brackets",
    "deals": "a deal, or a list of deals in square brackets",
    "deal": "a deal",
    "option": "MOVE.OPTION",
    "condition": "a condition on hidden variables, such as aim == peace",
    "evidence": "the id of a piece of evidence",
    "evidence list": "the id of a piece of evidence, or a list of ids in square brackets",
    "event": "a condition on state variables, such as truce == full",
    "quantity": "an expression over state variables",
    "date": 'a date in quotes, such as "2025-12", or the number of a period',
    "deadline": 'a date in quotes, such as "2025-12", or the number of a period: until the end of it',
    "posture": "a posture of the actor",
    "bound posture": "ACTOR.POSTURE",
    "rule": "expected, maximin or regret",
    "hidden": "a hidden variable",
    "clause": "a clause",
    "bundle": "clauses in square brackets, such as [truce == full, payment == 1, aid_ends]",
    "account": "an account",
}

RULES = ("expected", "maximin", "regret")


@dataclass(frozen=True)
class Form:
    """One function of the language of questions.

    Attributes:
        name: what it is called.
        arguments: name and kind of each position, in order; all are needed.
        optional: name and kind of positions that may be left out, after the others.
        keywords: the kind of each keyword; each may be left out.
        choose_one: keywords of which at most one may be given.
        says: its meaning, in one line.
        kind: what kind of number it gives.
    """

    name: str
    arguments: tuple[tuple[str, Argument], ...]
    says: str
    kind: Kind
    optional: tuple[tuple[str, Argument], ...] = ()
    keywords: Mapping[str, Argument] = field(default_factory=dict)
    choose_one: tuple[str, ...] = ()

    @property
    def positions(self) -> tuple[tuple[str, Argument], ...]:
        """Every position, those that may be left out last."""
        return (*self.arguments, *self.optional)

    @property
    def shortest(self) -> str:
        """How it is written with no more than it needs."""
        return f"{self.name}({', '.join(name for name, _ in self.arguments) or '...'})"

    @property
    def parameters(self) -> Mapping[str, Argument]:
        """Every position and keyword by name."""
        return {**dict(self.positions), **self.keywords}

    @property
    def signature(self) -> str:
        """How it is written, for messages and documentation."""
        parts = [name for name, _ in self.arguments]
        parts += [f"[{name}]" for name, _ in self.optional]
        parts += [f"{name}=..." for name in self.keywords]
        return f"{self.name}({', '.join(parts)})"


_IF: Mapping[str, Argument] = {"given": "condition", "under": "bound posture"}
_IF_AFTER: Mapping[str, Argument] = {**_IF, "after": "change"}
_OF_POSTURES: Mapping[str, Argument] = {"given": "condition", "after": "change"}

_TABLE = (
    Form(
        "value",
        (("actor", "actor"),),
        "What the actor can expect from here on.",
        Kind.PAYOFF,
        keywords=_IF_AFTER,
    ),
    Form(
        "worth",
        (("actor", "actor"), ("change", "change")),
        "What a change is worth to the actor: its value after the change minus its value as things are "
        "(or after `than`).",
        Kind.PAYOFF,
        keywords={"than": "change", **_IF},
    ),
    Form(
        "worth_share",
        (("actor", "actor"), ("change", "change")),
        "The worth of a change as a share of the actor's stake.",
        Kind.SHARE,
        keywords={"than": "change", **_IF},
    ),
    Form(
        "reservation",
        (("actor", "actor"), ("ladder", "ladder")),
        "The last step of a ladder that is worth no less to the actor than none of it; between two steps, where on the "
        "way to the one that it would not take its worth comes to nothing.",
        Kind.NUMBER,
        keywords={"than": "change", **_IF},
    ),
    Form(
        "withhold",
        (("by", "actor"), ("actor", "actor")),
        "What the second actor loses if the first keeps to that of its postures that is worst for it (or to `posture`);"
        " with `to`, what that actor loses by the same.",
        Kind.PAYOFF,
        keywords={"posture": "posture", "to": "actor", **_OF_POSTURES},
    ),
    Form(
        "stake",
        (("actor", "actor"),),
        "The spread between the actor's best and worst reachable end, in the world where it is largest.",
        Kind.PAYOFF,
    ),
    Form(
        "choice",
        (("option", "option"),),
        "The chance that the option is taken when its move next comes up.",
        Kind.PROBABILITY,
        keywords=_IF_AFTER,
    ),
    Form(
        "belief",
        (("condition", "condition"),),
        "The public's probability that the condition is true.",
        Kind.PROBABILITY,
        keywords={"given": "condition"},
    ),
    Form(
        "prior",
        (("condition", "condition"),),
        "The same before any evidence.",
        Kind.PROBABILITY,
        keywords={"given": "condition"},
    ),
    Form(
        "likelihood",
        (("evidence", "evidence"),),
        "How probable the piece of evidence was just before it came.",
        Kind.PROBABILITY,
        keywords={"given": "condition"},
    ),
    Form(
        "prior_predictive",
        (("evidence", "evidence"),),
        "How probable the piece of evidence was at the start, before it and all other evidence.",
        Kind.PROBABILITY,
        keywords={"given": "condition"},
    ),
    Form(
        "bayes_factor",
        (("evidence", "evidence"), ("condition", "condition"), ("against", "condition")),
        "How many times more probable the evidence was under the first condition than under the second.",
        Kind.FACTOR,
    ),
    Form(
        "gain",
        (("actor", "actor"), ("evidence", "evidence list")),
        "What the actor gained by the observed move, against what was expected just before; summed over a list.",
        Kind.PAYOFF,
    ),
    Form(
        "gain_share",
        (("actor", "actor"), ("evidence", "evidence list")),
        "The gain as a share of the actor's stake.",
        Kind.SHARE,
    ),
    Form(
        "chance",
        (("event", "event"),),
        "The probability of a public event: at the end of the period of `on`, or of any period up to `by` "
        "(the horizon, if neither is given).",
        Kind.PROBABILITY,
        keywords={"by": "deadline", "on": "date", **_IF_AFTER},
        choose_one=("by", "on"),
    ),
    Form(
        "agreement",
        (("deals", "deals"),),
        "The probability that one of the deals is in force, all its clauses being as it sets them: at the end of the "
        "period of `on`, or of any period up to `by` (the horizon, if neither is given).",
        Kind.PROBABILITY,
        keywords={"by": "deadline", "on": "date", **_IF_AFTER},
        choose_one=("by", "on"),
    ),
    Form(
        "holds_until",
        (("deal", "deal"), ("until", "deadline")),
        "The probability that the deal, made now, still stands at the end of the date, and of every period before.",
        Kind.PROBABILITY,
        keywords=_IF,
    ),
    Form(
        "keeps",
        (("actor", "actor"), ("deal", "deal")),
        "What the actor gains by keeping the deal, made now, against breaking it by its best option: in the period of "
        "`on`, or the first time that it can break it.",
        Kind.PAYOFF,
        keywords={"on": "date", **_IF},
    ),
    Form(
        "present",
        (("event", "event"),),
        "The probability that a public condition holds at the moment of the question, given the evidence so far.",
        Kind.PROBABILITY,
        keywords={"given": "condition"},
    ),
    Form(
        "expected",
        (("quantity", "quantity"),),
        "The expectation of a public quantity at the end of the period of `on` (the last period, if not given).",
        Kind.NUMBER,
        keywords={"on": "date", **_IF_AFTER},
    ),
    Form(
        "lead",
        (("actor", "actor"), ("posture", "posture")),
        "How far the posture is ahead of the actor's next best by the rule; negative when behind.",
        Kind.PAYOFF,
        keywords={"rule": "rule", **_OF_POSTURES},
    ),
    Form(
        "best_posture",
        (("actor", "actor"),),
        "The posture that is best by the rule, compared with one: best_posture(actor) == posture. Its margin is the "
        "lead of that posture.",
        Kind.TRUTH,
        keywords={"rule": "rule", **_OF_POSTURES},
    ),
    Form(
        "information_value",
        (("actor", "actor"),),
        "What it is worth to the actor to know a hidden variable (or, without `about`, the whole world) before it "
        "chooses a posture.",
        Kind.PAYOFF,
        keywords={"about": "hidden", "after": "change"},
    ),
    Form(
        "turning_belief",
        (("actor", "actor"), ("posture", "posture"), ("condition", "condition")),
        "The smallest belief in the condition from which the posture is best by expected value; 1 if it never is.",
        Kind.PROBABILITY,
        keywords={"after": "change"},
    ),
    Form(
        "turning_chance",
        (("actor", "actor"), ("posture", "posture")),
        "The probability that play comes, now or at the start of a period up to the end of `by`, to where the posture "
        "is better for the actor than every other from then on, by expected value.",
        Kind.PROBABILITY,
        keywords={"by": "deadline", "given": "condition", "after": "change"},
    ),
    Form(
        "deal_share",
        (),
        "Of the named deals by which none of `accepted_by` loses and one of them gains, the share in which all of "
        "`harms` lose.",
        Kind.SHARE,
        keywords={"accepted_by": "actors", "harms": "actors"},
    ),
    Form(
        "menu_share",
        (),
        "Of all bundles of the scenario's clauses by which each of `accepted_by` gains, the share by which each of "
        "`harms` loses.",
        Kind.SHARE,
        keywords={"accepted_by": "actors", "harms": "actors"},
    ),
    Form(
        "would_sign",
        (("actor", "actor"), ("change", "change")),
        "Whether the actor gains by a change.",
        Kind.TRUTH,
        keywords=_IF,
    ),
    Form(
        "in_zone",
        (("change", "change"),),
        "Whether none of the actors `between` whom it is (all, if left out) loses by a change and one of them gains.",
        Kind.TRUTH,
        keywords={"between": "actors", **_IF},
    ),
    Form(
        "shapley",
        (("actor", "actor"), ("clause", "clause"), ("bundle", "bundle")),
        "What the clause adds to the worth of the bundle to the actor: the mean over all orders in which the clauses "
        "could be added.",
        Kind.PAYOFF,
        keywords=_IF,
    ),
    Form(
        "account_worth",
        (("actor", "actor"), ("account", "account")),
        "What it is worth to the actor that all that an account says comes into force, and not what is (or what the "
        "account `than` says).",
        Kind.PAYOFF,
        keywords={"than": "account", **_IF},
    ),
)

QUESTIONS: Mapping[str, Form] = {form.name: form for form in _TABLE}

# Stands only in a comparison with a posture: `best_posture(actor) == posture`.
BEST = "best_posture"

# `set(aid=cut, strength=0.5)` is no question but a change: any state variable may be a keyword.
SET = "set"
