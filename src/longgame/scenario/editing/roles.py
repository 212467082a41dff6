"""What a formula is for, told from where it stands alone: so that it is known before there is one."""

from __future__ import annotations

from longgame.scenario import context
from longgame.scenario.context import Role
from longgame.scenario.places import Path

_EFFECTS = ((("set", "*"), context.SET), (("pay", "*"), context.PAY), (("becomes", "*", "*"), context.BECOMES))
_NONE = Role("")
_ROLES: tuple[tuple[tuple[str, ...], Role], ...] = (
    (("actors", "*", "rationality"), context.RATIONALITY),
    (("actors", "*", "lambda"), context.RATIONALITY),
    (("actors", "*", "discount"), context.DISCOUNT),
    (("definitions", "*"), context.DEFINITION),
    (("state", "*", "start"), context.START),
    (("hidden", "*", "values", "*"), context.PRIOR),
    (("worlds", "*", "p"), context.PRIOR),
    (("period", "*", "when"), context.GUARD),
    (("period", "*", "set", "*"), context.SET),
    (("period", "*", "pay", "*"), context.PAY),
    (("period", "*", "moves", "*", "*", "when"), context.GUARD),
    (("period", "*", "moves", "*", "*", "set", "*"), context.SET),
    (("period", "*", "moves", "*", "*", "pay", "*"), context.PAY),
    (("period", "*", "options", "*", "when"), context.GUARD),
    (("period", "*", "options", "*", "lottery", "*", "p"), context.LOTTERY),
    (("period", "*", "options", "*", "lottery", "*", "set", "*"), context.SET),
    (("period", "*", "options", "*", "lottery", "*", "pay", "*"), context.PAY),
    (("period", "*", "inertia"), context.INERTIA),
    (("period", "*", "outcomes", "*", "p"), context.ODDS),
    *(
        (("period", "*", block, "*", *effect), role)
        for block in ("options", "outcomes")
        for effect, role in _EFFECTS
    ),
    (("period", "*", "deals", "*", "when"), context.GUARD),
    (("period", "*", "deals", "*", "pay", "*"), context.DEAL_PAY),
    (("period", "*", "deals", "*", "breach", "*"), context.DEAL_PAY),
    *((("period", "*", "deals", "*", key), _NONE) for key in ("pay", "breach", "lasts", "says")),
    (("period", "*", "deals", "*", "*"), context.CLAUSE),
    (("accounts", "*", "found_out"), context.FOUND_OUT),
    (("clauses", "*", "set", "*"), context.CLAUSE),
    (("clauses", "*", "pay", "*"), context.DEAL_PAY),
    (("clauses", "*", "breach", "*"), context.DEAL_PAY),
    (("deals", "*", "when"), context.GUARD),
    (("deals", "*", "pay", "*"), context.DEAL_PAY),
    *((("deals", "*", key), _NONE) for key in ("pay", "says")),
    (("deals", "*", "*"), context.CLAUSE),
    (("period", "*", "true when", "*"), context.TRUTH),
    (("period", "*", "costs", "lie"), context.PAY),
    (("payoffs", "*"), context.PAYOFF),
    (("end_values", "*"), context.END_VALUE),
    (("ends", "*", "when"), context.END),
    (("ends", "*", "values", "*"), context.END_VALUE),
    (("postures", "*", "*", "*", "when"), context.CONDUCT),
    (("forecasts", "*", "event"), context.EVENT),
    (("evidence", "*", "seen", "*"), context.SEEN),
    (("evidence", "*", "p"), context.RELIABILITY),
    (("solver", "near", "*", "*"), context.NEAR),
)

SHARES = (context.PRIOR, context.LOTTERY, context.ODDS, context.BECOMES)
"""The roles of probabilities, one of which may be ``rest``."""


def role_at(path: Path) -> Role | None:
    """What the formula at a path is for, if one can stand there; that of cases is that of the formula they make."""
    found = next((role for pattern, role in _ROLES if _matches(pattern, path)), None)
    return found if found is not None and found.words else None


def target_at(path: Path) -> str | None:
    """The state variable whose value is given at a path, if one is: a word of it may stand there."""
    role = role_at(path)
    if role is context.START:
        return str(path[1])
    if role in (context.SET, context.CLAUSE, context.SEEN):
        place = next(len(pattern) for pattern, found in _ROLES if found is role and _matches(pattern, path))
        return str(path[place - 1])
    return None


def is_question(path: Path) -> bool:
    """Whether a question stands at a path."""
    return path[:1] == ("claims",) and (path[2:] == ("holds",) or (len(path) == 4 and path[2] == "shows"))


def is_formula(path: Path) -> bool:
    """Whether an expression or a question stands at a path."""
    return is_question(path) or role_at(path) is not None


def _matches(pattern: tuple[str, ...], path: Path) -> bool:
    """Whether a path begins with a pattern; what follows are cases."""
    return len(path) >= len(pattern) and all(part in ("*", given) for part, given in zip(pattern, path, strict=False))
