"""The block ``estimate``: formulas of assumptions, and columns that tell what can be seen in the game."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from longgame.errors import Problem
from longgame.scenario.checks import evidence
from longgame.scenario.context import Context
from longgame.scenario.estimate import Estimate, Told
from longgame.scenario.evidence import Evidence
from longgame.scenario.expand.told import with_evidence, words_of
from longgame.scenario.places import Path
from longgame.scenario.regression import formula_problems
from longgame.text import listed

_FORMS = ("move", "chance", "means")
_WORDS = {"took": "move", "by": "move", "happened": "chance"}
_EVIDENCE = (evidence.evidence_says_one_thing, evidence.evidence_is_of_a_step, evidence.evidence_is_in_order)


def estimate_is_sound(context: Context) -> Iterator[Problem]:
    """Everything that is to be said of the block without the file of cases."""
    estimate = context.scenario.estimate
    if estimate is None:
        return
    yield from formula_problems(context, estimate)
    yield from _coefficients(context, estimate)
    yield from _noise(context, estimate)
    if bool(estimate.evidence) == bool(estimate.plays):
        found = "both" if estimate.plays else "neither"
        yield context.problem("estimate-evidence", ("estimate",), "`evidence` or `plays`", found, key=True)
    if estimate.plays and estimate.count is not None:
        expected = "`count` beside `evidence`; each of `plays` has its own"
        yield context.problem("estimate-evidence", ("estimate", "count"), expected, "`plays`", key=True)
    for index, told in enumerate(estimate.evidence):
        yield from _told(context, told, ("estimate", "evidence", index))
    for index, plays in enumerate(estimate.plays):
        yield from _pieces(context, plays.evidence, ("estimate", "plays", index))


def _coefficients(context: Context, estimate: Estimate) -> Iterator[Problem]:
    for name, given in estimate.coefficients.items():
        path: Path = ("estimate", "coefficients", name)
        if given.bounds is None:
            continue
        low, high = given.bounds
        if low >= high:
            expected = "[lowest, highest], the first below the second"
            yield context.problem("coefficient-bounds", (*path, "bounds"), expected, f"[{low:g}, {high:g}]")
        elif not low <= given.start <= high:
            expected = f"a start within its bounds, [{low:g}, {high:g}]"
            yield context.problem("coefficient-start", (*path, "start"), expected, f"{given.start:g}")


def _noise(context: Context, estimate: Estimate) -> Iterator[Problem]:
    if estimate.noise != "normal":
        return
    path: Path = ("estimate", "noise")
    if context.scenario.solver.noise == "tastes":
        yield context.problem("normal-noise", path, "`noise: logit` where noise is read as tastes", "`normal`")
    many = [step.name for step in context.steps if step.kind != "chance" and len(step.options) > 2]
    if many and all(option.when is None for step in context.steps for option in step.options if step.name in many):
        fix = "Leave `noise: normal` out: choice is then logit, with any number of options."
        yield context.problem("normal-noise", path, "moves with two options", f"more at {listed(many)}", fix)


def _told(context: Context, told: Told, path: Path) -> Iterator[Problem]:
    forms = [form for form in _FORMS if getattr(told, form) is not None]
    if len(forms) != 1:
        found = " and ".join(f"`{form}`" for form in forms) or "none of them"
        yield context.problem("estimate-evidence", path, "`move`, `chance` or `means`", found, key=True)
        return
    for key, form in _WORDS.items():
        if getattr(told, key) and form not in forms:
            expected = f"`{key}` beside `{form}`"
            yield context.problem("estimate-evidence", (*path, key), expected, f"`{forms[0]}`", key=True)
            return
    words = words_of(context.steps, told)
    given = told.means if told.means is not None else told.took or told.happened
    if not words:  # the step is not there
        words = {"": (Evidence.model_validate({"on": told.on, "move": told.move, "took": "x", "by": told.by}),)}
    for word, pieces in words.items():
        key = next((key for key in ("means", "took", "happened") if given and word in (getattr(told, key) or {})), None)
        yield from _pieces(context, pieces, path if key is None else (*path, key, word))


def _pieces(context: Context, pieces: Sequence[Evidence], path: Path) -> Iterator[Problem]:
    """What is wrong with pieces of evidence that are written at a path, or made of what stands there."""
    for piece in pieces:
        kind = next((kind for kind in ("seen", "quiet", "between", "p") if getattr(piece, kind) is not None), None)
        if kind is not None:
            expected = "evidence of single moves and chance events, without doubt"
            yield context.problem("estimate-evidence", path, expected, f"`{kind}`", key=True)
            return
    alone = Context(with_evidence(context.scenario, tuple(pieces)))
    for problem in {p: None for check in _EVIDENCE for p in check(alone) if p.severity == "error"}:
        if problem.code == "secret-taken":  # who counts plays may know what the players did not see
            continue
        yield replace(problem, where=context.scenario.place(path))


CHECKS = (estimate_is_sound,)
