"""Numbers in payoffs as sums of what an actor can expect somewhere: what an account is made of.

    value, worth, gain    what the actor can expect after a change, less what it can without (``worth``, ``ledger``)
    withhold              what it can expect as things are, less the same under the posture by which it is withheld
    lead                  what it can expect under its posture, less the same under the rival, in the worlds that the
                          rule looks at: all by their belief, the worst of each posture, that of its largest regret
    information_value     what it can expect if it takes the best posture in each part of the worlds, less the same
                          with the posture that is best for what it knows already (``choice.information``)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from longgame.choice.table import PostureTable
from longgame.queries import worth
from longgame.queries.account import Level
from longgame.queries.atoms import Belief, Found, Gain, Stake, Value, ValueByWorld, Worth
from longgame.queries.case import Case
from longgame.queries.meaning import Bound, withheld
from longgame.queries.nodes import Floats, Nodes
from longgame.queries.places import Places
from longgame.scenario.questions.grammar import Kind
from longgame.scenario.questions.tree import Change, Lookup, Take


@dataclass(frozen=True, eq=False)
class Apart:
    """A number taken apart.

    actor   whose payoff it is in
    levels  what it is the sum of, before it is divided by ``per`` (the stake of the actor, or 1)
    """

    actor: int
    levels: tuple[Level, ...]
    per: float = 1.0


def taken_apart(case: Case, places: Places, leaf: Lookup, bound: Bound, found: Found) -> Apart | None:
    """A look-up as a sum of levels; None for what is no payoff, or has no answer.

    found  what was looked up for it
    """
    if any(atom in found.reasons for atom in bound.atoms):
        return None
    if leaf.kind not in (Kind.PAYOFF, Kind.SHARE):
        return None
    match bound.atoms[0]:
        case Value() as free if leaf.function == "withhold":
            _, lost = withheld(bound.atoms, found)
            return Apart(free.actor, (*_levels(case, places, free), *(replace(level, times=-1.0)
                                      for level in _levels(case, places, lost))))  # fmt: skip
        case Value() | Worth() | Gain() as atom:
            levels = tuple(_levels(case, places, atom))
            stake = next((found.number(other) for other in bound.atoms if isinstance(other, Stake)), 1.0)
            return Apart(atom.actor, levels, stake) if stake > 0.0 else None
        case Belief() if leaf.function in ("lead", "information_value"):
            return _of_postures(case, places, leaf, bound, found)
    return None


def _levels(case: Case, places: Places, atom: Value | Worth | Gain) -> Iterator[Level]:
    if isinstance(atom, Gain):
        updates = {update.seen.index: [] for update in case.path.updates}
        for update in case.path.updates:
            updates[update.seen.index].append(update)
        for learned in (case.path.piece(id) for id in atom.evidence):
            for update in updates[learned.seen.index]:
                step = update.step.opened(case.game)
                fitting, _ = step.fitting()
                assert fitting is not None  # the path would not have passed it
                yield Level(fitting, paid_at=update.seen.step)
                yield Level(step.every(), times=-1.0, paid_at=update.seen.step)
        return
    view, under = atom.view, atom.view.under
    if isinstance(atom, Value):
        if atom.levels:
            yield Level(places(view), under)
        else:
            nodes, changes = places(replace(view, after=())), places.made(view.after)
            yield Level(worth.made(case, nodes, changes, under, atom.actor), under, paid_at=_paid_at(view.after))
        return
    if atom.levels:
        after, before = map(places, atom.levels)
        yield Level(after, under)
        yield Level(before, under, times=-1.0)
        return
    nodes, changes = places(view), places.made(atom.changes)
    if atom.than is None:
        yield Level(worth.made(case, nodes, changes, under, atom.actor), under, paid_at=_paid_at(atom.changes))
        before = worth.unmade(case, nodes, changes, under)
        yield Level(before, under, times=-1.0, paid_at=_paid_at(atom.changes))
        return
    others = places.made(atom.than)
    yield Level(worth.made(case, nodes, changes, under, atom.actor, others), under, paid_at=_paid_at(atom.changes))
    before = worth.made(case, nodes, others, under, atom.actor, changes)
    yield Level(before, under, times=-1.0, paid_at=_paid_at(atom.than))


def _paid_at(changes: Sequence[Change]) -> int | None:
    """The step at which changes pay, where that is one alone."""
    return changes[0].step if len(changes) == 1 and isinstance(changes[0], Take) else None


# --- postures ---------------------------------------------------------------------------------------------------------


def posture_table_of(case: Case, bound: Bound, found: Found) -> PostureTable:
    """The table posture x world of a function of postures."""
    belief, *values = bound.atoms
    rows = np.array([found.vector(atom) for atom in values])
    actor = next(atom.actor for atom in values if isinstance(atom, ValueByWorld))
    return PostureTable.of(rows, found.vector(belief), cells=np.asarray(case.game.cells[actor]))


def rival_of(table: PostureTable, posture: int, rule: str) -> int:
    """The posture that is next best by a rule."""
    score = table.score(rule)[:, 0].copy()  # type: ignore[arg-type]
    score[posture] = -np.inf
    return int(score.argmax())


def world_of(table: PostureTable, posture: int, rule: str) -> int:
    """The world by which a rule judges a posture: its worst, or that of its largest regret."""
    if rule == "maximin":
        return int(np.where(table.possible, table.counted, np.inf)[posture, :, 0].argmin())
    return int(table.regret[posture, :, 0].argmax())


def _of_postures(case: Case, places: Places, leaf: Lookup, bound: Bound, found: Found) -> Apart | None:
    table = posture_table_of(case, bound, found)
    values = [atom for atom in bound.atoms if isinstance(atom, ValueByWorld)]
    if not table.answered.all() or not values:
        return None
    given, actor = dict(leaf.arguments), values[0].actor
    if leaf.function == "lead":
        mine = [atom.view.under[1] for atom in values if atom.view.under is not None].index(given["posture"])
        shares = _lead(table, mine, given.get("rule", "expected")) if len(values) > 1 else None
    else:
        learned = case.game.worlds if given.get("about") is None else case.game.hidden[given["about"]]
        shares = _information(table, learned)
    if shares is None:
        return None
    return Apart(
        actor,
        tuple(
            _by_world(places(replace(values[a].view, under=None)), values[a], row, sign)
            for sign, rows in ((1.0, np.maximum(shares, 0.0)), (-1.0, np.maximum(-shares, 0.0)))
            for a, row in enumerate(rows)
            if row.any()
        ),
    )


def _lead(table: PostureTable, mine: int, rule: str) -> Floats:
    """[A, W] how often the value of each posture in each world counts in a lead."""
    shares, rival = np.zeros(table.values.shape[:2]), rival_of(table, mine, rule)
    belief = np.where(table.possible, table.belief, 0.0)[:, 0]
    for posture, sign in ((mine, 1.0), (rival, -1.0)):
        if rule == "expected":
            shares[posture] += sign * belief
            continue
        w = world_of(table, posture, rule)
        shares[posture, w] += sign
        if rule == "regret":
            shares[int(table.counted[:, w, 0].argmax()), w] -= sign
    return shares


def _information(table: PostureTable, learned: Sequence[object]) -> Floats:
    """[A, W] how often the value of each posture in each world counts in the value of information."""
    shares, belief = np.zeros(table.values.shape[:2]), np.where(table.possible, table.belief, 0.0)[:, 0]
    finer = list(zip(table.cells.tolist(), learned, strict=True))
    for labels, sign in ((finer, 1.0), (table.cells.tolist(), -1.0)):
        for one in dict.fromkeys(labels):
            part = np.array([label == one for label in labels]) * belief
            best = int((table.counted[:, :, 0] @ part).argmax())
            shares[best] += sign * part
    return shares


def _by_world(nodes: Nodes, atom: ValueByWorld, share: Floats, sign: float) -> Level:
    """What can be expected under a posture in some worlds, each counted so often [W]: see ``worth.levels_by_world``."""
    likely, possible = nodes.joint, nodes.joint.any(axis=0)
    if not possible.all():
        likely = np.where(possible, likely, nodes.weight[:, None])
    joint = likely / likely.sum(0) * share
    return Level(replace(nodes.without_purse, joint=joint), atom.view.under, times=sign * float(share.sum()))
