"""What accounts of one meeting say of what was agreed there, where a false one costs who is found out.

One of K things was agreed. Each of A authors knows which, and says one of them, without hearing the others first; the
rest hear all, and believe by Bayes' rule. An author gets what the things are worth to it, weighed by what is believed
in the end, less what it costs it to say what is not so:

    mu(T | m)   is proportional to  prior(T) * product over i of sigma_i(m_i | T)
    Q_i(m | T)  = E over the others' words of [ sum over T' of mu(T' | m, m_others) w_i(T') ] - cost_i * (m != T)
    sigma_i(m | T)  is proportional to  exp(lambda_i Q_i(m | T))

the agent quantal response equilibrium of a signalling game (McKelvey and Palfrey 1998), followed from lambda = 0. Where
words cost nothing, all say anything as often whatever is true, and nothing is learned (Crawford and Sobel 1982).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

STEPS, MOST_PASSES, SETTLED = 60, 2_000, 1e-12
MOST_WORDS = 20_000  # things times all that can be said together


@dataclass(frozen=True)
class Hearsay:
    """What is said, and how well it settles.

    says      [A, K, K] the chance that author i says m (last) if T (middle) was agreed
    prior     [K]
    residual  the largest change of a chance if it were worked out once more
    """

    says: Array
    prior: Array
    residual: float

    def belief(self, said: list[int]) -> Array:
        """[K] what is believed after each author said something."""
        likely = self.prior * np.prod([self.says[i, :, m] for i, m in enumerate(said)], axis=0)
        return likely / likely.sum()


def heard(worth: Array, cost: Array, precision: Array, prior: Array) -> Hearsay:
    """Follow the principal branch.

    Args:
        worth: [A, K] of each thing to each author, in its own units of payoff.
        cost: [A] what it costs to say what is not so, in the same units; not negative.
        precision: [A] lambda, per unit of payoff.
        prior: [K] before anything is said.
    """
    authors, things = worth.shape
    says = np.full((authors, things, things), 1.0 / things)
    residual = 0.0
    for share in np.linspace(0.0, 1.0, STEPS + 1):
        for _ in range(MOST_PASSES):
            wanted = _responses(says, worth, cost, precision * share, prior)
            residual = float(np.abs(wanted - says).max())
            says = 0.5 * (says + wanted)
            if residual < SETTLED:
                break
    return Hearsay(says, prior, residual)


def _responses(says: Array, worth: Array, cost: Array, precision: Array, prior: Array) -> Array:
    """[A, K, K] logit responses to what everybody says."""
    authors, things = worth.shape
    shape = (things,) * authors
    each = [says[i].reshape(things, *(things if j == i else 1 for j in range(authors))) for i in range(authors)]
    likely = np.ones((things, *shape))
    for one in each:
        likely = likely * one  # [T, m_1, .., m_A] the chance of all words if T
    joint = likely * prior.reshape(things, *(1,) * authors)
    belief = joint / joint.sum(axis=0)
    found = np.empty_like(says)
    for i in range(authors):
        valued = np.tensordot(worth[i], belief, 1)  # [m_1, .., m_A]
        others = likely / each[i]
        axes = tuple(1 + j for j in range(authors) if j != i)
        gain = (others * valued).sum(axis=axes) / others.sum(axis=axes)  # [T, m_i]
        gain = precision[i] * (gain - cost[i] * (1.0 - np.eye(things)))
        odds = np.exp(gain - gain.max(axis=1, keepdims=True))
        found[i] = odds / odds.sum(axis=1, keepdims=True)
    return found
