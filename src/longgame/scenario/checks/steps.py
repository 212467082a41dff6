"""The period, payoffs, ends, deals and postures: who does what to which variables, and what follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

from longgame.errors import Problem
from longgame.scenario.checks import choosing
from longgame.scenario.checks.common import (
    actors_paid,
    names_of_options,
    nearest_option,
    odds_make_one,
    unknown_actor,
    unknown_options,
    variables_set,
)
from longgame.scenario.context import Context
from longgame.scenario.expand import (
    NO_OFFER,
    FlatWorld,
    Odds,
    find_step,
    posture_options,
    worlds_of,
)
from longgame.scenario.language.arithmetic import number_of
from longgame.scenario.model import (
    END_OF_PERIOD,
    STEP_KINDS,
    Chance,
    Clause,
    Conduct,
    Deal,
    Draw,
    Effects,
    Move,
    Offer,
    Option,
    Outcome,
    SideOption,
    Simultaneous,
    Statement,
)
from longgame.scenario.places import Path
from longgame.text import likeliest, listed, nearest

# --- steps -----------------------------------------------------------------------------------------------------------


def steps_have_names(context: Context) -> Iterator[Problem]:
    """No two steps have one name."""
    seen: set[str] = set()
    for index, step in enumerate(context.scenario.period):
        if step.name in seen:
            path: Path = ("period", index, _kind(step))
            yield context.problem("duplicate-step", path, "a name of its own", f"`{step.name}` again")
        seen.add(step.name)


def _kind(step: object) -> str:
    return next(kind for kind in STEP_KINDS if hasattr(step, kind))


def movers_are_actors(context: Context) -> Iterator[Problem]:
    """Who moves, offers or replies is an actor; nobody replies to himself, or twice."""
    actors = context.scenario.actors
    for path, step in context.blocks(Move, Offer, Statement):
        if step.by not in actors:
            yield unknown_actor(context, (*path, "by"), step.by)
    for path, step in context.blocks(Offer):
        if not step.to:
            yield context.problem("no-replier", (*path, "to"), "at least one actor who replies", "none")
        for position, replier in enumerate(step.to):
            where: Path = (*path, "to", position)
            if replier not in actors:
                yield unknown_actor(context, where, replier)
            elif replier == step.by:
                yield context.problem("offer-to-self", where, "another actor than the one who offers", f"`{replier}`")
            elif replier in step.to[:position]:
                yield context.problem("replier-twice", where, "each replier once", f"`{replier}` again")


def options_follow_on(context: Context) -> Iterator[Problem]:
    """``then`` names a later step of the period."""
    names = [step.name for step in context.scenario.period]
    for path, effects in context.blocks(Effects):
        if effects.then is None or effects.then == END_OF_PERIOD:
            continue
        where: Path = (*path, "then")
        later = names[int(path[1]) + 1 :]
        expected = f"a later step ({listed(later)}) or `{END_OF_PERIOD}`" if later else f"`{END_OF_PERIOD}`"
        if effects.then in later:
            continue
        if effects.then in names:
            fix = "A period runs in one direction; the step comes up again in the next period."
            yield context.problem("then-backwards", where, expected, f"`{effects.then}`, which is no later step", fix)
        else:
            fix = nearest(effects.then, [*later, END_OF_PERIOD])
            yield context.problem("unknown-step", where, expected, f"`{effects.then}`", fix)


def effects_name_what_there_is(context: Context) -> Iterator[Problem]:
    """What options, outcomes and clauses set, pay and change are state variables, actors and hidden variables."""
    scenario = context.scenario
    for path, given in context.blocks(Effects, Draw, SideOption, Simultaneous, Clause):
        yield from variables_set(context, (*path, "set"), given.set)
        yield from actors_paid(context, (*path, "pay"), given.pay)
    for path, effects in context.blocks(Effects):
        for name, odds in effects.becomes.items():
            where: Path = (*path, "becomes", name)
            if name not in scenario.hidden:
                fix = nearest(name, scenario.hidden) or (
                    "Public variables change by `set`." if name in scenario.state else ""
                )
                yield context.problem("unknown-hidden", where, "a hidden variable", f"`{name}`", fix, key=True)
                continue
            values = scenario.hidden[name].values
            for value in odds:
                if value not in values:
                    place: Path = (*where, value) if (*where, value) in scenario.source.spots else where
                    what = f"one of the values of `{name}`"
                    yield context.unknown("unknown-word", place, what, value, values, key=place != where)


def odds_sum_to_one(context: Context) -> Iterator[Problem]:
    """The odds of chance steps and lotteries make one, and those of hidden changes at most one."""
    for path, option in context.blocks(Option):
        yield from _outcomes_make_one(context, (*path, "lottery"), option.lottery)
    for path, step in context.blocks(Chance):
        yield from _outcomes_make_one(context, (*path, "outcomes"), step.outcomes)
    for path, effects in context.blocks(Effects):
        for name, odds in effects.becomes.items():
            where: Path = (*path, "becomes", name)
            yield from odds_make_one(context, where, odds, where, at_most=True)


def _outcomes_make_one(
    context: Context, path: Path, outcomes: Mapping[str, Outcome] | Mapping[str, Draw]
) -> Iterator[Problem]:
    odds = {name: outcome.p for name, outcome in outcomes.items()}
    yield from odds_make_one(context, path, odds, {name: (*path, name, "p") for name in odds})


def secrets_do_not_show(context: Context) -> Iterator[Problem]:
    """Options that share a signal do the same to what everybody sees, or the signal would not hide the choice."""
    for where, step in context.blocks(Move):
        first: dict[str, str] = {}
        for name, option in step.options.items():
            signal = option.signal or name
            other = first.setdefault(signal, name)
            if other == name:
                continue
            key = _public_difference(step.options[other], option)
            if key is not None:
                path: Path = (*where, "options", name)
                expected = f"the same `{key}` as `{other}`, whose signal `{signal}` it shares"
                fix = "What everybody sees would tell the options apart. Leave out `signal`, or make them alike."
                yield context.problem("secret-shows", path, expected, f"another in `{name}`", fix, key=True)


def _public_difference(one: Option, other: Option) -> str | None:
    """The first public effect in which two options differ."""
    for key in ("set", "then", "when"):
        if getattr(one, key) != getattr(other, key) and key != "when":
            return key
    lotteries = [{name: (draw.p, draw.set) for name, draw in option.lottery.items()} for option in (one, other)]
    return "lottery" if lotteries[0] != lotteries[1] else None


# --- hidden changes --------------------------------------------------------------------------------------------------


def changes_lead_to_worlds(context: Context) -> Iterator[Problem]:
    """No change of hidden variables leads to a combination that the table of worlds leaves out."""
    if not context.scenario.worlds:
        return
    worlds = worlds_of(context.scenario)
    if any(world.values.keys() != context.scenario.hidden.keys() for world in worlds):
        return
    there = {tuple(sorted(world.values.items())) for world in worlds}
    for option in (option for step in context.steps for option in step.options):
        for world in worlds:
            target = _missing_target(context, world, option.becomes, there)
            if target is not None:
                found = ", ".join(f"{name} {value}" for name, value in target.items()) + f" (from `{world.name}`)"
                fix = "Add it to `worlds`, with p: 0 if it is not there at the start."
                path: Path = (*option.path, "becomes")
                yield context.problem(
                    "impossible-world", path, "a change to a combination in `worlds`", found, fix, key=True
                )
                break


def _missing_target(
    context: Context, world: FlatWorld, lotteries: Mapping[str, Odds], there: set[tuple[tuple[str, str], ...]]
) -> dict[str, str] | None:
    """A combination outside the table that may follow on ``world``, as far as the base case can tell."""
    known = {**context.base, **world.values}
    names = list(lotteries)
    reached = [[value for value, p in lotteries[name].items() if number_of(p, known) != 0] for name in names]
    for values in product(*reached):
        target = {**world.values, **dict(zip(names, values, strict=True))}
        if tuple(sorted(target.items())) not in there:
            return target
    return None


# --- payoffs and ends ------------------------------------------------------------------------------------------------


def every_actor_has_payoffs(context: Context) -> Iterator[Problem]:
    """Each actor has a payoff, and nobody else has."""
    scenario = context.scenario
    slips = {likeliest(name, scenario.actors) for name in scenario.payoffs if name not in scenario.actors}
    missing = [name for name in scenario.actors if name not in scenario.payoffs and name not in slips]
    if missing:
        fix = f"Add `{missing[0]}: ...`; 0 if nothing matters to it."
        yield context.problem(
            "missing-payoff",
            ("payoffs",),
            "a payoff for every actor",
            f"none for {listed(f'`{name}`' for name in missing)}",
            fix,
            key=True,
        )
    for block in ("payoffs", "end_values"):
        yield from actors_paid(context, (block,), getattr(scenario, block))
    for name, end in scenario.ends.items():
        yield from actors_paid(context, ("ends", name, "values"), end.values)


# --- deals -----------------------------------------------------------------------------------------------------------


def deals_have_clauses(context: Context) -> Iterator[Problem]:
    """Each clause is a state variable, each deal has one, and each is paid to actors."""
    for path, deal in context.blocks(Deal):
        yield from variables_set(context, path, deal.set, Deal.model_fields.keys() - {"set"})
        yield from actors_paid(context, (*path, "pay"), deal.pay)
        if not deal.set and not deal.pay:
            fix = "Write the clauses directly: `{truce: full}`."
            yield context.problem("no-clauses", path, "at least one clause", "none", fix, key=True)
        if path[0] == "period" and path[-1] == NO_OFFER:
            fix = "Every offer has it already: to offer nothing."
            yield context.problem("reserved-name", path, "another name", f"`{NO_OFFER}`", fix, key=True)


def deals_mean_the_same(context: Context) -> Iterator[Problem]:
    """One name of a deal stands for the same clauses and payments wherever it is used."""
    first: dict[str, Deal] = {}
    for path, deal in sorted(context.blocks(Deal), key=lambda found: found[0][0] == "period"):
        name = str(path[-1])
        known = first.setdefault(name, deal)
        if any(getattr(known, key) != getattr(deal, key) for key in ("set", "pay", "lasts", "breach")):
            fix = "Questions know deals by name: give one of them another."
            expected = f"the clauses and payments that `{name}` has elsewhere"
            yield context.problem("deal-differs", path, expected, "others", fix, key=True)


def named_deals_are_priced_only(context: Context) -> Iterator[Problem]:
    """A deal that nobody offers has no condition: it is priced wherever a question asks for it."""
    for name, deal in context.scenario.deals.items():
        if deal.when is not None:
            fix = "Move the deal into an `offer`, or leave this out."
            path: Path = ("deals", name, "when")
            yield context.problem("deal-key", path, "clauses and `pay` only", "`when`", fix, key=True)


# --- postures --------------------------------------------------------------------------------------------------------


def postures_bind_their_actor(context: Context) -> Iterator[Problem]:
    """A posture names steps at which its actor moves, and options that there are."""
    for actor, postures in context.scenario.postures.items():
        if actor not in context.scenario.actors:
            yield unknown_actor(context, ("postures", actor), actor, key=True)
            continue
        for posture, rules in postures.items():
            path: Path = ("postures", actor, posture)
            if not rules:
                yield context.problem("empty-posture", path, "at least one step with options", "none", key=True)
            for step, conduct in rules.items():
                yield from _posture_rule(context, actor, (*path, step), step, conduct)


def _posture_rule(context: Context, actor: str, path: Path, step: str, conduct: Conduct) -> Iterator[Problem]:
    steps = context.steps
    bound = list(posture_options(steps, actor, {step: conduct}))
    own = [
        steps[k].name if steps[k].kind == "move" else f"{steps[k].offer}"
        for k in range(len(steps))
        if actor in steps[k].movers
    ]
    moves = list(dict.fromkeys(own))
    if not bound or any(actor not in steps[k].movers for k in bound):
        others = find_step(steps, step)
        found = f"`{step}`" + (f", where {_mover(context, others[0])}" if others else "")
        expected = f"a step at which `{actor}` moves: {listed(moves)}" if moves else f"a step at which `{actor}` moves"
        code = "wrong-actor" if others else "unknown-step"
        yield context.problem(code, path, expected, found, nearest(step, moves), key=True)
        return
    if not conduct.keep:
        yield context.problem("empty-posture", path, "at least one option", "none")
    if conduct.otherwise and conduct.when is None:
        fix = "Say with `when` in which states it keeps to the first."
        yield context.problem("otherwise-alone", (*path, "otherwise"), "`when` beside it", "none", fix, key=True)
    known = names_of_options(steps[bound[0]], actor)
    for key, options in (("keep", conduct.keep), ("otherwise", conduct.otherwise)):
        for index in unknown_options(steps[bound[0]], options, actor):
            option = options[index]
            spots = context.scenario.source.spots
            where = next((w for w in ((*path, key, index), (*path, key), (*path, index)) if w in spots), path)
            fix = nearest_option(steps[bound[0]], option, actor)
            yield context.problem(
                "unknown-option", where, f"an option of `{step}`: {listed(known)}", f"`{option}`", fix
            )


def _mover(context: Context, k: int) -> str:
    movers = context.steps[k].movers
    verb = "move" if len(movers) > 1 else "moves"
    return f"{listed(f'`{by}`' for by in movers)} {verb}" if movers else "chance decides"


CHECKS = (
    steps_have_names,
    movers_are_actors,
    options_follow_on,
    effects_name_what_there_is,
    odds_sum_to_one,
    secrets_do_not_show,
    changes_lead_to_worlds,
    every_actor_has_payoffs,
    deals_have_clauses,
    deals_mean_the_same,
    named_deals_are_priced_only,
    postures_bind_their_actor,
    *choosing.CHECKS,
)
