"""The numbers of a game for one draw of the assumptions: plan + reachable states -> ``GameTables``.

``Tables(...)(theta, t, xp)`` runs on NumPy or inside a JAX trace. What depends on neither the assumptions nor the
period is NumPy in either case, so a trace holds only the rest.

A number that nobody will use is put to something harmless, so that it can neither raise a NaN nor pass one to a
derivative: payments of closed options are 0, odds at steps that do not take place are even.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from types import ModuleType
from typing import Any

import numpy as np

from longgame.game.functions import number, truth
from longgame.game.game import CHANCE, GameTables, StepTables
from longgame.game.plan import Change, OptionPlan, Plan, StepPlan, possibly
from longgame.game.reach import lands_on_points
from longgame.game.states import States, Target
from longgame.scenario.language.expressions import Node

Array = Any

TOLERANCE = 1e-9  # by which odds may miss 0, 1, or a sum of 1


@dataclass(frozen=True, eq=False)
class Landing:
    """Where one effect leads, before the states are looked up: L ids [S] and their weights [S] or []."""

    ids: Sequence[Array]
    weights: Sequence[Array]


@dataclass(frozen=True, eq=False)
class Tables:
    """The tables of a game as a function of the assumptions.

    plan, states   the game and its reachable states
    played         [S] bool: states that play can reach; the stakes are taken over these
    asked          [S] bool: states in which questions may be asked, at the start or after evidence
    """

    plan: Plan
    states: States
    played: np.ndarray
    asked: np.ndarray

    def __call__(self, theta: Array, t: Array, xp: ModuleType = np) -> GameTables:
        """The tables for assumptions ``theta`` [P] in period ``t`` (from 0)."""
        with np.errstate(all="ignore"):
            return _Draw(self, theta, t, xp).tables()

    def change(
        self, change: Change, exact: Sequence[bool], theta: Array, xp: ModuleType = np
    ) -> tuple[Array, Array]:
        """Where each state goes by a change: successors [S, L] int32, weights [S, L]. ``exact`` is from ``lands``."""
        with np.errstate(all="ignore"):
            draw = _Draw(self, theta, 0, xp)
            landing = draw.landing(change, exact)
            [successors] = draw.look_up([landing])
            return draw.stack(successors), draw.stack([draw.full(w, len(self.states)) for w in landing.weights])

    @cached_property
    def over(self) -> np.ndarray:
        """[S] bool: the game is over."""
        return self.plan.ended(self.states.codes)

    @cached_property
    def ended_by(self) -> list[np.ndarray]:
        """For each end, [S] bool: it is the first of the ends that hold."""
        env = self.plan.ranges(self.states.codes)
        left, result = np.ones(len(self.states), bool), []
        for end in self.plan.ends:
            holds = left & possibly(end.when, env, len(self.states))
            result.append(holds)
            left = left & ~holds
        return result

    @cached_property
    def exact(self) -> dict[tuple[int, int, int], list[bool]]:
        """(step, option, effect) -> for each variable it sets, whether it lands on a grid point in every draw."""
        env, count, result = self.plan.ranges(self.states.codes), len(self.states), {}
        for k, step in enumerate(self.plan.steps):
            active = possibly(step.when, env, count) & ~self.over
            for a, option in enumerate(step.options):
                where = active & possibly(option.when, env, count)
                for e, effect in enumerate(option.effects):
                    result[k, a, e] = self.lands(effect.sets, where)
        return result

    def lands(self, change: Change, where: np.ndarray) -> list[bool]:
        """Which variables of a change land on a grid point for every draw, in all states ``where`` [S]."""
        env, variables = self.plan.ranges(self.states.codes), self.plan.variables
        return [
            not variables[place].numeric or lands_on_points(variables[place], node, env, where)
            for place, node in change
        ]


class _Draw:
    """One evaluation: the names' arrays for a draw, and what is put together from them."""

    def __init__(self, game: Tables, theta: Array, t: Array, xp: ModuleType):
        self.game, self.plan, self.states, self.xp = game, game.plan, game.states, xp
        self.S, self.W, self.N = len(game.states), len(game.plan.worlds), len(game.plan.actors)
        period = np.float64(t + 1) if xp is np else xp.asarray(t, np.float64) + 1.0
        self.env = self.plan.values(self.states.codes, theta, period, xp)
        self.holds: list[Array] = []  # bools [...]: what must be true for the draw to be valid

    # --- the parts of GameTables --------------------------------------------------------------------------------------

    def tables(self) -> GameTables:
        flow, end_value = self.payoffs()
        steps = self.steps()
        discount = self.stack([self.discount(i) for i in range(self.N)])
        stake = self.stake(end_value, self.paid(flow, discount, steps))
        precision = self.precision(stake)
        prior = self.odds([self.by_world(p)[w] for w, p in enumerate(self.plan.prior)], np.True_)
        start_index, start_weight = self.start()
        return GameTables(
            steps=steps,
            flow=flow,
            end_value=end_value,
            discount=discount,
            precision=precision,
            stake=stake,
            prior=self.stack(prior),
            start_index=start_index,
            start_weight=start_weight,
            valid=self.valid(),
        )

    def payoffs(self) -> tuple[Array, Array]:
        """Flow [S, N, W] of a period, and what it is worth [S, N, W] if the game stops here."""
        flows, ends = [], []
        for i in range(self.N):
            discount = self.discount(i)
            self.holds.append((discount > 0) & (discount < 1))
            flow = self.by_both(self.plan.payoffs[i])
            for_ever = flow / (1 - discount)
            horizon = self.plan.end_values[i]
            value = for_ever if horizon is None else self.by_both(horizon)
            for end, here in zip(self.plan.ends, self.game.ended_by, strict=True):
                given = end.values[i]
                value = self.where(here[:, None], for_ever if given is None else self.by_both(given), value)
            flows.append(flow)
            ends.append(value)
        flow, end_value = self.stack(flows, axis=1), self.stack(ends, axis=1)
        self.holds += [self.finite(flow), self.finite(end_value)]
        return flow, end_value

    def discount(self, actor: int) -> Array:
        """[] an actor's discount factor."""
        return self.by_world(self.plan.discount[actor])[0]

    def stake(self, end_value: Array, paid: Array) -> Array:
        """[N] the spread between best and worst end in play, in the world where it is widest; ``paid`` [N] where all
        ends are alike."""
        played = end_value[self.game.played]
        ends = self.spread(end_value).max(axis=1)
        return self.where(ends > TOLERANCE * abs(played).max(axis=(0, 2)), ends, paid)

    def paid(self, flow: Array, discount: Array, steps: Sequence[StepTables]) -> Array:
        """[N] the spread of all that the periods to the horizon can pay, in the world where it is widest."""
        spread = self.spread(flow)
        for step in steps:
            if step.pay is not None:
                spread = spread + step.pay.max(axis=(0, 1)) - step.pay.min(axis=(0, 1))
        return spread.max(axis=1) * (1 - discount**self.plan.periods) / (1 - discount)

    def spread(self, values: Array) -> Array:
        """[N, W] how far apart values [S, N, W] are over the states in play."""
        played = values[self.game.played]
        return played.max(axis=0) - played.min(axis=0)

    def precision(self, stake: Array) -> Array:
        """[N, W] lambda: rationality per stake, or given as it is. Without a stake nothing matters: 0."""
        rows = []
        for i in range(self.N):
            rate = self.by_world(self.plan.precision[i])
            self.holds.append(rate >= 0)
            some = stake[i] > 0
            rows.append(rate if self.plan.raw[i] else self.where(some, rate / self.where(some, stake[i], 1.0), 0.0))
        return self.stack(rows, axis=0)

    def start(self) -> tuple[Array, Array]:
        """Indices [L0] and weights [L0] of the states in which the game may start."""
        change = self.plan.start
        landing = self.landing(change, self.game.lands(change, np.ones(self.S, bool)))
        ids = self.stack([self.full(x, self.S)[0] for x in landing.ids])
        index, found = self.states.lookup(ids, self.lib(ids))
        weight = self.stack([self.full(w, self.S)[0] for w in landing.weights])
        return self.where(found, index, index[0]), weight

    def valid(self) -> Array:
        """[] bool: all that must hold does. Arrays of one shape are joined before they are reduced: it saves work."""
        joined: dict[tuple[int, ...], Array] = {}
        for x in self.holds:
            joined[x.shape] = joined[x.shape] & x if x.shape in joined else x
        return reduce(lambda a, b: a & b, (self.lib(x).all(x) for x in joined.values()))

    # --- steps --------------------------------------------------------------------------------------------------------

    def steps(self) -> tuple[StepTables, ...]:
        """The tables of all steps; the states of all of them are looked up at once."""
        landings = [
            [self.landing(effect.sets, self.game.exact[k, a, e]) for e, effect in enumerate(option.effects)]
            for k, step in enumerate(self.plan.steps)
            for a, option in enumerate(step.options)
        ]
        successors = iter(self.look_up([x for option in landings for x in option]))
        options = iter([(x, [next(successors) for _ in x]) for x in landings])
        return tuple(self.step(step, [next(options) for _ in step.options]) for step in self.plan.steps)

    def step(self, step: StepPlan, places: Sequence[tuple[list[Landing], list[list[Array]]]]) -> StepTables:
        """The tables of one step; ``places`` has for each option the landing and the successors of each effect."""
        guards = self.stack([self.guard(option.when) for option in step.options])
        # With every option closed a step is passed over.
        active = self.guard(step.when) & ~self.game.over & guards.any(axis=1)
        matters = active[:, None] & guards
        weights, successors = [], []
        for a, (option, (landings, found)) in enumerate(zip(step.options, places, strict=True)):
            shares = self.shares(option, matters[:, a])
            weights.append([share * w for share, x in zip(shares, landings, strict=True) for w in x.weights])
            successors.append([index for effect in found for index in effect])
        size = max(map(len, weights))
        nothing = np.zeros(self.S)
        return StepTables(
            active=active,
            allowed=guards | ~active[:, None],
            pay=self.pay(step, matters),
            weight=self.stack([self.stack([*w, *[nothing] * (size - len(w))]) for w in weights], axis=1),
            successor=self.stack([self.stack([*x, *x[:1] * (size - len(x))]) for x in successors], axis=1),
            becomes=self.becomes(step, matters),
            chance=self.chance(step, active) if step.mover == CHANCE else None,
        )

    def chance(self, step: StepPlan, active: Array) -> Array:
        """[S, A, W] the odds of the outcomes of a chance step."""
        odds = [self.by_both(option.odds) for option in step.options if option.odds is not None]
        return self.stack(self.odds(odds, active[:, None]), axis=1)

    def shares(self, option: OptionPlan, matters: Array) -> list[Array]:
        """The odds [S] of each branch of an option."""
        if len(option.effects) == 1:
            return [np.ones(self.S)]
        return self.odds([self.by_state(effect.odds) for effect in option.effects if effect.odds], matters)

    def pay(self, step: StepPlan, matters: Array) -> Array | None:
        """[S, A, N, W] payments at once, or None if the step has none."""
        if not any(effect.pay for option in step.options for effect in option.effects):
            return None
        rows = []
        for option in step.options:
            paid: list[Array] = [np.zeros((self.S, self.W))] * self.N
            for effect in option.effects:
                for actor, node in effect.pay:
                    share = self.value(effect.odds) if effect.odds else np.float64(1.0)
                    paid[actor] = paid[actor] + share * self.value(node)
            rows.append(self.stack(paid, axis=1))
        pay = self.where(matters[:, :, None, None], self.stack(rows, axis=1), 0.0)
        self.holds.append(self.finite(pay))
        return pay

    def becomes(self, step: StepPlan, matters: Array) -> Array | None:
        """[S, A, W, W] P_a(w' | w, s), or None if the step changes no hidden variable."""
        if not any(option.becomes for option in step.options):
            return None
        return self.stack([self.world_lottery(o, matters[:, a]) for a, o in enumerate(step.options)], axis=1)

    def world_lottery(self, option: OptionPlan, matters: Array) -> Array:
        """[S, W, W] the lottery over worlds of one option; several hidden variables change independently."""
        names, codes = list(self.plan.hidden), self.plan.world_codes
        changed = [names.index(name) for name, _ in option.becomes]
        kept = [h for h in range(len(names)) if h not in changed]
        same = np.all(codes[:, None, kept] == codes[None, :, kept], axis=-1)  # [w, w']
        odds = {(names.index(name), code): self.value(p) for name, lottery in option.becomes for code, p in lottery}
        columns = []
        for after in range(self.W):
            column: Array = same[None, :, after].astype(float)
            for h in changed:
                column = column * odds.get((h, int(codes[after, h])), np.float64(0.0))
            columns.append(self.full(column, self.S, self.W))
        lottery = self.where(matters[:, None, None], self.stack(columns), np.eye(self.W))
        self.holds += [lottery >= -TOLERANCE, abs(lottery.sum(axis=-1) - 1) <= TOLERANCE]
        return self.where(lottery < 0, 0.0, lottery)

    def landing(self, change: Change, exact: Sequence[bool]) -> Landing:
        """Where the states go by a change."""
        targets = [
            Target(place, self.by_state(node), on_point)
            for (place, node), on_point in zip(change, exact, strict=True)
        ]
        return Landing(*self.states.land(targets, self.xp))

    def look_up(self, landings: Sequence[Landing]) -> list[list[Array]]:
        """For each landing the indices [S], int32, of the states that its ids stand for.

        A corner that is not among the reachable states has no weight but by rounding: it is sent where the first corner
        goes. The first is missing only where the effect cannot happen: there the state stays.
        """
        flat = [x for landing in landings for x in landing.ids]
        traced = [i for i, x in enumerate(flat) if self.lib(x) is not np]
        places = [None if i in traced else self.states.lookup(x) for i, x in enumerate(flat)]
        if traced:
            index, found = self.states.lookup(self.stack([flat[i] for i in traced], axis=0), self.xp)
            for row, i in enumerate(traced):
                places[i] = index[row], found[row]
        rest = iter(places)
        result = []
        for landing in landings:
            fallback: Array = np.arange(self.S, dtype=np.int32)
            indices = []
            for _ in landing.ids:
                index, found = next(rest)  # type: ignore[misc]  # every place is filled by now
                indices.append(self.where(found, index, fallback))
                fallback = indices[0]
            result.append(indices)
        return result

    # --- formulas as arrays -------------------------------------------------------------------------------------------

    def value(self, node: Node) -> Array:
        """[S or 1, W or 1] or []: a formula as floats."""
        return number(self.env.of(node))

    def by_state(self, node: Node) -> Array:
        """[S] floats: a formula that no hidden variable enters."""
        return self.full(self.value(node), self.S, 1)[:, 0]

    def by_world(self, node: Node) -> Array:
        """[W] floats: a formula that no state variable enters."""
        return self.full(self.value(node), 1, self.W)[0]

    def by_both(self, node: Node) -> Array:
        """[S, W] floats."""
        return self.full(self.value(node), self.S, self.W)

    def guard(self, node: Node | None) -> Array:
        """[S] bool."""
        return np.ones(self.S, bool) if node is None else self.full(truth(self.env.of(node)), self.S, 1)[:, 0]

    def odds(self, parts: Sequence[Array], matters: Array) -> list[Array]:
        """Odds, noted as right or wrong where they matter, even where they do not, and never below 0."""
        parts = [self.where(matters, p, 1.0 / len(parts)) for p in parts]
        total = reduce(lambda a, b: a + b, parts)
        # What misses 1 by being above it shows in the sum, as nothing is below 0.
        self.holds += [p >= -TOLERANCE for p in parts] + [abs(total - 1) <= TOLERANCE]
        return [self.where(p < 0, 0.0, p) for p in parts]

    # --- arrays of either kind ----------------------------------------------------------------------------------------

    def lib(self, *arrays: Array) -> ModuleType:
        """NumPy if nothing is traced."""
        return np if all(isinstance(x, np.ndarray | np.generic | float) for x in arrays) else self.xp

    def where(self, test: Array, a: Array, b: Array) -> Array:
        return self.lib(test, a, b).where(test, a, b)

    def stack(self, arrays: Sequence[Array], axis: int = -1) -> Array:
        return self.lib(*arrays).stack(arrays, axis=axis)

    def full(self, x: Array, *shape: int) -> Array:
        return self.lib(x).broadcast_to(x, shape)

    def finite(self, x: Array) -> Array:
        return self.lib(x).isfinite(x)
