"""Bundles of clauses, all priced from one solution.

A bundle sets some state variables and pays some sums at once. What it is worth to an actor is what the actor can expect
after it, less what it can expect with nothing agreed, at the date and belief of the question:

    worth(bundle) = U(after what it sets) - U(now) + sum over its parts of what they pay

So only the different things that bundles set have to be looked up, K of them, and what the P parts pay; D bundles are
then sums. Shapes: D bundles, K settings, P parts, N actors, W worlds. The last axis of a price has W + 1 entries: in
each world, and in expectation over the public belief.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from longgame.choice import bargaining
from longgame.game.game import Game
from longgame.queries import worth
from longgame.queries.account import Level
from longgame.queries.atoms import Atom, Found
from longgame.queries.case import Case
from longgame.queries.deals import DealTable
from longgame.queries.nodes import Nodes
from longgame.queries.places import Places, View, clauses
from longgame.scenario.bundles import Bundle, ClausePart, settings_of, sub_bundles
from longgame.scenario.questions.tree import Changes, SetTo

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Settings(Atom):
    """What each of some settings is worth: [K, N, W + 1]."""

    settings: tuple[Changes, ...]

    @cached_property
    def ways(self) -> tuple[Changes, ...]:
        """Those of the view, and after them each setting."""
        before = self.view.after
        return (before, *(before + changes for changes in self.settings))

    def look_up(self, case: Case, places: Places) -> Array:
        """Levels after each setting, less those of now."""
        nodes = places(self.view)
        sets = [_set(case, nodes, changes) for changes in self.settings]
        public = worth.levels_of(case, sets)
        by_world = np.array([_by_world(case, each) for each in sets])
        levels = np.concatenate([by_world, public[:, :, None]], axis=2)
        none = np.concatenate([_by_world(case, nodes), worth.levels(case, nodes)[:, None]], axis=1)
        return levels - none


def _by_world(case: Case, nodes: Nodes) -> Array:
    """[N, W] what every actor can expect, by what the truth is."""
    return np.array([worth.levels_by_world(case, nodes, actor) for actor in range(len(case.game.actors))])


def _set(case: Case, nodes: Nodes, changes: Changes) -> Nodes:
    for change in changes:
        assert isinstance(change, SetTo)
        nodes = worth.set_clauses(case.game, nodes, clauses(case, change))
    return nodes


@dataclass(frozen=True)
class Payments(Atom):
    """What each of some parts pays at once: [P, N, W + 1]."""

    parts: tuple[ClausePart, ...]

    def look_up(self, case: Case, places: Places) -> Array:
        """Over the nodes of the view."""
        nodes, game = places(self.view), case.game
        shape = len(game.ended), len(game.actors), len(game.worlds)
        likely = nodes.joint  # [M, W]
        each = likely.sum(axis=0)
        found = np.zeros((len(self.parts), shape[1], shape[2] + 1))
        for p, part in enumerate(self.parts):
            if not part.pay:
                continue
            paid = _summed(case, part, shape)[nodes.s]  # [M, N, W]
            in_all = (paid * likely[:, None, :]).sum(axis=0)
            found[p, :, -1] = in_all.sum(axis=1) / nodes.mass
            plain = (paid * nodes.weight[:, None, None]).sum(axis=0) / nodes.mass
            found[p, :, :-1] = np.where(each > 0.0, in_all / np.where(each > 0.0, each, 1.0), plain)
        return found


def bundle_levels(case: Case, places: Places, view: View, bundle: Bundle) -> tuple[Level, Level]:
    """What a bundle sets is worth as a sum of levels: after it, less before it. What it pays is not in it."""
    settings, (which,) = settings_of([bundle])
    nodes = places(view)
    return Level(_set(case, nodes, settings[which])), Level(nodes, times=-1.0)


def paid_by_period(case: Case, places: Places, view: View, parts: Sequence[ClausePart]) -> Array:
    """[P, N, T + 1] what each of some parts pays at once, in the period of the view; the last is the end."""
    nodes, periods = places(view), case.game.periods + 1
    pays = Payments(view, tuple(parts)).look_up(case, places)[:, :, -1]
    share = np.bincount(nodes.t, nodes.weight, periods)[:periods] / nodes.mass
    return pays[:, :, None] * share


def _summed(case: Case, part: ClausePart, shape: tuple[int, int, int]) -> Array:
    """[S, N, W] what a part pays; an actor may be paid by several of its entries."""
    total = np.zeros(shape)
    for actor, pay in part.pay:
        total = total + np.broadcast_to(case.game.payments({actor: pay}, case.theta), shape)
    return total


@dataclass(frozen=True, eq=False)
class BundleTable:
    """Every bundle, priced for every actor.

    bundles  [D]; ``names``, how each is called
    actors   [N] names, and ``stake`` [N]
    worlds   [W] names
    prices   [D, N, W + 1] in the actor's own units of payoff: in each world, and in expectation
    """

    bundles: Sequence[Bundle]
    actors: tuple[str, ...]
    worlds: tuple[str, ...]
    stake: Array
    prices: Array

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the bundles are called: their parts, joined by plus signs."""
        return tuple(called(bundle) for bundle in self.bundles)

    @cached_property
    def table(self) -> DealTable:
        """The bundles as deals, at the public belief."""
        return DealTable(self.names, self.actors, self.prices[:, :, -1], self.stake)

    def in_world(self, world: int) -> DealTable:
        """The bundles as deals, if it were known in which world one is."""
        return DealTable(self.names, self.actors, self.prices[:, :, world], self.stake)

    @cached_property
    def place(self) -> dict[frozenset[ClausePart], int]:
        """The position of each bundle by what is in it."""
        return {frozenset(bundle): number for number, bundle in enumerate(self.bundles)}

    def of_parts(self, bundle: Bundle, worth: Array) -> Array:
        """[2^M, ...] of what is in force of some parts of a bundle, the ``worth`` [D, ...] of each; 0 of nothing.

        Bit m of the index says whether part m is among them. A clause without what it needs is not in force, and adds
        nothing until it has that: the game with permission of Gilles, Owen and van den Brink (1992).
        """
        rows = np.concatenate([worth, np.zeros_like(worth[:1])])
        return rows[[self.place.get(frozenset(some), -1) for some in sub_bundles(bundle)]]

    def logrolling(self, parties: Sequence[str]) -> list[tuple[ClausePart, ClausePart]]:
        """Pairs of parts, each of them alone a loss to one of the parties, and both together a gain to all of them."""
        columns = [self.actors.index(party) for party in parties]
        singles = [bundle[0] for bundle in self.bundles if len(bundle) == 1]
        pairs = np.full((len(singles), len(singles), len(columns)), -np.inf)
        for m, one in enumerate(singles):
            for n, other in enumerate(singles):
                here = self.place.get(frozenset({one, other}))
                if here is not None:
                    pairs[m, n] = self.table.gains[here, columns]
        return [(singles[m], singles[n]) for m, n in bargaining.logrolling(pairs)]

    def mended(self, bundle: int, parties: Sequence[str]) -> int | None:
        """The bundle by which all parties gain that differs from a given one in the fewest clauses.

        Where there is none, that by which none of them loses and one gains; None without such a bundle. Ties go to the
        one that is best for the first of the parties.
        """
        sign = self.table.sign[:, [self.actors.index(party) for party in parties]]
        good = np.flatnonzero((sign > 0).all(axis=1))
        good = good if len(good) else np.flatnonzero(self.table.zone(parties))
        if not len(good):
            return None
        wanted = {part.clause: part for part in self.bundles[bundle]}
        apart = np.array([_apart(wanted, self.bundles[int(number)]) for number in good], dtype=float)
        own = self.table.gains[good, self.actors.index(parties[0])]
        return int(good[bargaining.first_largest(np.column_stack([-apart, own]))])


def _apart(wanted: dict[str, ClausePart], other: Bundle) -> int:
    """In how many clauses two bundles differ."""
    had = {part.clause: part for part in other}
    return sum(wanted.get(name) != had.get(name) for name in {**wanted, **had})


def called(bundle: Bundle) -> str:
    """What a bundle is called."""
    return " + ".join(part.label for part in bundle)


def priced(
    bundles: Sequence[Bundle], view: View, stakes: Sequence[Atom], game: Game
) -> tuple[tuple[Atom, ...], Callable[[Found], BundleTable]]:
    """What must be looked up to price bundles, and how their table is then made. ``stakes``: of each actor."""
    settings, which = settings_of(bundles)
    parts = list(dict.fromkeys(part for bundle in bundles for part in bundle))
    number = {part: n for n, part in enumerate(parts)}
    member = np.zeros((len(bundles), len(parts)))
    for row, bundle in enumerate(bundles):
        member[row, [number[part] for part in bundle if part.pay]] = 1.0
    set_, paid = Settings(view, tuple(settings)), Payments(view, tuple(parts))

    def table(found: Found) -> BundleTable:
        prices = found.vector(set_)[which] + np.tensordot(member, found.vector(paid), 1)
        return BundleTable(bundles, game.actors, game.worlds, np.array([found.number(atom) for atom in stakes]), prices)

    return (*stakes, set_, paid), table


def parts_worths(
    bundle: Bundle, view: View, stakes: Sequence[Atom], game: Game
) -> tuple[tuple[Atom, ...], Callable[[Found], Array]]:
    """[2^M, N] what some parts of a bundle are worth to every actor, as `BundleTable.of_parts` has them."""
    needed, table = priced([part for part in dict.fromkeys(sub_bundles(bundle)) if part], view, stakes, game)

    def worths(found: Found) -> Array:
        made = table(found)
        return made.of_parts(bundle, made.prices[:, :, -1])

    return needed, worths
