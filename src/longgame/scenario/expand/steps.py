"""The steps of a period as a flat list: offers taken apart into a proposal and its replies, ``rest`` written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from longgame.scenario.acceptance import Acceptance
from longgame.scenario.expand.amounts import Chosen, asked_for, choices_of
from longgame.scenario.expand.flat import Branch, FlatOption, FlatStep, Odds
from longgame.scenario.expand.habit import habit_step
from longgame.scenario.expand.lasting import with_ends_of, with_time
from longgame.scenario.expand.simultaneous import simultaneous_step
from longgame.scenario.expand.together import profile_name, standing_of
from longgame.scenario.formulas import Cases, Expression, is_rest, one_minus, with_rest
from longgame.scenario.language.expressions import (
    Binary,
    ExpressionError,
    IfElse,
    Name,
    Node,
    Number,
    Unary,
    balanced,
    unparse,
)
from longgame.scenario.model import (
    END_OF_PERIOD,
    Chance,
    Conduct,
    Deal,
    Effects,
    Move,
    Offer,
    Option,
    Scenario,
    Simultaneous,
    Statement,
    Step,
)
from longgame.scenario.places import Path

NO_OFFER = "no_offer"
ACCEPT = "accept"
REJECT = "reject"
Effect = tuple[Mapping[str, Node], Mapping[str, Node]]
"""What a deal sets, and what it pays."""
PERIOD_OVER = "period.over"  # no name of a step in a file has a dot

def steps_of(scenario: Scenario) -> tuple[FlatStep, ...]:
    """The steps of a period, in order, with offers taken apart and every ``then`` turned into an index.

    An unknown ``then`` counts as the next step, so that checks can use this too.
    """
    sizes = [_size(step) for step in scenario.period]
    starts = [sum(sizes[:index]) for index in range(len(sizes) + 1)]
    targets = {step.name: start for step, start in zip(scenario.period, starts, strict=False)}
    targets[END_OF_PERIOD] = starts[-1]
    flat: list[FlatStep] = []
    for index, step in enumerate(scenario.period):
        path: Path = ("period", index)
        after = starts[index + 1]
        if isinstance(step, Offer):
            flat.extend(_offer_steps(scenario, step, starts[index], after, path))
        elif isinstance(step, Move):
            options = tuple(
                made
                for name, option in step.choices.items()
                for made in _options(scenario, name, option, after, targets, (*path, "options", name))
            )
            move = FlatStep(step.move, "move", step.by, _tree(step.when), options, path=path)
            if step.inertia is not None:
                flat.append(habit_step(move, step.inertia.tree, step.stays, after - 1, after))
            flat.append(move)
        elif isinstance(step, Statement):
            words, honest = tuple(_words(step, after, path)), step.start == "honest"
            flat.append(FlatStep(step.name, "move", step.by, _tree(step.when), words, honest=honest, path=path))
        elif isinstance(step, Simultaneous):
            several = simultaneous_step(step, after, path)
            if step.inertia is not None:
                standing = standing_of(step)
                named = None if standing is None else profile_name(standing)
                flat.append(habit_step(several, step.inertia.tree, named, after - 1, after))
            flat.append(several)
        else:
            flat.append(
                FlatStep(
                    step.chance,
                    "chance",
                    None,
                    _tree(step.when),
                    _outcomes(scenario, step, after, targets, path),
                    path=path,
                )
            )
    return tuple(with_time(scenario, [*flat, *_forgetting(scenario, flat)]))


def _size(step: Step) -> int:
    if isinstance(step, Offer):
        return 1 + len(step.deals) * len(step.to)
    return 1 + (isinstance(step, Move | Simultaneous) and step.inertia is not None)


def _forgetting(scenario: Scenario, flat: Sequence[FlatStep]) -> Iterator[FlatStep]:
    """The end of a period, at which what lasts for a period is back at its start."""
    moved = {name for step in flat for option in step.options for name in _all_set(option)}
    passing = {n: v.start.tree for n, v in scenario.state.items() if v.lasts == "period" and n in moved}
    if passing:
        when = balanced("or", [Binary("!=", Name(name), start) for name, start in passing.items()])
        path: Path = ("period", len(scenario.period) - 1)
        back = FlatOption("forgotten", p=Number(1.0), set=passing, signal="forgotten", next=len(flat) + 1, path=path)
        yield FlatStep(PERIOD_OVER, "chance", None, when, (back,), path=path)


def _all_set(option: FlatOption) -> Iterator[str]:
    yield from option.set
    for branch in option.lottery:
        yield from branch.set


def _offer_steps(scenario: Scenario, offer: Offer, start: int, after: int, path: Path) -> Iterator[FlatStep]:
    """The proposal, then for each deal one reply for each replier; the last acceptance sets the clauses."""
    when = _tree(offer.when)
    first_reply = {deal: start + 1 + index * len(offer.to) for index, deal in enumerate(offer.deals)}
    proposals = [FlatOption(NO_OFFER, signal=NO_OFFER, next=after, path=path)]
    for name, deal in offer.deals.items():
        where = (*path, "deals", name)
        for chosen in choices_of(scenario, offer.amount):
            if chosen is None:
                option = FlatOption(name, when=_tree(deal.when), signal=name, next=first_reply[name], path=where)
            else:
                option = FlatOption(
                    chosen.option(name),
                    when=None if deal.when is None else chosen.filled(deal.when.tree),
                    set={chosen.name: Number(chosen.number)},
                    signal=chosen.option(name),
                    next=first_reply[name],
                    path=where,
                    written=name,
                    amount=chosen.number,
                )
            proposals.append(option)
    yield FlatStep(offer.offer, "move", offer.by, when, tuple(proposals), offer=offer.offer, path=path)
    acceptance = _acceptance(offer)
    for name, deal in offer.deals.items():
        where = (*path, "deals", name)
        for index, replier in enumerate(offer.to):
            last = index == len(offer.to) - 1
            following = after if last else first_reply[name] + index + 1
            if acceptance is None:
                effects = (with_ends_of(scenario, name, deal), trees(deal.pay)) if last else ({}, {})
                accept = FlatOption(ACCEPT, set=effects[0], pay=effects[1], signal=ACCEPT, next=following, path=where)
                reject = FlatOption(REJECT, signal=REJECT, next=after, path=where)
            else:
                effects = (with_ends_of(scenario, name, deal), trees(deal.pay)) if last else None
                accept = _answer(ACCEPT, acceptance, replier, effects, following, where)
                reject = _answer(REJECT, acceptance, replier, effects, following, where)
            step_name = f"{offer.offer}.{name}.{replier}"
            yield FlatStep(step_name, "reply", replier, when, (accept, reject), offer.offer, name, path=where)


def _acceptance(offer: Offer) -> Acceptance | None:
    try:
        return offer.acceptance
    except ExpressionError:  # the checks tell of it
        return None


def _answer(
    name: str, acceptance: Acceptance, replier: str, effects: Effect | None, following: int, path: Path
) -> FlatOption:
    """An answer that is remembered; at the last of them the deal is struck, where the rule says so."""
    marked = dict([acceptance.marks[replier]]) if name == ACCEPT and replier in acceptance.marks else {}
    if effects is None:
        return FlatOption(name, set=marked, signal=name, next=following, path=path)
    struck = acceptance.after(replier, name == ACCEPT)
    clauses = {key: IfElse(struck, tree, Name(key)) for key, tree in effects[0].items()}
    pay = {actor: IfElse(struck, tree, Number(0.0)) for actor, tree in effects[1].items()}
    return FlatOption(name, set=marked | clauses, pay=pay, signal=name, next=following, path=path)


def _options(
    scenario: Scenario, name: str, option: Option, after: int, targets: Mapping[str, int], path: Path
) -> Iterator[FlatOption]:
    """An option; where an amount is chosen with it, one for each."""
    plain = _option(scenario, name, option, after, targets, path)
    for chosen in choices_of(scenario, option.amount):
        if chosen is None:
            yield plain
            continue
        kept = {chosen.name: Number(chosen.number)} if asked_for(scenario, chosen.name, int(path[1])) else {}
        lottery = tuple(
            replace(one, p=chosen.filled(one.p), set=chosen.all_filled(one.set), pay=chosen.all_filled(one.pay))
            for one in plain.lottery
        )
        yield replace(
            plain,
            name=chosen.option(name),
            when=None if plain.when is None else chosen.filled(plain.when),
            set=chosen.all_filled(plain.set) | kept,
            pay=chosen.all_filled(plain.pay),
            becomes={variable: chosen.all_filled(odds) for variable, odds in plain.becomes.items()},
            lottery=lottery,
            signal=option.signal or chosen.option(name),
            written=name,
            amount=chosen.number,
        )


def _words(step: Statement, after: int, path: Path) -> Iterator[FlatOption]:
    """The words of a statement: each is heard as it is said, and costs its speaker something where it is not true."""
    for place, word in enumerate(step.words):
        true = step.truth(word)
        lie = None if step.costs.lie is None else Binary("*", step.costs.lie.tree, Unary("not", true))
        yield FlatOption(
            word,
            set={} if step.records is None else {step.records: Name(word)},
            pay={} if lie is None else {step.by: Unary("-", lie)},
            signal=word,
            next=after,
            true=true,
            path=(*path, "says", place),
        )


def _option(
    scenario: Scenario, name: str, option: Option, after: int, targets: Mapping[str, int], path: Path
) -> FlatOption:
    odds = with_rest({key: outcome.p for key, outcome in option.lottery.items()})
    lottery = tuple(
        Branch(
            key,
            odds[key],
            trees(outcome.set),
            trees(outcome.pay),
            (*path, "lottery", key),
        )
        for key, outcome in option.lottery.items()
    )
    return FlatOption(
        name,
        when=_tree(option.when),
        set=trees(option.set),
        pay=trees(option.pay),
        becomes=_becomes(scenario, option),
        lottery=lottery,
        signal=option.signal or name,
        next=_target(option, after, targets),
        path=path,
    )


def _outcomes(
    scenario: Scenario, step: Chance, after: int, targets: Mapping[str, int], path: Path
) -> tuple[FlatOption, ...]:
    odds = with_rest({key: outcome.p for key, outcome in step.outcomes.items()})
    return tuple(
        FlatOption(
            name,
            p=odds[name],
            set=trees(outcome.set),
            pay=trees(outcome.pay),
            becomes=_becomes(scenario, outcome),
            signal=name,
            next=_target(outcome, after, targets),
            path=(*path, "outcomes", name),
        )
        for name, outcome in step.outcomes.items()
    )


def _target(effects: Effects, after: int, targets: Mapping[str, int]) -> int:
    return after if effects.then is None else targets.get(effects.then, after)


def _tree(formula: Expression | Cases | None) -> Node | None:
    return None if formula is None else formula.tree


def trees(formulas: Mapping[str, Expression | Cases]) -> dict[str, Node]:
    """The tree of each formula."""
    return {name: formula.tree for name, formula in formulas.items()}


def _becomes(scenario: Scenario, effects: Effects) -> dict[str, Odds]:
    """Each lottery over hidden values in full: what is missing to one leaves the variable as it was."""
    return {
        variable: _full_lottery(variable, odds, tuple(scenario.hidden[variable].values))
        for variable, odds in effects.becomes.items()
        if variable in scenario.hidden
    }


def _full_lottery(variable: str, odds: Mapping[str, Expression | Cases], values: Sequence[str]) -> Odds:
    named = with_rest(odds)
    constants = [formula.number if isinstance(formula, Expression) else None for formula in odds.values()]
    complete = any(is_rest(formula) for formula in odds.values()) or (
        None not in constants and abs(sum(constants) - 1) < 1e-9  # type: ignore[arg-type]
    )
    if complete:
        return {value: named.get(value, Number(0.0)) for value in values}
    missing = one_minus(list(named.values()))
    lottery: dict[str, Node] = {}
    for value in values:
        stays: Node = Binary("*", missing, Binary("==", Name(variable), Name(value)))
        lottery[value] = Binary("+", named[value], stays) if value in named else stays
    return lottery


def find_step(steps: Sequence[FlatStep], name: str, by: str | None = None) -> list[int]:
    """The flat steps that a name stands for: a step, a reply by its full name, or OFFER or OFFER.DEAL with its replier.

    ``find_step(steps, "truce_offer")`` is the proposal; with ``by="defender"`` all replies of the defender.
    """
    exact = [k for k, step in enumerate(steps) if step.name == name and by in (None, *step.movers)]
    if exact:
        return exact
    return [
        k
        for k, step in enumerate(steps)
        if step.kind == "reply" and step.by == by and name in (step.offer, f"{step.offer}.{step.deal}")
    ]


def find_option(steps: Sequence[FlatStep], parts: Sequence[str]) -> tuple[int, int] | None:
    """Step and option index of a dotted name such as ``aid_decision.cut`` or ``offer.deal.replier.accept``.

    ``strikes.attacker.strike`` is what one of several does who choose at the same time: its index follows those of the
    profiles, see ``FlatStep.acts``.
    """
    name, wanted = ".".join(parts[:-1]), parts[-1]
    for k, step in enumerate(steps):
        if step.name == name and (index := step.option(wanted)) is not None:
            return k, index
        for index, (side, own) in enumerate(step.acts, len(step.options)):
            if name == f"{step.name}.{side.by}" and wanted == side.options[own]:
                return k, index
    return None


@dataclass(frozen=True)
class Kept:
    """The options that a posture leaves open at a step: where ``when`` is true, and ``otherwise``; empty: all."""

    keep: tuple[int, ...]
    when: Node | None = None
    otherwise: tuple[int, ...] = ()


def posture_options(steps: Sequence[FlatStep], actor: str, rules: Mapping[str, Conduct]) -> dict[int, Kept]:
    """Flat step -> the options that a posture leaves open there.

    A rule of a single reply (``truce_offer.energy_truce``) wins over that of the whole offer (``truce_offer``).
    """
    open_options: dict[int, Kept] = {}
    for name, rule in sorted(rules.items(), key=lambda rule: rule[0].count(".")):
        for k in _bound_steps(steps, actor, name):
            step = steps[k]
            open_options[k] = Kept(step.named(rule.keep, actor), _tree(rule.when), step.named(rule.otherwise, actor))
    return open_options


def _bound_steps(steps: Sequence[FlatStep], actor: str, name: str) -> list[int]:
    own = [k for k in find_step(steps, name) if actor in steps[k].movers]
    return own or find_step(steps, name, actor)


def deals_of(scenario: Scenario) -> dict[str, Deal]:
    """Every deal by name: those of ``deals``, then those of the offers. One name has the same clauses everywhere.

    A deal with which an amount is offered is one deal for each number: ``contract_0_35``.
    """
    found: dict[str, Deal] = dict(scenario.deals)
    for step in scenario.period:
        if isinstance(step, Offer):
            for name, deal in step.deals.items():
                for chosen in choices_of(scenario, step.amount):
                    if chosen is None:
                        found.setdefault(name, deal)
                    else:
                        found.setdefault(chosen.option(name), _at(deal, chosen))
    return found


def _at(deal: Deal, chosen: Chosen) -> Deal:
    """A deal with the number that is offered with it."""

    def filled(formulas: Mapping[str, Expression | Cases]) -> dict[str, Expression | Cases]:
        return {name: Expression(unparse(tree)) for name, tree in chosen.all_filled(trees(formulas)).items()}

    return deal.model_copy(update={"set": filled(deal.set), "pay": filled(deal.pay)})
