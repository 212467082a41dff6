"""How likely what was observed of many plays of one game is, in many draws of its assumptions, with exact derivatives.

A record is one play, or some plays that went alike: a draw (which case it belongs to), and what was seen of it. Its
likelihood (``fits``) is the expectation under the prior at the start. Records of one draw share its equilibrium.

Letters: M records, G draws, P assumptions, V directions; otherwise as in ``exact/passes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.arrays import Array
from longgame.errors import Place, Problem, ScenarioError
from longgame.exact import passes
from longgame.exact.belief_tree import BeliefTree, TooManyNodes, entry, tree_of
from longgame.exact.exact_batch import STEP, Before, Equilibria, ExactBatch
from longgame.exact.passes import Numbers
from longgame.exact.tree_batch import Noise, NotTwoOptions
from longgame.game.game import Game
from longgame.game.numbers import GameTables, StepTables
from longgame.game.numbers import Numbers as ByPeriod
from longgame.game.tables import Tables
from longgame.inference.fits import Fit, Seen
from longgame.solver.batch import by_period

MOST_NODES = 4_000  # of the tree of one case
BYTES_AT_ONCE = 2**27  # of the values of a tree in all draws that are solved together


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
        self._kinds: dict[bytes, Kind] = {} if like is None else like._kinds
        self._near: dict[int, tuple[Kind, Before, int]] = {}
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
            numbers = DrawNumbers(self.game, theta[rows], directions)
            for kind, some in self._parts(numbers):
                together = min(together, kind.together(V))
                for piece in np.split(some, range(kind.together(V), len(some), kind.together(V))):
                    self._answer(kind, numbers, rows[piece], piece, found)
            start = int(rows[-1]) + 1
        return found

    def begin_at(self, other: Records, draws: int) -> None:
        """Begin the next search where that of other records with the same trees ended: draw g at g modulo draws."""
        self._near = {int(g): other._near[g % draws] for g in np.unique(self.draw) if g % draws in other._near}

    def _parts(self, numbers: DrawNumbers) -> list[tuple[Kind, np.ndarray]]:
        """The draws [..] in which the same can happen, together with their tree."""
        valid = np.flatnonzero(numbers.valid)
        return [(self._kind(key, numbers, some), some) for key, some in numbers.alike(valid)]

    def _kind(self, key: bytes, numbers: DrawNumbers, draws: np.ndarray) -> Kind:
        """The kind of some draws. Raises ScenarioError where it cannot be written out."""
        if key not in self._kinds:
            try:
                self._kinds[key] = self._made(numbers, draws)
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

    def _made(self, numbers: DrawNumbers, draws: np.ndarray) -> Kind:
        """The same, written out. Raises TooManyNodes or NotTwoOptions."""
        one = numbers.one(int(draws[0]))
        starts = np.asarray(one(0).start_index)[np.asarray(one(0).start_weight) > 0.0]
        states = np.unique(starts).astype(int).tolist()
        tree = tree_of(self.game, one, [(0, 0, s) for s in states], self.most)
        return Kind.of(tree, self.noise, states, one, self.seen)

    def _answer(self, kind: Kind, numbers: DrawNumbers, draws: np.ndarray, rows: np.ndarray, found: Likelihood) -> None:
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
        self, kind: Kind, numbers: DrawNumbers, draws: np.ndarray, rows: np.ndarray
    ) -> tuple[Array, np.ndarray, Numbers, GameTables]:
        """Some draws: log-odds [D, X], which were solved, their numbers, with i h times the slopes if these are asked
        for, and the tables of the first period."""
        batch = kind.batch
        found = Equilibria(np.zeros((len(batch.unknown), len(draws))), None, np.ones(len(draws), dtype=bool))
        if batch.unknown.any() or not numbers.directions:
            tables = by_period(self.game.timed, numbers.real(rows))
            plain = batch.tree.numbers(tables, np.asarray)
            prior = np.asarray(tables(0).prior)
            found = batch.solve(plain, prior, self._before(kind, draws))
            self._remember(kind, dict(zip(draws.tolist(), range(len(draws)), strict=True)), found, plain, prior)
            if not numbers.directions:
                return found.z, found.solved, plain, tables(0)
        carried = by_period(self.game.timed, numbers.carried(rows))
        numbers_carried = batch.tree.numbers(carried, np.asarray)
        z = batch.turned(numbers_carried, np.asarray(carried(0).prior), found)
        return z, found.solved & np.isfinite(z).all(axis=(0, 2)), numbers_carried, carried(0)

    def _before(self, kind: Kind, draws: np.ndarray) -> Before | None:
        """What was found of some draws before; None if it is not known of all of them."""
        known = [self._near[g] for g in draws.tolist() if g in self._near and self._near[g][0] is kind]
        if len(known) < len(draws):
            return None
        order = np.array([n for _, _, n in known])
        if all(before is known[0][1] for _, before, _ in known):
            return known[0][1].some(order)
        return Before.joined([before.some(order[i : i + 1]) for i, (_, before, _) in enumerate(known)])

    def _remember(self, kind: Kind, at: Mapping[int, int], found: Equilibria, plain: Numbers, prior: Array) -> None:
        """Keep the equilibria that were found for the next time; ``at``: draw -> where it is among them."""
        if found.sign is not None:
            now = Before(found.z, found.sign, plain, prior)
            self._near |= {g: (kind, now, n) for g, n in at.items() if found.solved[n]}


def _some(x: Array) -> bool:
    """Whether anything is not 0; what is broadcast is looked at once."""
    x = np.asarray(x)
    return bool(x[tuple(slice(1 if stride == 0 else None) for stride in x.strides)].any())


def _at(becomes: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return becomes[:, :, :, draws] if len(becomes) else becomes


def _not_two(error: NotTwoOptions) -> Problem:
    found = f"`{error.step}` with {error.options} open options"
    fix = "Leave `noise: normal` out: choice is then logit, with any number of options."
    return Problem("normal-noise", Place(path="estimate.noise"), "moves with two options", found, fix)


@dataclass(frozen=True, eq=False)
class Kind:
    """Draws in which the same can happen: their tree, and what is seen there.

    states  of the roots; nodes: the nodes of the tree where these stand first
    """

    batch: ExactBatch
    states: list[int]
    nodes: list[int]
    fits: Sequence[Fit]

    @classmethod
    def of(cls, tree: BeliefTree, noise: Noise, states: list[int], one: ByPeriod, seen: Sequence[Seen]) -> Kind:
        """The kind of a draw with these numbers. Raises NotTwoOptions."""
        batch = ExactBatch(tree, noise, tree.game.noise == "tastes")
        nodes = nodes_of(batch, one, states)
        return cls(batch, states, nodes, [Fit.of(batch, nodes, some) for some in seen])

    def together(self, directions: int) -> int:
        """How many draws may be solved at once."""
        tree = self.batch.tree
        each = tree.nodes * tree.game.cells.size * 16 * max(directions, int(self.batch.unknown.sum()), 1)
        return max(1, BYTES_AT_ONCE // each)

    def start_weight(self, tables: GameTables) -> np.ndarray:
        """[roots, X] the chance of each root."""
        index, weight = np.asarray(tables.start_index), np.asarray(tables.start_weight)
        return np.stack([np.where(index == state, weight, 0.0).sum(axis=0) for state in self.states])


def nodes_of(batch: ExactBatch, one: ByPeriod, states: Sequence[int]) -> list[int]:
    """The nodes of a tree where these states, its roots, stand first; ``one``: the numbers of a draw."""
    tree, nodes = batch.tree, []
    for told, s in enumerate(states):
        spot = tree.spots[entry(tree.game, one, 0, 0, s)]
        over = batch.nodes[spot.nodes.start].kind == passes.END
        [at] = np.flatnonzero((spot.s == s) & ((spot.told == min(told, tree.classes - 1)) | over))
        nodes.append(spot.nodes.start + int(at))
    return nodes


class DrawNumbers:
    """The numbers of draws [G, P] of a game, and their slopes along some assumptions."""

    def __init__(self, game: Game, theta: np.ndarray, directions: Sequence[int] | None):
        assert isinstance(game.tables, Tables)
        self.theta = theta
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

    def alike(self, draws: np.ndarray, *, starts: bool = True) -> Iterator[tuple[bytes, np.ndarray]]:
        """Some draws, parted by what can happen in them (and where they start), each part with a name for that."""
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
            parts += [np.where(start, np.asarray(now.start_index)[draws], -1)] if starts else []
        rows = np.concatenate([part.reshape(len(draws), -1).astype(np.int32) for part in parts], axis=1)
        if (rows == rows[0]).all():
            yield rows[0].tobytes(), draws
            return
        kinds, kind = np.unique(rows, axis=0, return_inverse=True)
        for number, row in enumerate(kinds):
            yield row.tobytes(), draws[kind.ravel() == number]

    @property
    def starts(self) -> tuple[Array, Array]:
        """[G, L] the states in which play may start, and how likely each is."""
        return self._values(0).start_index, self._values(0).start_weight

    def one(self, g: int) -> ByPeriod:
        """The numbers of one draw."""
        return lambda t: self._values(t).each(lambda x: np.asarray(x)[g])

    def real(self, draws: np.ndarray) -> ByPeriod:
        """The numbers of some draws, which are the last axis."""
        return lambda t: self._values(t).each(lambda x: np.moveaxis(np.asarray(x)[draws], 0, -1))

    def carried(self, draws: np.ndarray) -> ByPeriod:
        """The same as complex numbers x + i h dx, with draws and directions as the last axes; what does not move is
        real, and stands there once for all directions."""
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
            if value.dtype.kind != "f" or not _some(dx):
                return value
            return value + 1j * STEP * np.moveaxis(np.asarray(dx)[:, draws], (1, 0), (-2, -1))

        return tables
