"""What each function of the question language means: the atoms it needs, and what is made of their values.

``MEANING`` has one entry for each function of the table ``QUESTIONS``. An entry takes the setting, the view and
the function's arguments by name (already in numbers), and gives a ``Bound``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longgame.choice.bargaining import shapley
from longgame.choice.information import information_by_draw
from longgame.choice.table import PostureTable, Rule
from longgame.choice.turning import turning_beliefs
from longgame.game.game import Game
from longgame.queries import atoms as ask
from longgame.queries.atoms import Atom, Found
from longgame.queries.bundles import BundleTable, parts_worths, priced
from longgame.queries.case import Case
from longgame.queries.commitment import Keeping, Standing
from longgame.queries.deals import DealTable
from longgame.queries.passage import StepsAhead, ValuesAhead, best_at, reached
from longgame.queries.places import Mask, Places, View, over_states
from longgame.scenario.bundles import Bundle, bundles_of
from longgame.scenario.expand import steps_of
from longgame.scenario.expand.standing import stands
from longgame.scenario.language.expressions import Node, balanced
from longgame.scenario.model import Scenario
from longgame.scenario.questions.tree import Changes, Take, When, deal_changes

Array = NDArray[np.float64]

NO_LOSS = 1e-9  # of the stake: what a change costs and is less than this, costs nothing


@dataclass(frozen=True, eq=False)
class Setting:
    """The scenario and its game: what the functions are about."""

    scenario: Scenario
    game: Game

    @property
    def horizon(self) -> int:
        """The last period, from 0."""
        return self.game.periods - 1

    @cached_property
    def deals(self) -> Mapping[str, Changes]:
        """Every named deal, as a change."""
        return deal_changes(self.scenario)

    @cached_property
    def replies(self) -> frozenset[int]:
        """The steps at which a deal is agreed to or not."""
        return frozenset(k for k, step in enumerate(steps_of(self.scenario)) if step.kind == "reply")

    def made(self, view: View, deal: str) -> View:
        """The view after a deal is made, last of its changes."""
        return replace(view, after=(*view.after, *self.deals[deal]))

    @cached_property
    def bundles(self) -> Sequence[Bundle]:
        """All that can be put together of the clauses; there may be very many."""
        return bundles_of(self.scenario)


@dataclass(frozen=True)
class Bound:
    """A function of a question, bound to a game: what it needs, and what is made of that."""

    atoms: tuple[Atom, ...]
    value: Callable[[Found], float]
    why: str = ""
    """Why there may be no value although all that it needs was found."""


def _value(setting: Setting, view: View, actor: int) -> Bound:
    return _plain(ask.Value(view, actor))


def _worth(setting: Setting, view: View, actor: int, change: Changes, than: Changes | None = None) -> Bound:
    return _plain(ask.Worth(view, actor, change, than))


def _worth_share(setting: Setting, view: View, actor: int, change: Changes, than: Changes | None = None) -> Bound:
    return _per_stake(ask.Worth(view, actor, change, than), actor)


def _reservation(
    setting: Setting, view: View, actor: int, ladder: tuple[Changes, ...], than: Changes | None = None
) -> Bound:
    steps = [ask.Worth(view, actor, step, than) for step in ladder]
    stake = ask.Stake(View(), actor)

    def reached(found: Found) -> float:
        worths = np.array([found.number(atom) for atom in steps])
        return reservation(worths, NO_LOSS * found.number(stake))

    return Bound((*steps, stake), reached)


def _withhold(
    setting: Setting, view: View, by: int, actor: int, posture: str | None = None, to: int | None = None
) -> Bound:
    name = setting.game.actors[by]
    postures = tuple(setting.scenario.postures.get(name, {})) if posture is None else (posture,)
    loser = actor if to is None else to
    harmed = [ask.Value(replace(view, under=(name, one)), actor) for one in postures]
    lost = [ask.Value(replace(view, under=(name, one)), loser) for one in postures]
    free = ask.Value(view, loser)

    atoms = free, *harmed, *lost

    def loss(found: Found) -> float:
        harm, under = withheld(atoms, found)
        return math.nan if math.isnan(found.number(harm)) else found.number(free) - found.number(under)

    return Bound(atoms, loss)


def _stake(setting: Setting, view: View, actor: int) -> Bound:
    return _plain(ask.Stake(View(), actor))


def _choice(setting: Setting, view: View, option: Take) -> Bound:
    return _plain(ask.Choice(view, option.step, option.option))


def _belief(setting: Setting, view: View, condition: Mask) -> Bound:
    atom = ask.Belief(View(view.at, view.given))
    return _if_known((atom,), lambda found: float(found.vector(atom)[np.asarray(condition)].sum()))


def _prior(setting: Setting, view: View, condition: Mask) -> Bound:
    return _belief(setting, replace(view, at="start"), condition)


def _likelihood(setting: Setting, view: View, evidence: str) -> Bound:
    return _plain(ask.Likelihood(View(), evidence, view.given))


def _prior_predictive(setting: Setting, view: View, evidence: str) -> Bound:
    return _plain(ask.PriorPredictive(View(), evidence, view.given))


def _bayes_factor(setting: Setting, view: View, evidence: str, condition: Mask, against: Mask) -> Bound:
    return _plain(ask.BayesFactor(View(), evidence, condition, against))


def _gain(setting: Setting, view: View, actor: int, evidence: tuple[str, ...]) -> Bound:
    return _plain(ask.Gain(View(), actor, evidence))


def _gain_share(setting: Setting, view: View, actor: int, evidence: tuple[str, ...]) -> Bound:
    return _per_stake(ask.Gain(View(), actor, evidence), actor)


def _chance(setting: Setting, view: View, event: Node, by: int | None = None, on: int | None = None) -> Bound:
    if on is not None:
        return _plain(ask.Chance(view, on, event, on=True))
    return _plain(ask.Chance(view, setting.horizon if by is None else by, event))


def _agreement(
    setting: Setting, view: View, deals: tuple[str, ...], by: int | None = None, on: int | None = None
) -> Bound:
    return _chance(setting, view, in_force(setting, deals), by, on)


def _holds_until(setting: Setting, view: View, deal: str, until: int) -> Bound:
    return _plain(Standing(setting.made(view, deal), until, in_force(setting, [deal])))


def _keeps(setting: Setting, view: View, actor: int, deal: str, on: int | None = None) -> Bound:
    return _plain(Keeping(setting.made(view, deal), actor, in_force(setting, [deal]), setting.replies, on))


@dataclass(frozen=True)
class Present(Atom):
    """The chance that an event holds where the game stands."""

    event: Node

    def look_up(self, case: Case, places: Places) -> float:
        """Over the nodes of the view."""
        nodes = places(self.view)
        return float(nodes.weight @ over_states(case, self.event)[nodes.s]) / nodes.mass


def _present(setting: Setting, view: View, event: Node) -> Bound:
    return _plain(Present(view, event))


def _expected(setting: Setting, view: View, quantity: Node, on: int | None = None) -> Bound:
    return _plain(ask.Expected(view, setting.horizon if on is None else on, quantity))


def _lead(setting: Setting, view: View, actor: int, posture: str, rule: Rule = "expected") -> Bound:
    mine = _posture(setting, actor, posture)
    return _of_postures(setting, view, actor, lambda table: table.lead(mine, rule))


def _information_value(setting: Setting, view: View, actor: int, about: str | None = None) -> Bound:
    learned = setting.game.worlds if about is None else setting.game.hidden[about]
    return _of_postures(setting, view, actor, lambda table: information_by_draw(table, learned))


def _turning_belief(setting: Setting, view: View, actor: int, posture: str, condition: Mask) -> Bound:
    mine = _posture(setting, actor, posture)
    return _of_postures(setting, view, actor, lambda table: turning_beliefs(table, mine, condition)[0])


def _turning_chance(setting: Setting, view: View, actor: int, posture: str, by: int | None = None) -> Bound:
    mine, name = _posture(setting, actor, posture), setting.game.actors[actor]
    date = setting.horizon if by is None else by
    chain = StepsAhead(view, date)
    values = [ValuesAhead(replace(view, under=(name, one)), date, actor) for one in setting.scenario.postures[name]]

    def chance(found: Found) -> float:
        return reached(found.vector(chain), best_at(np.array([found.vector(atom) for atom in values]), mine))

    return _if_known((chain, *values), chance)


def _deal_share(setting: Setting, view: View, accepted_by: tuple[str, ...] = (), harms: tuple[str, ...] = ()) -> Bound:
    needed, table = deal_table(setting, view.at)
    return Bound(needed, lambda found: table(found).share_that_harms(accepted_by, harms), _none("deal", accepted_by))


def _menu_share(setting: Setting, view: View, accepted_by: tuple[str, ...] = (), harms: tuple[str, ...] = ()) -> Bound:
    needed, table = bundle_table(setting, view.at)
    why = _none("bundle", accepted_by)
    return Bound(needed, lambda found: table(found).table.share_that_harms(accepted_by, harms), why)


def _none(kind: str, accepted_by: tuple[str, ...]) -> str:
    gain = "gains" if len(accepted_by) == 1 else "gain"
    return f"there is no {kind} by which {' and '.join(accepted_by)} {gain}, of which it would be a share"


def _shapley(setting: Setting, view: View, actor: int, clause: str, bundle: Bundle) -> Bound:
    needed, worths = parts_worths(bundle, view, _stakes(setting), setting.game)
    place = [part.clause for part in bundle].index(clause)
    return Bound(needed, lambda found: float(shapley(worths(found)[:, actor])[place]))


MEANING: Mapping[str, Callable[..., Bound]] = {
    "value": _value,
    "worth": _worth,
    "worth_share": _worth_share,
    "reservation": _reservation,
    "withhold": _withhold,
    "stake": _stake,
    "choice": _choice,
    "belief": _belief,
    "prior": _prior,
    "likelihood": _likelihood,
    "prior_predictive": _prior_predictive,
    "bayes_factor": _bayes_factor,
    "gain": _gain,
    "gain_share": _gain_share,
    "chance": _chance,
    "agreement": _agreement,
    "holds_until": _holds_until,
    "keeps": _keeps,
    "present": _present,
    "expected": _expected,
    "lead": _lead,
    "information_value": _information_value,
    "turning_belief": _turning_belief,
    "turning_chance": _turning_chance,
    "deal_share": _deal_share,
    "menu_share": _menu_share,
    "shapley": _shapley,
}


# --- tables, which the answers show as well ---------------------------------------------------------------------------


def posture_table(
    setting: Setting, view: View, actor: int
) -> tuple[tuple[Atom, ...], Callable[[Found], PostureTable]]:
    """The table posture x world of an actor: what must be looked up for it, and how it is then made.

    The view has a date, changes that are made first, and worlds that alone can be (``given``): these change the belief.
    """
    name = setting.game.actors[actor]
    postures = setting.scenario.postures.get(name, {})
    every = replace(view, given=None)
    belief = ask.Belief(view)
    values = [ask.ValueByWorld(replace(every, under=(name, posture)), actor) for posture in postures]
    cells = np.asarray(setting.game.cells[actor])

    def table(found: Found) -> PostureTable:
        rows = np.array([found.vector(atom) for atom in values]).reshape(len(postures), len(cells))
        return PostureTable.of(rows, found.vector(belief), cells=cells)

    return (belief, *values), table


def deal_table(setting: Setting, at: When) -> tuple[tuple[Atom, ...], Callable[[Found], DealTable]]:
    """Every named deal priced for every actor at a date: what must be looked up for it, and how it is then made."""
    actors = range(len(setting.game.actors))
    stakes = [ask.Stake(View(), actor) for actor in actors]
    worths = [[ask.Worth(View(at), actor, changes) for actor in actors] for changes in setting.deals.values()]

    def table(found: Found) -> DealTable:
        worth = np.array([[found.number(atom) for atom in row] for row in worths]).reshape(-1, len(stakes))
        stake = np.array([found.number(atom) for atom in stakes])
        return DealTable(tuple(setting.deals), setting.game.actors, worth, stake)

    return (*stakes, *(atom for row in worths for atom in row)), table


def bundle_table(setting: Setting, at: When) -> tuple[tuple[Atom, ...], Callable[[Found], BundleTable]]:
    """Every bundle of the scenario's clauses, priced at a date: what must be looked up, and how it is then made."""
    return priced(setting.bundles, View(at), _stakes(setting), setting.game)


def _stakes(setting: Setting) -> list[Atom]:
    return [ask.Stake(View(), actor) for actor in range(len(setting.game.actors))]


def withheld(atoms: Sequence[Atom], found: Found) -> tuple[ask.Value, ask.Value]:
    """Of the atoms of ``withhold``, those under the posture that is worst: what it leaves to each of the two actors."""
    values = [atom for atom in atoms[1:] if isinstance(atom, ask.Value)]
    postures = len(values) // 2
    worst = int(np.argmin([found.number(atom) for atom in values[:postures]]))  # not a number, where one is not known
    return values[worst], values[postures + worst]


# --- deals in force, and steps of a ladder ----------------------------------------------------------------------------


def in_force(setting: Setting, deals: Sequence[str]) -> Node:
    """The condition that one of some deals stands."""
    each = [stands(setting.scenario, name) for name in deals]
    return balanced("or", [one for one in each if one is not None])


def reservation(worths: Array, slack: float) -> float:
    """How far down a ladder an actor goes, to whom its steps are worth so much [N]: 0 for not even the first.

    The last step that costs it no more than ``slack``; and, if there is a next one, the part of the way to that on
    which its worth, taken as linear, is not yet below nothing.
    """
    if np.isnan(worths).any():
        return math.nan
    taken = np.flatnonzero(worths >= -slack)
    last = int(taken[-1]) + 1 if len(taken) else 0
    if last == len(worths):
        return float(last)
    here = max(float(worths[last - 1]), 0.0) if last else 0.0
    return last + here / (here - float(worths[last]))


# --- small parts ------------------------------------------------------------------------------------------------------


def _plain(atom: Atom) -> Bound:
    return Bound((atom,), lambda found: found.number(atom))


def _if_known(atoms: tuple[Atom, ...], value: Callable[[Found], float]) -> Bound:
    """What is made of several numbers for each atom: nothing, where one of them has no answer."""
    return Bound(atoms, lambda found: math.nan if any(atom in found.reasons for atom in atoms) else value(found))


def _per_stake(atom: Atom, actor: int) -> Bound:
    """A gain as a share of the stake; of an actor that has none, in its own units of payoff, as in all tables."""
    stake = ask.Stake(View(), actor)

    def share(found: Found) -> float:
        whole = found.number(stake)
        return found.number(atom) / (whole if whole > 0.0 else 1.0)

    return Bound((atom, stake), share)


def _posture(setting: Setting, actor: int, posture: str) -> int:
    """The place of a posture among those of its actor."""
    return list(setting.scenario.postures[setting.game.actors[actor]]).index(posture)


def _of_postures(setting: Setting, view: View, actor: int, read_off: Callable[[PostureTable], Array]) -> Bound:
    needed, table = posture_table(setting, view, actor)
    return _if_known(needed, lambda found: float(read_off(table(found))[0]))
