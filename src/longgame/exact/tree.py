"""The logit response on a game tree, and its derivative: the kernel of the histories method.

Letters: V nodes, N players, H information sets of players, D = sum of their numbers of actions (the slots), s in [0, 1]
the share of the precision that is in force (s = 1 is the game as asked).

For choice probabilities sigma the probability of reaching a node multiplies along its path, and the belief of a player
at information set h is that probability normalised over the nodes n of h (with perfect recall its own part cancels):

    1. reach      l(n)   = l(parent of n) + log p(branch into n)                       down the tree, in logarithms
    2. belief     m(n)   = exp l(n) / sum over n' in h(n) of exp l(n')
    3. value      U(n)   = pay(n) + sum over a of p(a) U(child of n by a)              up the tree
    4. action     Q(h,a) = sum over n in h of m(n) U_i(child of n by a)
    5. response   y(h,a) = s lambda_h Q(h,a),   sigma(h, .) = softmax y(h, .)          (McKelvey and Palfrey 1998)

Choice is kept as log-odds y [D], each set's summing to zero, so that a choice made once in e^100 times is as exact as
any. Values in step 3 use the responses found further down in the same pass (a Gauss-Seidel pass), so that only beliefs
are iterated on: a game of perfect information is solved by one pass. Where information sets interlock in time, no order
of them has this property, and step 3 uses the given probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from longgame.exact.extensive import CHANCE
from longgame.exact.layout import Block, Layout
from longgame.solver.curve.runs import sums_of_runs

_NONE = np.zeros(0)  # at a chance move, where nobody chooses


@dataclass(frozen=True, eq=False)
class Pass:
    """One response pass: where it started and what it found.

    log_odds  [D] y given
    action    [D] Q found, less its mean in each information set; response [D] y found
    sigma     [D] probabilities given; belief [V] m(n), 1 at chance and terminal nodes
    value     [V, N] U, what each player can expect from each node on
    inside    per block (children's values [m, A, N], probabilities used [h, A]), for the derivative
    turning   what derivatives take from these, once there has been one
    """

    log_odds: np.ndarray
    action: np.ndarray
    response: np.ndarray
    share: float
    sigma: np.ndarray
    belief: np.ndarray
    value: np.ndarray
    inside: list[tuple[np.ndarray, np.ndarray]]
    turning: list[_Turning] = field(default_factory=list)


class _Turning(NamedTuple):
    """What all derivatives at a pass take from a block of it.

    by_node    [m, A] probabilities used, at each node; children [m, A, N] values
    used       [h, A, 1] the same by information set; own [m, A, 1] the mover's own values of the children
    belief     [m, 1, 1]
    by_action  [h, A, 1] how odds change with what an action is worth, and by_share with the share of the precision
    surprise   [h, A, 1] how the worth of private shocks changes with the probabilities used, where there are any
    """

    by_node: np.ndarray
    children: np.ndarray
    used: np.ndarray = _NONE
    own: np.ndarray = _NONE
    belief: np.ndarray = _NONE
    by_action: np.ndarray = _NONE
    by_share: np.ndarray = _NONE
    surprise: np.ndarray | None = None


class Tree(Layout):
    """The logit response of a game tree, and its derivative."""

    # --- passes ------------------------------------------------------------------------------------------------------

    def softmax(self, log_odds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities [D] and their logarithms [D] of log-odds [D]."""
        shifted = log_odds - np.maximum.reduceat(log_odds, self.set_start)[self.slot_group]
        raised = np.exp(shifted)
        total = np.add.reduceat(raised, self.set_start)
        return raised / total[self.slot_group], shifted - np.log(total)[self.slot_group]

    @property
    def uniform(self) -> np.ndarray:
        """[D] the log-odds of uniform play."""
        return np.zeros(self.slots)

    def distance(self, a: np.ndarray, b: np.ndarray, share: float = 1.0) -> float:
        """The largest difference in choice probability between log-odds, whatever the share."""
        return float(np.abs(self.softmax(a)[0] - self.softmax(b)[0]).max())

    @property
    def pattern(self) -> None:
        """Nobody has looked which log-odds move which."""
        return None

    def sharpened(self, log_odds: np.ndarray, share: float) -> np.ndarray:
        """[D] where to look at the full precision, from an equilibrium at a share of it."""
        return log_odds / max(share, 1e-3)

    def beliefs(self, log_sigma: np.ndarray) -> np.ndarray:
        """[V] steps 1 and 2."""
        belief = np.ones(len(self.parent))
        if not len(self.shared):
            return belief
        log_p = np.concatenate([log_sigma, self.log_chance])
        reach = np.zeros(self.inner)
        for stage in self.stages[1:]:
            reach[stage] = reach[self.parent[stage]] + log_p[self.edge[stage]]
        shared = reach[self.shared]
        raised = np.exp(shared - np.maximum.reduceat(shared, self.shared_start)[self.shared_group])
        belief[self.shared] = raised / np.add.reduceat(raised, self.shared_start)[self.shared_group]
        return belief

    def respond(self, log_odds: np.ndarray, share: float, *, fixed: bool = False) -> Pass:
        """Steps 1 to 5. With ``fixed`` (or where sets interlock) values use the given probabilities throughout."""
        sigma, log_sigma = self.softmax(log_odds)
        belief = self.beliefs(log_sigma)
        value = self.pay.copy()
        action = np.zeros(self.slots)
        fixed = fixed or not self.ordered
        inside = []
        for block in reversed(self.blocks):
            children = value[block.child]
            if block.owner == CHANCE:
                used = p = block.chance
            else:
                own = children[:, :, block.owner]
                expected = block.per_set(own if block.certain else belief[block.span, None] * own)
                if self.ordered:
                    expected = expected - expected.mean(axis=1, keepdims=True)
                    action[block.window] = expected.ravel()
                else:
                    np.add.at(action, block.slots, expected)
                used = sigma[block.slots] if fixed else _softmax(expected * (share * self.precision[block.slots]))
                p = block.per_node(used)
            value[block.span] += np.einsum("ma,man->mn", p, children)
            if self.taste is not None and block.owner != CHANCE:
                value[block.span, block.owner] += block.per_node(self._taste(block, used))
            inside.append((children, used))
        if not self.ordered:
            action = self.centre(action)
        return Pass(log_odds, action, share * self.precision * action, share, sigma, belief, value, inside)

    def centre(self, by_slot: np.ndarray) -> np.ndarray:
        """Less the mean over each information set's actions: [D, ...] -> [D, ...]."""
        counts = np.bincount(self.slot_group).reshape(-1, *[1] * (by_slot.ndim - 1))
        return by_slot - (sums_of_runs(by_slot, self.set_start) / counts)[self.slot_group]

    def _taste(self, block: Block, used: np.ndarray) -> np.ndarray:
        """[h] what the private shocks are worth to the mover: entropy / lambda (the sum is log-sum-exp / lambda)."""
        assert self.taste is not None
        entropy = -np.sum(used * np.log(np.where(used > 0, used, 1)), axis=1)
        return self.taste[self.slot_set[block.slots[:, 0]]] * entropy

    # --- derivative --------------------------------------------------------------------------------------------------

    def tangent(
        self, at: Pass, odds: np.ndarray, share: float | np.ndarray, source: np.ndarray | None = None
    ) -> np.ndarray:
        """How the response changes when y changes by ``odds`` [D, k] and s by ``share`` [k]: [D, k].

        A ``source`` [D, k] is added to the change of every response, and so to what sets further up respond to.
        """
        k = odds.shape[1]
        sigma = at.sigma[:, None]
        mean = sums_of_runs(sigma * odds, self.set_start)[self.slot_group]
        log_sigma = odds - mean
        belief = self._belief_tangent(at, log_sigma)
        value = np.zeros((len(self.parent), at.value.shape[1], k))
        action = np.zeros((self.slots, k))
        for block, was in zip(reversed(self.blocks), self._turning(at), strict=True):
            d_children = value.take(block.child, axis=0)
            if block.owner == CHANCE:
                np.einsum("ma,mank->mnk", was.by_node, d_children, out=value[block.span])
                continue
            d_expected = d_children[:, :, block.owner]
            if not block.certain:
                d_expected = was.belief * d_expected
                if belief is not None:
                    d_expected += belief[block.span, None] * was.own
                d_expected = block.per_set(d_expected)
            if self.ordered:
                d_expected = d_expected - np.add.reduce(d_expected, axis=1, keepdims=True) / block.child.shape[1]
                action[block.window] = d_expected.reshape(-1, k)
                d_odds = was.by_action * d_expected + was.by_share * share
                if source is not None:
                    d_odds += source[block.window].reshape(d_odds.shape)
            else:
                np.add.at(action, block.slots, d_expected)
                d_odds = odds[block.slots]
            d_used = was.used * d_odds
            d_used -= was.used * np.add.reduce(d_used, axis=1, keepdims=True)
            here = np.einsum("ma,mank->mnk", was.by_node, d_children)
            here += np.einsum("mak,man->mnk", block.per_node(d_used), was.children)
            if was.surprise is not None:
                here[:, block.owner] += block.per_node(np.add.reduce(d_used * was.surprise, axis=1))
            value[block.span] = here
        if not self.ordered:
            action = self.centre(action)
        change = self.precision[:, None] * (at.share * action + at.action[:, None] * share)
        return change if source is None else change + source

    def _turning(self, at: Pass) -> list[_Turning]:
        """By block, from the last to the first: what all derivatives at a pass take from it."""
        if not at.turning:
            blocks = zip(reversed(self.blocks), at.inside, strict=True)
            at.turning.extend(self._turning_of(block, inside, at) for block, inside in blocks)
        return at.turning

    def _turning_of(self, block: Block, inside: tuple[np.ndarray, np.ndarray], at: Pass) -> _Turning:
        children, used = inside
        if block.owner == CHANCE:
            return _Turning(used, children)
        lam = self.precision[block.slots, None]
        surprise = None
        if self.taste is not None:  # what one more of an action adds to the entropy, over lambda
            log_used = np.log(np.where(used > 0, used, 1))[:, :, None]
            surprise = -self.taste[self.slot_set[block.slots[:, 0]], None, None] * log_used
        return _Turning(
            by_node=block.per_node(used),
            children=children,
            used=used[:, :, None],
            own=children[:, :, block.owner, None],
            belief=at.belief[block.span, None, None],
            by_action=lam * at.share,
            by_share=lam * at.action[block.slots, None],
            surprise=surprise,
        )

    def _belief_tangent(self, at: Pass, log_sigma: np.ndarray) -> np.ndarray | None:
        """[V, k] change of the beliefs; None where there is nothing to believe."""
        if not len(self.shared):
            return None
        k = log_sigma.shape[1]
        log_p = np.concatenate([log_sigma, np.zeros((len(self.log_chance), k))])
        reach = np.zeros((self.inner, k))
        for stage in self.stages[1:]:
            reach[stage] = reach[self.parent[stage]] + log_p[self.edge[stage]]
        shared, belief = reach[self.shared], at.belief[self.shared, None]
        mean = sums_of_runs(belief * shared, self.shared_start)[self.shared_group]
        change = np.zeros((len(self.parent), k))
        change[self.shared] = belief * (shared - mean)
        return change


def _softmax(odds: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    raised = np.exp(odds - odds.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
