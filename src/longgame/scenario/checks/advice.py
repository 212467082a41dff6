"""Warnings: numbers without a source, parts that nothing uses, units that do not agree. They never stop a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from longgame.errors import Problem
from longgame.scenario import clock as calendar
from longgame.scenario.actions import amounts_of
from longgame.scenario.context import Context, Slot, names_of
from longgame.scenario.expand import tabled
from longgame.scenario.expand.lasting import lasting_deals
from longgame.scenario.formulas import Expression, Unreadable, leaves
from longgame.scenario.language.expressions import Node, Number, names_in
from longgame.scenario.language.units import Unit, Units, parse_unit, words_of
from longgame.scenario.model import Scenario
from longgame.scenario.places import Path
from longgame.text import listed

JUDGEMENT = "judgement"


def numbers_have_sources(context: Context) -> Iterator[Problem]:
    """Every assumption, prior and piece of evidence says where it is from; a judgement says why."""
    scenario = context.scenario
    estimated = {} if scenario.estimate is None else scenario.estimate.formulas
    for name, assumption in scenario.assumptions.items():
        if name in estimated:  # the cases are its source
            continue
        yield from _sourced(context, ("assumptions", name), assumption, "the number")
    for name, hidden in scenario.hidden.items():
        if any(prior is not None and names_of(prior) <= {"rest"} for prior in hidden.values.values()):
            yield from _sourced(context, ("hidden", name), hidden, "the prior")
    priors = any(names_of(world.p) <= {"rest"} and world.p.tree != Number(0.0) for world in scenario.worlds)
    if priors and not any(scenario.hidden[name].source or scenario.hidden[name].because for name in tabled(scenario)):
        fix = "Add `source: ...` or `because: ...` to one of the hidden variables."
        yield context.warning("no-source", ("worlds",), "a source of the priors", "none", fix)
    for index, piece in enumerate(scenario.evidence):
        if not piece.source and not piece.because:
            fix = "Add `source: ...`, where it was reported."
            path: Path = ("evidence", index)
            yield context.warning("no-source", path, "a source", "none", fix)


def _sourced(context: Context, path: Path, block: Any, what: str) -> Iterator[Problem]:
    if not block.source and not block.because:
        fix = f"Add `source: ...`, or `source: {JUDGEMENT}` with `because: ...`."
        yield context.warning("no-source", path, f"a source of {what}", "none", fix)
    elif block.source.lower() in (JUDGEMENT, "judgment") and not block.because:
        path, fix = (*path, "source"), "Add `because: ...`."
        yield context.warning("no-reason", path, "a reason for a judgement", "none", fix, key=False)


def parts_are_used(context: Context) -> Iterator[Problem]:
    """Every assumption, definition, state variable and hidden variable has some effect."""
    used = _used_names(context)
    kinds = (
        ("assumptions", "an assumption that is used"),
        ("definitions", "a definition that is used"),
        ("state", "a state variable that something depends on"),
        ("hidden", "a hidden variable that something depends on"),
    )
    brought = context.scenario.brought
    amounts = {
        name: ("period", index, *inside, name)
        for index, step in enumerate(context.scenario.period)
        for inside, name, _ in amounts_of(step)
    }
    for block, expected in kinds:
        for name in getattr(context.scenario, block):
            path: Path = amounts.get(name, (block, name))
            if name not in used and (name not in brought or name in amounts):
                fix = "Take it out, or use it."
                yield context.warning("unused", path, expected, f"`{name}` nowhere", fix)


def _used_names(context: Context) -> set[str]:
    """The names that something depends on; what somebody is told changes play, if it tells of something else."""
    scenario, used = context.scenario, set[str]()
    changed = {name for step in context.steps for option in step.options for name in option.becomes}
    used |= {
        name for name, hidden in scenario.hidden.items() if hidden.known_to and name in {*tabled(scenario), *changed}
    }
    for slot in context.slots:
        own = {slot.target} if slot.target is not None else set()
        used |= names_of(slot.formula) - own
    for claim in scenario.claims.values():
        for question in (claim.holds, *claim.shows.values()):
            used |= {name.id for name in names_in(question.tree)}
    return used


def deals_end_with_the_game(context: Context) -> Iterator[Problem]:
    """A deal for a time that is on when the clock runs out counts for ever, where no end value says otherwise."""
    scenario = context.scenario
    if scenario.clock.forever:
        return
    without = [actor for actor in scenario.payoffs if actor not in scenario.end_values]
    for name, deal in lasting_deals(scenario).items():
        matters = [actor for actor in without if _depends(scenario, scenario.payoffs[actor].tree, set(deal.clauses))]
        if matters:
            whose = listed([f"`{actor}`" for actor in matters])
            found = f"none for {whose}, to whom `{name}` then counts for ever if it is on when the clock runs out"
            fix = "Add `end_values`, let the clock run on for longer than the deal, or take that as it is."
            yield context.warning("lasts-for-ever", ("payoffs", matters[0]), "an end value", found, fix)


def _depends(scenario: Scenario, tree: Node, names: set[str]) -> bool:
    """Whether an expression rests on one of some state variables, if only through definitions."""
    used, waiting = set[str](), [tree]
    while waiting:
        new = {name.id for name in names_in(waiting.pop())} - used
        used |= new
        waiting += [scenario.definitions[name].tree for name in new & scenario.definitions.keys()]
    return bool(used & names)


def state_variables_move(context: Context) -> Iterator[Problem]:
    """Every state variable is set by something; one that never moves is a constant."""
    scenario = context.scenario
    targets = {slot.target for slot in context.slots if slot.path[0] in ("period", "deals", "clauses")}
    targets |= {name for name, clause in scenario.clauses.items() if clause.values}
    targets |= {name for account in scenario.accounts.values() for name in account.clauses}
    for name in scenario.state.keys() - scenario.brought.keys():
        if name not in targets:
            found, fix = f"`{name}`, which never does", "Nothing sets it. An assumption or a definition would do."
            yield context.warning("never-set", ("state", name), "a state variable that moves", found, fix)


def units_agree(context: Context) -> Iterator[Problem]:
    """Where units are given, what is added, compared or set has the same."""
    units = _known_units(context)
    if not units:
        return
    for slot in context.slots:
        for path, expression in leaves(slot.formula, slot.path):
            if not isinstance(expression, Unreadable):
                yield from _clashes(context, slot, path, expression, units)


def _known_units(context: Context) -> dict[str, Unit]:
    """The units that are given, and those of the definitions that follow from them."""
    scenario = context.scenario
    blocks = (*scenario.assumptions.items(), *scenario.state.items())
    units = {name: parse_unit(block.unit) for name, block in blocks if block.unit}
    working = Units(units, _period_words(context), lambda *_: None)
    for name in context.definitions_in_order if units else ():
        unit = working.of(scenario.definitions[name].tree)
        if unit is not None:
            units[name] = unit
    return units


def unit_of_payoff(context: Context, actor: str) -> str:
    """The unit of an actor's payoff, in words; empty where none is known."""
    units = _known_units(context)
    working = Units(units, _period_words(context), lambda *_: None)
    unit = working.of(context.scenario.payoffs[actor].tree) if units else None
    return words_of(unit) if unit else ""


def _period_words(context: Context) -> frozenset[str]:
    """The words for one period, as units have them: ``month`` and ``1 month``, or ``2 week`` and ``fortnight``."""
    try:
        step = calendar.parse_step(context.scenario.clock.step)
    except calendar.DateError:
        return frozenset()
    words = {f"{step.count} {step.unit}"} | ({step.unit} if step.count == 1 else set())
    return frozenset(words | ({"fortnight"} if (step.count, step.unit) in ((2, "week"), (14, "day")) else set()))


def _clashes(
    context: Context, slot: Slot, path: Path, expression: Expression, units: dict[str, Unit]
) -> Iterator[Problem]:
    found: list[tuple[Node, Unit, Unit]] = []
    working = Units(units, _period_words(context), lambda *clash: found.append(clash))
    whole = working.of(expression.tree)
    if slot.target is not None and not working.agree(whole, units.get(slot.target)):
        assert whole is not None
        found.append((expression.tree, units[slot.target], whole))
    for node, left, right in found:
        yield context.warning("unit", path, f"the unit {words_of(left)}", words_of(right), at=(expression, node))


CHECKS = (numbers_have_sources, parts_are_used, state_variables_move, deals_end_with_the_game, units_agree)
