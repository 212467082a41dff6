"""How likely what was observed of many plays of one game is, in many draws of its assumptions, with exact derivatives.

A record is one play, or some plays that went alike: a draw (which case it belongs to), and what was seen of it. Its
likelihood is summed over everything that was not seen, back from the ends of the tree (``exact/exact_batch``):

    L(n, w) = sum over options a that fit  sigma(a | n, w)  sum over ways  weight  sum over w'  P_a(w' | w) L(after, w')

with L = 1 at the ends; a way past an observed step fits only what says that something did not happen. The likelihood of
the record is the expectation of L under the prior at the start. Records of one draw share its equilibrium.

Letters: M records, G draws, P assumptions, V directions; otherwise as in ``exact/passes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.arrays import Array
from longgame.errors import Place, Problem, ScenarioError
from longgame.exact import passes
from longgame.exact.belief_tree import BeliefTree, TooManyNodes, entry, tree_of
from longgame.exact.exact_batch import STEP, Equilibria, ExactBatch
from longgame.exact.passes import Numbers
from longgame.exact.tree_batch import Noise, NotTwoOptions
from longgame.game.game import Game
from longgame.game.numbers import GameTables, StepTables
from longgame.game.numbers import Numbers as ByPeriod
from longgame.game.tables import Tables
from longgame.scenario.expand import Observation
from longgame.solver.batch import by_period

MOST_NODES = 4_000  # of the tree of one case
BYTES_AT_ONCE = 2**27  # of the values of a tree in all draws that are solved together

Seen = tuple[Observation, ...]


@dataclass(frozen=True, eq=False)
class Likelihood:
    """What the records come to.

    log    [M] log-likelihood of each record; minus infinity where it cannot have happened or its draw was not solved
    slope  [M, V] its derivatives; 0 where it is infinite
    solved [G] bool: an equilibrium was found
    """

    log: np.ndarray
    slope: np.ndarray
    solved: np.ndarray


class Records:
    """Records of plays of one game, whose likelihood can be asked for again and again.

    Equilibria are kept from one time to the next, and each search begins where the last one ended.
    """

    def __init__(
        self,
        game: Game,
        seen: Sequence[Seen],
        draw: np.ndarray,
        which: np.ndarray,
        *,
        noise: Noise = "logit",
        most: int = MOST_NODES,
        like: Records | None = None,
    ):
        """``seen``: what there is to be seen of a play; ``draw`` [M] and ``which`` [M] it is in each record.

        ``like``: other records of the same game, with the same to be seen, of which the trees are taken over.

        Raises TypeError for a game that was not compiled from a scenario.
        """
        if not isinstance(game.tables, Tables):
            raise TypeError("this game was not compiled from a scenario: its numbers have no derivatives")
        self.game, self.seen, self.most = game, tuple(seen), most
        self.noise: Noise = noise
        self.draw, self.which = np.asarray(draw), np.asarray(which)
        self._kinds: dict[bytes, _Kind] = {} if like is None else like._kinds
        self._near: dict[int, tuple[_Kind, np.ndarray]] = {}
        self._order = np.argsort(self.draw, kind="stable")
        self._sorted = self.draw[self._order]

    def __call__(self, theta: np.ndarray, directions: Sequence[int] | None = None) -> Likelihood:
        """The likelihood of all records for draws ``theta`` [G, P], with derivatives by the assumptions ``directions``.

        Raises ScenarioError where the game is too large for this, or has more options than its noise allows.
        """
        V = 0 if directions is None else len(directions)
        found = Likelihood(
            np.full(len(self.draw), -np.inf), np.zeros((len(self.draw), V)), np.zeros(len(theta), dtype=bool)
        )
        start, together = 0, len(theta)
        while start < len(theta):
            rows = np.arange(start, min(start + together, len(theta)))
            numbers = _Numbers(self.game, theta[rows], directions)
            for kind, some in self._parts(numbers):
                together = min(together, kind.together(V))
                for piece in np.split(some, range(kind.together(V), len(some), kind.together(V))):
                    self._answer(kind, numbers, rows[piece], piece, found)
            start = int(rows[-1]) + 1
        return found

    def begin_at(self, other: Records, draws: int) -> None:
        """Begin the next search where that of other records with the same trees ended: draw g at g modulo draws."""
        self._near = {int(g): other._near[g % draws] for g in np.unique(self.draw) if g % draws in other._near}

    def _parts(self, numbers: _Numbers) -> list[tuple[_Kind, np.ndarray]]:
        """The draws [..] in which the same can happen, together with their tree."""
        valid = np.flatnonzero(numbers.valid)
        return [(self._kind(key, numbers, int(some[0])), some) for key, some in numbers.alike(valid)]

    def _kind(self, key: bytes, numbers: _Numbers, g: int) -> _Kind:
        if key not in self._kinds:
            one = numbers.one(g)
            starts = np.asarray(one(0).start_index)[np.asarray(one(0).start_weight) > 0.0]
            states = np.unique(starts).astype(int).tolist()
            try:
                tree = tree_of(self.game, one, [(0, 0, s) for s in states], self.most)
                self._kinds[key] = _Kind.of(tree, self.noise, states, one, self.seen)
            except TooManyNodes:
                fix = "Give the game fewer periods, options or secrets: many cases are estimated over all histories."
                found = "more of them than fit"
                place = Place(path="estimate")
                raise ScenarioError(
                    [Problem("too-many-histories", place, f"a game of at most {self.most:,} histories", found, fix)]
                ) from None
            except NotTwoOptions as error:
                raise ScenarioError([_not_two(error)]) from None
        return self._kinds[key]

    def _answer(self, kind: _Kind, numbers: _Numbers, draws: np.ndarray, rows: np.ndarray, found: Likelihood) -> None:
        """Solve some draws of one kind and put what their records come to into ``found``."""
        z, solved, plain, first = self._solve(kind, numbers, draws, rows)
        found.solved[draws] = solved
        weight = kind.start_weight(first)[:, None] * np.asarray(first.prior)
        mine = self._order[np.isin(self._sorted, draws[solved])]
        place = np.full(int(draws.max()) + 1, -1)
        place[draws] = np.arange(len(draws))
        for fit in np.unique(self.which[mine]):
            records = mine[self.which[mine] == fit]
            at = place[self.draw[records]]
            some = plain._replace(weight=plain.weight[:, at], odds=plain.odds[:, :, at], becomes=_at(plain.becomes, at))
            total = (weight[:, :, at] * kind.fits[fit].likelihood(kind.batch, some, z[:, at])).sum(axis=(0, 1))
            chance = total.real.reshape(len(records), -1)[:, 0]
            possible = chance > 0.0
            found.log[records[possible]] = np.log(chance[possible])
            if numbers.directions:
                found.slope[records[possible]] = total.imag[possible] / STEP / chance[possible, None]

    def _solve(
        self, kind: _Kind, numbers: _Numbers, draws: np.ndarray, rows: np.ndarray
    ) -> tuple[Array, np.ndarray, Numbers, GameTables]:
        """Some draws: log-odds [D, X], which were solved, their numbers, with i h times the slopes if these are asked
        for, and the tables of the first period."""
        batch = kind.batch
        found = Equilibria(np.zeros((batch.tree.slots, len(draws))), None, np.ones(len(draws), dtype=bool))
        if batch.tree.unknown.any() or not numbers.directions:
            tables = by_period(self.game.timed, numbers.real(rows))
            plain = batch.tree.numbers(tables, np.asarray)
            near = [self._near.get(int(g)) for g in draws]
            known = all(entry is not None and entry[0] is kind for entry in near)
            at = np.stack([entry[1] for entry in near if entry], axis=1) if known else None
            found = batch.solve(plain, np.asarray(tables(0).prior), at)
            self._near |= {int(g): (kind, found.z[:, n]) for n, g in enumerate(draws.tolist()) if found.solved[n]}
            if not numbers.directions:
                return found.z, found.solved, plain, tables(0)
        carried = by_period(self.game.timed, numbers.carried(rows))
        numbers_carried = batch.tree.numbers(carried, np.asarray)
        z = batch.turned(numbers_carried, np.asarray(carried(0).prior), found)
        return z, found.solved & np.isfinite(z).all(axis=(0, 2)), numbers_carried, carried(0)


def _at(becomes: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return becomes[:, :, :, draws] if len(becomes) else becomes


def _not_two(error: NotTwoOptions) -> Problem:
    found = f"`{error.step}` with {error.options} open options"
    fix = "Leave `noise: normal` out: choice is then logit, with any number of options."
    return Problem("normal-noise", Place(path="estimate.noise"), "moves with two options", found, fix)


@dataclass(frozen=True, eq=False)
class _Kind:
    """Draws in which the same can happen: their tree, and what is seen there.

    states  of the roots; nodes: the nodes of the tree where these stand first
    """

    batch: ExactBatch
    states: list[int]
    nodes: list[int]
    fits: list[_Fit]

    @classmethod
    def of(cls, tree: BeliefTree, noise: Noise, states: list[int], one: ByPeriod, seen: Sequence[Seen]) -> _Kind:
        """The kind of a draw with these numbers. Raises NotTwoOptions."""
        batch = ExactBatch(tree, noise, tree.game.noise == "tastes")
        nodes = []
        for told, s in enumerate(states):
            spot = tree.spots[entry(tree.game, one, 0, 0, s)]
            over = batch.nodes[spot.nodes.start].kind == passes.END
            [at] = np.flatnonzero((spot.s == s) & ((spot.told == told) | over))
            nodes.append(spot.nodes.start + int(at))
        return cls(batch, states, nodes, [_Fit.of(batch, nodes, some) for some in seen])

    def together(self, directions: int) -> int:
        """How many draws may be solved at once."""
        tree = self.batch.tree
        each = tree.nodes * tree.game.cells.size * 16 * max(directions, int(tree.unknown.sum()), 1)
        return max(1, BYTES_AT_ONCE // each)

    def start_weight(self, tables: GameTables) -> np.ndarray:
        """[roots, X] the chance of each root."""
        index, weight = np.asarray(tables.start_index), np.asarray(tables.start_weight)
        index = index.reshape(len(index), -1)[:, 0]  # the same in all draws
        return np.stack([weight[index == state].sum(axis=0) for state in self.states])


@dataclass(frozen=True, eq=False)
class _Fit:
    """What is seen of a play, on a tree.

    nodes  those from which it is not certain, the first of them last, each with the options that fit (by their number
           at the node) and their ways that fit (way, node after it)
    roots  the nodes at which play may start; -1 where what was seen cannot happen from there
    """

    nodes: list[tuple[int, list[tuple[int, list[tuple[int, int]]]]]]
    roots: list[int]

    @classmethod
    def of(cls, batch: ExactBatch, roots: Sequence[int], seen: Seen) -> _Fit:
        """Some observations on the tree."""
        places, options = _places(batch.tree)

        def passed(here: tuple[int, int], child: int) -> bool:
            """Whether a step that was seen lies between, so that it does not take place on this way."""
            there = (batch.tree.game.periods, 0) if batch.nodes[child].kind == passes.END else places[child]
            return any(here < (piece.period, piece.step) < there for piece in seen if not piece.negative)

        certain: set[int] = set()
        kept: dict[int, list[tuple[int, list[tuple[int, int]]]]] = {}
        for n in reversed(range(batch.tree.nodes)):
            here, fitting, node = places[n], [], batch.nodes[n]
            about = [piece for piece in seen if (piece.period, piece.step) == here]
            for number, (o, ways) in enumerate(node.options):
                if all(options[o] in piece.options for piece in about):
                    fitting.append((number, [(way, child) for way, child in ways if not passed(here, child)]))
            every = sum(len(ways) for _, ways in node.options)
            through = [child for _, ways in fitting for _, child in ways]
            if len(through) == every and certain.issuperset(through):
                certain.add(n)
            else:
                kept[n] = fitting
        starts = [-1 if passed((-1, 0), n) else n for n in roots]
        reached = {n for n in starts if n in kept}
        for n in sorted(kept):
            if n in reached:
                reached |= {child for _, ways in kept[n] for _, child in ways if child in kept}
        return cls([(n, kept[n]) for n in sorted(reached, reverse=True)], starts)

    def likelihood(self, batch: ExactBatch, numbers: Numbers, z: np.ndarray) -> np.ndarray:
        """[roots, W, X] the chance of what was seen, from each root in each world."""
        one = np.ones((batch.tree.shape.cells.shape[1], *z.shape[1:]), z.dtype)
        likely: dict[int, np.ndarray] = {-1: np.zeros_like(one)}
        for n, fitting in self.nodes:
            node = batch.nodes[n]
            odds = batch.odds(numbers, z, node)
            total = np.zeros_like(one)
            for number, ways in fitting:
                after = np.zeros_like(one)
                for way, child in ways:
                    after = after + numbers.weight[way] * likely.get(child, one)
                b = int(numbers.which[node.first + number])
                total = total + odds[number] * (after if b < 0 else (numbers.becomes[b] * after).sum(axis=1))
            likely[n] = total
        return np.stack([likely.get(n, one) for n in self.roots])


def _places(tree: BeliefTree) -> tuple[list[tuple[int, int]], dict[int, int]]:
    """The place of each node, and by option of the tree which option of its step it is (the end of a period: 0)."""
    places, options = [(0, 0)] * tree.nodes, dict[int, int]()
    for place, spot in tree.spots.items():
        places[spot.nodes] = [place] * (spot.nodes.stop - spot.nodes.start)
        options |= dict(zip(range(spot.options.start, spot.options.stop), spot.a.tolist(), strict=True))
    return places, options


class _Numbers:
    """The numbers of draws [G, P] of a game, and their slopes along some assumptions."""

    def __init__(self, game: Game, theta: np.ndarray, directions: Sequence[int] | None):
        assert isinstance(game.tables, Tables)
        self.game, self.directions = game, directions is not None and len(directions) > 0
        self._slopes: ByPeriod | None = None
        if directions is not None and len(directions):
            along = np.zeros((len(directions), 1, theta.shape[1]))
            along[np.arange(len(directions)), 0, list(directions)] = 1.0
            values, slopes = game.tables.slopes(theta, along)
            self._values, self._slopes = by_period(game.timed, values), by_period(game.timed, slopes)
        else:
            self._values = by_period(game.timed, game.numbers(theta))
        self.periods = range(game.periods if game.timed else 1)
        self.valid = np.logical_and.reduce([np.asarray(self._values(t).valid) for t in self.periods])

    def alike(self, draws: np.ndarray) -> Iterator[tuple[bytes, np.ndarray]]:
        """Some draws, parted by what can happen in them, each part with a name for that."""
        if not len(draws):
            return
        parts: list[Array] = []
        for t in self.periods:
            now = self._values(t)
            for step in now.steps:
                weight = np.asarray(step.weight)[draws] > 0.0
                parts += [np.asarray(step.active)[draws], np.asarray(step.allowed)[draws], weight]
                parts.append(np.where(weight, np.asarray(step.successor)[draws], -1))
                parts += [] if step.chance is None else [(np.asarray(step.chance)[draws] > 0.0).any(axis=-1)]
            start = np.asarray(now.start_weight)[draws] > 0.0
            parts.append(np.where(start, np.asarray(now.start_index)[draws], -1))
        rows = np.concatenate([part.reshape(len(draws), -1).astype(np.int32) for part in parts], axis=1)
        if (rows == rows[0]).all():
            yield rows[0].tobytes(), draws
            return
        kinds, kind = np.unique(rows, axis=0, return_inverse=True)
        for number, row in enumerate(kinds):
            yield row.tobytes(), draws[kind.ravel() == number]

    def one(self, g: int) -> ByPeriod:
        """The numbers of one draw."""
        return lambda t: self._values(t).each(lambda x: np.asarray(x)[g])

    def real(self, draws: np.ndarray) -> ByPeriod:
        """The numbers of some draws, which are the last axis."""
        return lambda t: self._values(t).each(lambda x: np.moveaxis(np.asarray(x)[draws], 0, -1))

    def carried(self, draws: np.ndarray) -> ByPeriod:
        """The same as complex numbers x + i h dx, with draws and directions as the last axes."""
        assert self._slopes is not None
        slopes = self._slopes

        def tables(t: int) -> GameTables:
            now, change = self._values(t), slopes(t)
            steps = tuple(StepTables(*map(carry, *pair)) for pair in zip(now.steps, change.steps, strict=True))
            return GameTables(steps, *map(carry, now[1:], change[1:]))

        def carry(x: Array, dx: Array) -> Array:
            if x is None:
                return None
            value = np.moveaxis(np.asarray(x)[draws], 0, -1)[..., None]
            if value.dtype.kind != "f":
                return value
            return value + 1j * STEP * np.moveaxis(np.asarray(dx)[:, draws], (1, 0), (-2, -1))

        return tables
