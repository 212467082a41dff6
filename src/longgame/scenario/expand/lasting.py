"""Deals that last, spelled out: their time runs down, they lapse, and who breaks one pays for it.

    DEAL.ACTOR     a move before that, when its last period is over, of each who must agree that it goes on
    DEAL.time      a chance step before all others, while the deal is on: one period less is left; after the last, what
                   the deal set is as it was before
    striking       sets the clauses and the count, and remembers what was before; once more, and it lasts longer
    breaking       any option or outcome that sets a clause to something else ends the deal; of its mover, for its price
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from longgame.scenario.clock import DateError
from longgame.scenario.expand.amounts import choices_of
from longgame.scenario.expand.flat import FlatOption, FlatStep
from longgame.scenario.formulas import Cases, Expression
from longgame.scenario.language.expressions import Binary, IfElse, Name, Node, Number, Unary, balanced
from longgame.scenario.lasting import Lasting, left_of, periods_of, run_down
from longgame.scenario.model import Deal, Offer, Scenario

LASTS = "lasts"
LAPSES = "lapses"
EXTEND, LET_LAPSE = "extend", "let_lapse"


def lasting_deals(scenario: Scenario) -> dict[str, Lasting]:
    """The deals that last, of those that can be offered; one that cannot be read is none."""
    found: dict[str, Lasting] = {}
    for step in scenario.period:
        for name, deal in step.deals.items() if isinstance(step, Offer) else ():
            made = _lasting(scenario, name, deal)
            if made is not None:
                found.setdefault(name, made)
    for name in scenario.clauses:
        found |= lasting_clauses(scenario, name)
    return found


def lasting_clauses(scenario: Scenario, name: str) -> dict[str, Lasting]:
    """What a clause sets for a time, by how its time is called; extended by the first of its times."""
    clause = scenario.clauses[name]
    made = {
        called: _for_a_time(scenario, called, settings, clause.times, clause.breach)
        for called, settings in clause.settings(name).items()
    }
    return {called: replace(one, extend=clause.extend) for called, one in made.items() if one is not None}


def _lasting(scenario: Scenario, name: str, deal: Deal) -> Lasting | None:
    return None if deal.lasts is None else _for_a_time(scenario, name, deal.set, (deal.lasts,), deal.breach)


def _for_a_time(
    scenario: Scenario,
    name: str,
    settings: Mapping[str, Expression | Cases],
    times: Sequence[str],
    breach: Mapping[str, Expression | Cases],
) -> Lasting | None:
    """What is set for the first of some times; None where it cannot be read."""
    if not times or not all(variable in scenario.state for variable in settings):
        return None
    try:
        periods = [periods_of(time, scenario.clock.step) for time in times]
        after, more = run_down(left_of(name), times[0], scenario.clock.pace)
    except DateError:
        return None
    starts = {variable: scenario.state[variable].start.tree for variable in settings}
    return Lasting(name, periods[0], _trees(settings), starts, _trees(breach), after, more)


def _trees(formulas: Mapping[str, Expression | Cases]) -> dict[str, Node]:
    return {name: formula.tree for name, formula in formulas.items()}


def clauses_of(scenario: Scenario, name: str, deal: Deal) -> dict[str, Node]:
    """What is set when a deal is struck: its clauses, and what remembers a deal that lasts."""
    lasting = _lasting(scenario, _written(scenario, name), deal)
    return _trees(deal.set) | (lasting.struck() if lasting else {})


def with_ends_of(scenario: Scenario, name: str, deal: Deal) -> dict[str, Node]:
    """All that is set when a deal is struck, with the end of the deals that set the same otherwise.

    What was before a deal that is on counts as what was before the new one; a deal for good is what one that sets the
    same for a time goes back to.
    """
    lasting = _lasting(scenario, _written(scenario, name), deal)
    deals = list(lasting_deals(scenario).values())
    sets = _trees(deal.set) | (lasting.struck(deals=deals) if lasting else {})
    remembered = {
        other.was(v): IfElse(other.on, sets[v], Name(other.was(v)))
        for other in deals if lasting is None
        for v in sets.keys() & other.clauses.keys()
    }  # fmt: skip
    return sets | remembered | _ended(deals, sets, scenario.state.keys())


def _written(scenario: Scenario, name: str) -> str:
    """What a deal is called in its offer, whatever amount is offered with it."""
    for step in scenario.period:
        if isinstance(step, Offer) and step.amount:
            numbers = [chosen for chosen in choices_of(scenario, step.amount) if chosen is not None]
            for written in step.deals:
                if name in {chosen.option(written) for chosen in numbers}:
                    return written
    return name


def with_time(scenario: Scenario, flat: Sequence[FlatStep]) -> Iterator[FlatStep]:
    """The steps of a period, with the time of deals running down before them and with what ends a deal."""
    deals = list(lasting_deals(scenario).values())
    on = {deal.name: (deal, deal.on) for deal in deals}
    start = 0
    for deal in deals:
        end = start + len(deal.extend) + 1
        for number, actor in enumerate(deal.extend, start=1):
            again = deal.struck() if number == len(deal.extend) else {}
            following = end if again else start + number
            extend = FlatOption(EXTEND, set=again, signal=EXTEND, next=following, path=("period", 0))
            let_lapse = FlatOption(LET_LAPSE, signal=LET_LAPSE, next=end - 1, path=("period", 0))
            last = Binary("and", deal.on, Unary("not", deal.more))
            yield FlatStep(f"{deal.name}.{actor}", "move", actor, last, (extend, let_lapse), path=("period", 0))
        options = (
            FlatOption(LASTS, p=deal.more, set={deal.left: deal.after}, signal=LASTS, next=end),
            FlatOption(LAPSES, p=Binary("-", Number(1.0), deal.more), set=deal.over(on), signal=LAPSES, next=end),
        )
        yield FlatStep(deal.time, "chance", None, deal.on, options, path=("period", 0))
        start = end
    for step in flat:
        moved = (replace(option, next=option.next + start) for option in step.options)
        options = tuple(_with_endings(option, step, deals, scenario.state.keys()) for option in moved)
        yield replace(step, options=options) if deals else step


def _with_endings(
    option: FlatOption, step: FlatStep, deals: Sequence[Lasting], variables: Set[str]
) -> FlatOption:
    mover = step.habit.by if step.habit else step.by if step.kind == "move" else None
    if option.lottery:
        lottery = []
        for branch in option.lottery:
            sets = {**option.set, **branch.set}
            pay = _paid(branch.pay, deals, {mover: sets}, variables)
            lottery.append(replace(branch, set={**branch.set, **_ended(deals, sets, variables)}, pay=pay))
        return replace(option, lottery=tuple(lottery))
    by: dict[str | None, dict[str, Node]] = {mover: dict(option.set)}
    for variable, actor in option.own.items():
        by.setdefault(actor, {})[variable] = option.set[variable]
    sets = {**option.set, **_ended(deals, option.set, variables)}
    return replace(option, set=sets, pay=_paid(option.pay, deals, by, variables))


def _breaking(deal: Lasting, sets: Mapping[str, Node], variables: Set[str]) -> Node | None:
    """Where an effect ends a deal; None: nowhere."""
    touched = [variable for variable in deal.clauses if variable in sets and deal.left not in sets]
    each = [_differs(sets[variable], deal.clauses[variable], variables) for variable in touched]
    differs = [one for one in each if one != Number(0.0)]
    return Binary("and", deal.on, balanced("or", differs)) if differs else None


def _ended(deals: Sequence[Lasting], sets: Mapping[str, Node], variables: Set[str]) -> dict[str, Node]:
    """What is set beside an effect, as it ends deals."""
    each = [(deal, _breaking(deal, sets, variables)) for deal in deals]
    ended = [(deal, here) for deal, here in each if here is not None]
    stays = {deal.name: (deal, deal.on) for deal in deals}
    stays |= {deal.name: (deal, Binary("and", deal.on, Unary("not", here))) for deal, here in ended}
    found: dict[str, Node] = {}
    for deal, here in ended:
        for name, value in deal.over(stays).items():
            if name not in sets:
                found[name] = IfElse(here, value, found.get(name, Name(name)))
    return found


def _differs(value: Node, clause: Node, variables: Set[str]) -> Node:
    """Whether a new value is another than that of a clause, which is a word or a number."""
    if isinstance(value, IfElse):
        then, otherwise = (_differs(way, clause, variables) for way in (value.then, value.otherwise))
        return IfElse(value.test, then, otherwise)
    word = isinstance(value, Name) and isinstance(clause, Name) and value.id not in variables
    plain = isinstance(value, Number) and isinstance(clause, Number)
    return Number(float(value != clause)) if word or plain else Binary("!=", value, clause)


def _paid(
    pay: Mapping[str, Node], deals: Sequence[Lasting], by: Mapping[str | None, Mapping[str, Node]], variables: Set[str]
) -> dict[str, Node]:
    """What is paid, with the price of what somebody ends of its own accord. ``by``: who moves -> what it sets."""
    found = dict(pay)
    for mover, sets in by.items():
        for deal in deals:
            here = _breaking(deal, sets, variables) if mover in deal.breach else None
            if mover is not None and here is not None:
                price = IfElse(here, deal.breach[mover], Number(0.0))
                found[mover] = Binary("-", found.get(mover, Number(0.0)), price)
    return found
