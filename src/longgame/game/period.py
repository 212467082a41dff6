"""The numbers of one period, for draws of the assumptions: from formulas to the arrays of ``GameTables``.

A number that nobody will use is put to something harmless, so that it can neither raise a NaN nor pass one on: payments
of closed options are 0, odds at steps that do not take place are even.

Arrays here are [..., S], [..., S, W] and so on; the axes in front are those of the draws, where a number depends on
them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import accumulate

import numpy as np

from longgame.arrays import Array
from longgame.game.decisions import Decisions
from longgame.game.functions import number, truth
from longgame.game.numbers import CHANCE, GameTables, StepTables
from longgame.game.plan import Change, OptionPlan, Plan, StepPlan, possibly
from longgame.game.reach import lands_on_points
from longgame.game.states import States, Target
from longgame.scenario.language.expressions import Node
from longgame.scenario.periods import PERIOD

TOLERANCE = 1e-9  # by which odds may miss 0, 1, or a sum of 1


@dataclass(frozen=True, eq=False)
class Landing:
    """Where one effect leads, before the states are looked up: L ids [..., S] and their weights [..., S] or []."""

    ids: Sequence[np.ndarray]
    weights: Sequence[Array]


@dataclass(frozen=True, eq=False)
class Reachable:
    """A game and its reachable states: what no assumption changes.

    plan, states   the game and its reachable states
    played         [S] bool: states that play can reach, if only to pass through; the stakes are taken over these
    asked          [S] bool: states in which questions may be asked, at the start or after evidence
    """

    plan: Plan
    states: States
    played: np.ndarray
    asked: np.ndarray

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

    @cached_property
    def decisions(self) -> Decisions:
        """Who decides where, for what a decision usually moves."""
        steps = self.plan.steps
        periods = None if self.plan.forever else self.plan.periods
        movers, leads = [step.mover for step in steps], [step.next for step in steps]
        return Decisions(movers, leads, self.over, periods, [step.sides for step in steps])

    @cached_property
    def timed(self) -> tuple[bool, ...]:
        """[K + 1] whether the tables of each step depend on the period and, last, whether those of payoffs do."""
        payoffs: list[Node | None] = [*self.plan.payoffs, *self.plan.end_values]
        for end in self.plan.ends:
            payoffs += end.values
        parts = [*(step.nodes() for step in self.plan.steps), payoffs]
        return tuple(PERIOD in self.plan.symbols.used(*nodes) for nodes in parts)


class Period:
    """One period of the draws: the names' arrays, and what is put together from them."""

    def __init__(self, game: Reachable, theta: Array, t: int):
        self.game, self.plan, self.states, self.t = game, game.plan, game.states, t
        self.S, self.W, self.N = len(game.states), len(game.plan.worlds), len(game.plan.actors)
        given = [theta[..., p, None, None] if theta.shape[:-1] else theta[p] for p in range(theta.shape[-1])]
        self.env = self.plan.values(self.states.codes, given, np.float64(t + 1))
        self.holds: list[Array] = []  # bools, for each draw or for all: what must be true for it to be valid

    def hold(self, test: np.ndarray, axes: int) -> None:
        """Note a test that must be true everywhere, over so many axes of its own."""
        self.holds.append(test.all(axis=tuple(range(-axes, 0))))

    # --- the parts of GameTables --------------------------------------------------------------------------------------

    def payoffs(self) -> tuple[Array, Array]:
        """Flow [S, N, W] of a period, and what it is worth [S, N, W] if the game stops here."""
        flows, ends = [], []
        for i in range(self.N):
            discount = self.value(self.plan.discount[i])
            flow = self.by_both(self.plan.payoffs[i])
            for_ever = flow / (1 - discount)
            horizon = self.plan.end_values[i]
            value = for_ever if horizon is None else self.by_both(horizon)
            for end, here in zip(self.plan.ends, self.game.ended_by, strict=True):
                given = end.values[i]
                value = np.where(here[:, None], for_ever if given is None else self.by_both(given), value)
            flows.append(flow)
            ends.append(value)
        flow, end_value = stacked(flows, axis=-2), stacked(ends, axis=-2)
        self.hold(np.isfinite(flow) & np.isfinite(end_value), 3)
        return flow, end_value

    def discounts(self) -> Array:
        """[N] the actors' discount factors, for a first step."""
        discount = stacked([self.by_world(node)[..., 0] for node in self.plan.discount])
        self.hold((discount > 0) & (discount < 1), 1)
        return discount

    def prior(self) -> Array:
        """[W] the public belief at the start."""
        return stacked(self.odds([self.by_world(p)[..., w] for w, p in enumerate(self.plan.prior)], np.True_, 0))

    def stake(self, tables: GameTables) -> Array:
        """[N] the spread between best and worst end in play, in the world where it is widest; where all ends are alike,
        that of what is paid."""
        ends = np.max(self.spread(tables.end_value), axis=-1)
        size = np.max(np.absolute(tables.end_value[..., self.game.played, :, :]), axis=(-3, -1))
        apart = ends > TOLERANCE * size
        return ends if apart.all() else np.where(apart, ends, self.paid(tables))

    def paid(self, tables: GameTables) -> Array:
        """[N] the spread of all that the periods to the horizon can pay, in the world where it is widest."""
        spread, discount, lengths = self.spread(tables.flow), tables.discount, self.plan.lengths
        left = 0.0 if self.plan.forever else discount ** (sum(lengths) if lengths else self.plan.periods)
        in_all: Array = (1 - left) / (1 - discount)  # what 1 at the end of each first step comes to
        once: Array = 1.0  # the same of 1 in each period, by that
        if lengths:
            once = reduce(np.add, [discount**before for before in accumulate(lengths[:-1], initial=0.0)]) / in_all
            once = once[..., None]
        for step in tables.steps:
            if step.pay is not None:
                spread = spread + once * (np.max(step.pay, axis=(-4, -3)) - np.min(step.pay, axis=(-4, -3)))
        return np.max(spread, axis=-1) * (1 - left) / (1 - discount)

    def lasting(self, discount: Array) -> tuple[Array, Array]:
        """How many payoffs of a first step the period's payoff counts for, and what counts for 1 in the next period.

        A period of L first steps pays 1 + d + ... + d^(L - 1) = (1 - d^L) / (1 - d) times as much: what the state at
        its end pays if it stays for all of them. What comes after it counts d^L. Nothing else is scaled.
        """
        after = discount ** self.plan.lengths[self.t] if self.plan.lengths else discount
        return (1.0 - after) / (1.0 - discount), after

    def spread(self, values: Array) -> Array:
        """[N, W] how far apart values [S, N, W] are over the states in play."""
        played = values[..., self.game.played, :, :]
        return np.max(played, axis=-3) - np.min(played, axis=-3)

    def precision(self, tables: GameTables, decision: Array) -> Array:
        """[N, W] lambda: rationality per unit, or given as it is; ``decision`` [N] is what a decision usually moves,
        None if that is nobody's unit. An actor whose moves matter by what they tell alone has its stake for a unit.
        Where nothing is at stake, nothing matters: 0."""
        rows = []
        for i, counted_in in enumerate(self.plan.unit):
            rate = self.by_world(self.plan.precision[i])
            self.hold(rate >= 0, 1)
            if counted_in == "payoff":
                rows.append(rate)
                continue
            unit = tables.stake[..., i, None]
            if counted_in == "decision":
                moved = decision[..., i, None]
                unit = np.where(moved > 0, moved, unit)
            some = unit > 0
            rows.append(np.where(some, rate / np.where(some, unit, 1.0), 0.0))
        return stacked(rows, axis=-2)

    def start(self) -> dict[str, Array]:
        """The states in which the game may start: ``start_index`` [L0] and ``start_weight`` [L0]."""
        change = self.plan.start
        landing = self.landing(change, self.game.lands(change, np.ones(self.S, bool)))
        ids = stacked([np.broadcast_to(x, (*x.shape[:-1], self.S))[..., 0] for x in landing.ids])
        index, found = self.states.lookup(ids)
        weight = stacked([full(w, self.S)[..., 0] for w in landing.weights])
        return {"start_index": np.where(found, index, index[..., :1]), "start_weight": weight}

    # --- steps --------------------------------------------------------------------------------------------------------

    def step(self, k: int) -> StepTables:
        """The tables of one step; the states that its options lead to are looked up at once."""
        step = self.plan.steps[k]
        guards = stacked([self.guard(option.when) for option in step.options])
        # With every option closed a step is passed over.
        active = self.guard(step.when) & ~self.game.over & guards.any(axis=-1)
        matters = active[..., None] & guards
        landings = [
            [self.landing(effect.sets, self.game.exact[k, a, e]) for e, effect in enumerate(option.effects)]
            for a, option in enumerate(step.options)
        ]
        found = iter(self.look_up([x for option in landings for x in option]))
        weights: list[list[Array]] = []
        successors: list[list[Array]] = []
        for a, (option, here) in enumerate(zip(step.options, landings, strict=True)):
            shares = self.shares(option, matters[..., a])
            weights.append([share * w for share, x in zip(shares, here, strict=True) for w in x.weights])
            successors.append([index for _ in here for index in next(found)])
        size = max(map(len, weights))
        nothing = np.zeros(self.S)
        return StepTables(
            active=active,
            allowed=guards | ~active[..., None],
            pay=self.pay(step, matters),
            weight=stacked([stacked([*w, *[nothing] * (size - len(w))]) for w in weights], axis=-2),
            successor=stacked([stacked([*x, *x[:1] * (size - len(x))]) for x in successors], axis=-2),
            becomes=self.becomes(step, matters),
            chance=self.chance(step, active) if step.mover == CHANCE else None,
        )

    def chance(self, step: StepPlan, active: Array) -> Array:
        """[S, A, W] the odds of the outcomes of a chance step."""
        odds = [self.by_both(option.odds) for option in step.options if option.odds is not None]
        return stacked(self.odds(odds, active[..., None], 2), axis=-2)

    def shares(self, option: OptionPlan, matters: Array) -> list[Array]:
        """The odds [S] of each branch of an option."""
        if len(option.effects) == 1:
            return [np.ones(self.S)]
        return self.odds([self.by_state(effect.odds) for effect in option.effects if effect.odds], matters, 1)

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
            rows.append(stacked(paid, axis=-2))
        pay = np.where(matters[..., None, None], stacked(rows, axis=-3), 0.0)
        self.hold(np.isfinite(pay), 4)
        return pay

    def becomes(self, step: StepPlan, matters: Array) -> Array | None:
        """[S, A, W, W] P_a(w' | w, s), or None if the step changes no hidden variable."""
        if not any(option.becomes for option in step.options):
            return None
        return stacked([self.world_lottery(o, matters[..., a]) for a, o in enumerate(step.options)], axis=-3)

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
            columns.append(full(column, self.S, self.W))
        lottery = np.where(matters[..., None, None], stacked(columns), np.eye(self.W))
        self.hold(lottery >= -TOLERANCE, 3)
        self.hold(np.absolute(np.sum(lottery, axis=-1) - 1) <= TOLERANCE, 2)
        return np.where(lottery < 0, 0.0, lottery)

    def landing(self, change: Change, exact: Sequence[bool]) -> Landing:
        """Where the states go by a change."""
        targets = [
            Target(place, self.by_state(node), on_point)
            for (place, node), on_point in zip(change, exact, strict=True)
        ]
        return Landing(*self.states.land(targets))

    def look_up(self, landings: Sequence[Landing]) -> list[list[np.ndarray]]:
        """For each landing the indices [S], int32, of the states that its ids stand for.

        A corner that is not among the reachable states has no weight but by rounding: it is sent where the first corner
        goes. The first is missing only where the effect cannot happen: there the state stays.
        """
        result = []
        for landing in landings:
            fallback: np.ndarray = np.arange(self.S, dtype=np.int32)
            indices: list[np.ndarray] = []
            for ids in landing.ids:
                index, found = self.states.lookup(ids)
                indices.append(np.where(found, index, fallback))
                fallback = indices[0]
            result.append(indices)
        return result

    # --- formulas as arrays -------------------------------------------------------------------------------------------

    def value(self, node: Node) -> Array:
        """[S or 1, W or 1] or []: a formula as floats."""
        return number(self.env.of(node))

    def by_state(self, node: Node) -> Array:
        """[S] floats: a formula that no hidden variable enters."""
        return full(self.value(node), self.S, 1)[..., 0]

    def by_world(self, node: Node) -> Array:
        """[W] floats: a formula that no state variable enters."""
        return full(self.value(node), 1, self.W)[..., 0, :]

    def by_both(self, node: Node) -> Array:
        """[S, W] floats."""
        return full(self.value(node), self.S, self.W)

    def guard(self, node: Node | None) -> np.ndarray:
        """[S] bool."""
        return np.ones(self.S, bool) if node is None else full(truth(self.env.of(node)), self.S, 1)[..., 0]

    def odds(self, parts: Sequence[Array], matters: Array, axes: int) -> list[Array]:
        """Odds, noted as right or wrong where they matter, even where they do not, and never below 0.

        axes  how many each has of its own, beside those of the draws
        """
        parts = [np.where(matters, p, 1.0 / len(parts)) for p in parts]
        total = reduce(lambda a, b: a + b, parts)
        # What misses 1 by being above it shows in the sum, as nothing is below 0.
        for test in (*(p >= -TOLERANCE for p in parts), np.absolute(total - 1) <= TOLERANCE):
            self.hold(np.asarray(test), axes)
        return [np.where(p < 0, 0.0, p) for p in parts]


# --- arrays for some draws or for all -------------------------------------------------------------------------------


def full(x: Array, *shape: int) -> Array:
    """An array [..., *shape] from one that broadcasts to it."""
    lead = np.shape(x)[: max(np.ndim(x) - len(shape), 0)]
    return np.broadcast_to(x, (*lead, *shape))


def stacked(arrays: Sequence[Array], axis: int = -1) -> Array:
    """Arrays side by side along a new axis, counted from the end; those of all draws beside those of each."""
    shape = np.broadcast_shapes(*map(np.shape, arrays))
    return np.stack([np.broadcast_to(x, shape) for x in arrays], axis=axis)
