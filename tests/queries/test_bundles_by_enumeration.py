"""All bundles of a mediator's case, with conditions, times, extensions and payments, against an enumeration.

The case is solved here over every history, with types and beliefs, by plain iteration; nothing of the solver is used.
"""

from __future__ import annotations

from itertools import permutations, product
from math import exp, factorial

import pytest

import longgame

CASE = """
title: Talks about a truce
clock: {start: 2025-01, step: 1 month, periods: 4}
actors:
  north: {lambda: 2, discount: 0.9}
  south: {lambda: 2, discount: 0.9}
  donor: {lambda: 2, discount: 0.9}
state:
  truce: {values: [none, local, full], start: none}
  supplies: {values: [flowing, halted], start: flowing}
  cash: {values: ["no", "yes"], start: "no"}
  tired: {values: ["no", "yes"], start: "no"}
hidden:
  aim: {known_to: [north], values: {peace: 0.4, war: 0.6}, source: judgement, because: A test.}
period:
  - move: attack
    by: north
    options:
      push: {pay: {north: "0.3 if aim == war else -0.2", south: -0.5}, set: {tired: "yes"}}
      hold: {}
payoffs:
  north: >
    1.2 * (truce == full) * (1 if aim == peace else -0.2) + 0.3 * (truce == local) + 0.8 * (supplies == halted)
    + 0.1 * (cash == yes) - 0.1 * (tired == yes)
  south: 0.9 * (truce == full) + 0.4 * (truce == local) - 1.1 * (supplies == halted) + 0.6 * (cash == yes)
  donor: 0.5 * (truce != none) + 0.2 * (supplies == halted) - 0.4 * (cash == yes)
end_values: {north: 0, south: 0, donor: 0}
clauses:
  truce: {values: [local, full], lasts: [1 month, always], extend: [north, south]}
  halt: {set: {supplies: halted}, needs: truce}
  cash: {set: {cash: "yes"}}
  payment: {from: donor, to: south, amounts: [0.25, 0.5, 1], needs: halt}
"""
ACTORS, WORLDS, PRIOR, TABLE = ("north", "south", "donor"), (0, 1), (0.4, 0.6), ("north", "south")
State = tuple[str, int, int, int, int]  # truce, periods left of it (0: for good), supplies halted, cash, tired
Values = list[tuple[float, ...]]  # by world (peace, war), then by actor


def flow(state: State) -> Values:
    truce, _, halted, cash, tired = state
    own = 0.3 * (truce == "local") + 0.8 * halted + 0.1 * cash - 0.1 * tired
    south = 0.9 * (truce == "full") + 0.4 * (truce == "local") - 1.1 * halted + 0.6 * cash
    donor = 0.5 * (truce != "none") + 0.2 * halted - 0.4 * cash
    return [(own + 1.2 * (truce == "full") * taste, south, donor) for taste in (1.0, -0.2)]


def mixed(chances: list[float], one: Values, other: Values) -> Values:
    pairs = zip(chances, one, other, strict=True)
    return [tuple(p * x + (1 - p) * y for x, y in zip(a, b, strict=True)) for p, a, b in pairs]


def after(belief: tuple[float, ...], chances: list[float]) -> tuple[float, ...]:
    each = [b * p for b, p in zip(belief, chances, strict=True)]
    return tuple(x / sum(each) for x in each)


class Play:
    """The choices at every history, and one more round of them."""

    def __init__(self):
        self.chances: dict[str, list[float]] = {}
        self.new: dict[str, list[float]] = {}

    def solve(self, start: State) -> Values:
        """What everybody can expect, by world, when no choice moves any more."""
        for _ in range(500):
            self.new = {}
            found = self.attack("", 0, start, PRIOR)
            moved = max(abs(x - y) for h, row in self.new.items() for x, y in zip(row, self.chances[h], strict=True))
            self.chances |= self.new
            if moved < 1e-13:
                return found
        raise AssertionError("it does not settle")

    def choose(self, history: str, mover: int, belief: tuple[float, ...], yes, no) -> Values:
        """A choice of two; the north (0) knows the world, and what it does tells of it."""
        chances = self.chances.setdefault(history, [0.5, 0.5])
        seen = mover == 0
        one = yes(after(belief, chances) if seen else belief)
        other = no(after(belief, [1 - p for p in chances]) if seen else belief)
        gain = [a[mover] - b[mover] for a, b in zip(one, other, strict=True)]
        if not seen:
            gain = [sum(b * x for b, x in zip(belief, gain, strict=True))] * 2
        self.new[history] = [1 / (1 + exp(-2 * x)) for x in gain]
        return mixed(chances, one, other)

    def begin(self, history: str, t: int, state: State, belief: tuple[float, ...]) -> Values:
        if t == 4:
            return [(0.0, 0.0, 0.0)] * 2
        if not state[1]:
            return self.attack(history, t, state, belief)

        def on(belief):  # of a month a new one begins
            return self.attack(history + "e", t, state, belief)

        def off(belief):
            return self.attack(history + "l", t, ("none", 0, *state[2:]), belief)

        def asked(belief):
            return self.choose(history + "s", 1, belief, on, off)

        return self.choose(history + "n", 0, belief, asked, off)

    def attack(self, history: str, t: int, state: State, belief: tuple[float, ...]) -> Values:
        def goes_on(sign: str, state: State, belief, pay: Values) -> Values:
            later = self.begin(history + sign, t + 1, state, belief)
            rows = zip(pay, flow(state), later, strict=True)
            return [tuple(p + f + 0.9 * x for p, f, x in zip(*row, strict=True)) for row in rows]

        def push(belief):
            return goes_on("p", (*state[:4], 1), belief, [(-0.2, -0.5, 0.0), (0.3, -0.5, 0.0)])

        def hold(belief):
            return goes_on("h", state, belief, [(0.0, 0.0, 0.0)] * 2)

        return self.choose(history + "a", 0, belief, push, hold)


def enumerated() -> dict[str, dict[str, list[float]]]:
    """Bundle -> actor -> its worth if peace, if war, and as expected."""
    base, found = Play().solve(("none", 0, 0, 0, 0)), {}
    truces = [("none", 0), *product(("local", "full"), (1, 0))]
    for (truce, left), halted, cash, amount in product(truces, (0, 1), (0, 1), (0.0, 0.25, 0.5, 1.0)):
        if (halted and truce == "none") or (amount and not halted):
            continue
        parts = [f"truce={truce}{' for 1 month' if left else ''}"] if truce != "none" else []
        parts += ["halt"] * halted + ["cash"] * cash + ([f"payment {amount:g}"] if amount else [])
        if parts:
            values = Play().solve((truce, left, halted, cash, 0))
            rows = {}
            for n, (actor, paid) in enumerate(zip(ACTORS, (0.0, amount, -amount), strict=True)):
                each = [values[w][n] - base[w][n] + paid for w in WORLDS]
                rows[actor] = [*each, sum(p * x for p, x in zip(PRIOR, each, strict=True))]
            found[" + ".join(parts)] = rows
    return found


def test_bundles_points_and_shapley_values_are_those_of_an_enumeration():
    priced = longgame.clauses(longgame.loads(CASE), between=TABLE)
    rows, known = {row["bundle"]: row for row in priced.rows()}, enumerated()
    assert rows.keys() == known.keys() and len(known) == 41
    for name, actors in known.items():
        for actor, (peace, war, expected) in actors.items():
            row = rows[name]
            found = row[f"{actor} if peace"], row[f"{actor} if war"], row[actor]
            assert found == pytest.approx((peace, war, expected), abs=1e-9), (name, actor)

    stake = dict(zip(ACTORS, priced.table.stake, strict=True))
    gain = {name: {a: row[2] / (stake[a] or 1.0) for a, row in actors.items()} for name, actors in known.items()}
    zone = [name for name, row in gain.items() if all(row[a] >= 0 for a in TABLE)]
    signed = [name for name in zone if all(gain[name][a] > 0 for a in TABLE)]
    ideal = {a: max(gain[name][a] for name in zone) for a in TABLE}
    [group] = priced.bundles.groups
    assert (group.zone, group.signed) == (len(zone), len(signed))
    assert group.harmed["donor"] == pytest.approx(sum(gain[name]["donor"] < 0 for name in signed) / len(signed))
    by_rule = {
        "nash": max(zone, key=lambda name: gain[name]["north"] * gain[name]["south"]),
        "kalai_smorodinsky": max(zone, key=lambda name: min(gain[name][a] / ideal[a] for a in TABLE)),
        "egalitarian": max(zone, key=lambda name: min(gain[name][a] for a in TABLE)),
        "utilitarian": max(zone, key=lambda name: sum(gain[name][a] for a in TABLE)),
    }
    assert {rule: end.name for rule, end in group.points.items() if end} == by_rule
    best = {a: max(signed, key=lambda name: gain[name][a]) for a in TABLE}
    assert {a: end.name for a, end in group.best.items() if end} == best

    parts = by_rule["nash"].split(" + ")

    def worth(some: list[str], actor: str) -> float:
        """Of what is in force of some clauses: no halt without a truce, no payment without a halt."""
        kept = [p for p in parts if p in some]
        if not any(p.startswith("truce") for p in kept):
            kept = [p for p in kept if p != "halt"]
        kept = [p for p in kept if not p.startswith("payment") or "halt" in kept]
        return gain[" + ".join(kept)][actor] if kept else 0.0

    orders = list(permutations(parts))
    for clause in priced.bundles.clauses:
        if clause.name in parts:
            for actor in ACTORS:
                adds = [worth([*o[: o.index(clause.name) + 1]], actor) - worth([*o[: o.index(clause.name)]], actor)
                        for o in orders]  # fmt: skip
                assert clause.shapley is not None
                assert clause.shapley[actor] == pytest.approx(sum(adds) / factorial(len(parts)), abs=1e-9)
