"""The textbook games solved by hand: short recursions in NumPy that share no code with longgame.

Each function states a game's logit equilibrium (`mistakes`), or its limit for perfectly rational players.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import root
from scipy.special import expit, log_expit, softmax

# --- Rubinstein 1982 --------------------------------------------------------------------------------------------------


def alternating_offers(shares: np.ndarray, patience: float, precision: float, periods: int) -> tuple[float, float]:
    """What (proposer, responder) can expect when ``shares`` are what the proposer can ask for; periods alternate."""
    proposer = responder = 0.0
    for _ in range(periods):
        refused_responder, refused_proposer = patience * proposer, patience * responder  # they swap places
        accept = expit(precision * (1 - shares - refused_responder))
        ask = accept * shares + (1 - accept) * refused_proposer
        chosen = softmax(precision * ask)
        responder = chosen @ (accept * (1 - shares) + (1 - accept) * refused_responder)
        proposer = chosen @ ask
    return float(proposer), float(responder)


def stahl(patience: float, periods: int) -> float:
    """The proposer's share among the perfectly rational with any split open (Stahl 1972; the limit is Rubinstein's)."""
    return (1 - (-patience) ** periods) / (1 + patience)


# --- Fearon 1995 ------------------------------------------------------------------------------------------------------


class Ultimatum(NamedTuple):
    """Choice [X] among demands, the chance of acceptance [X, C] by each cost, the demander's value, chance of war."""

    demand: np.ndarray
    accept: np.ndarray
    value: float
    war: float


def ultimatum(
    demands: np.ndarray, costs: np.ndarray, prior: np.ndarray, win: float, own_cost: float, precision: float
) -> Ultimatum:
    """A demand, and an answer by one who alone knows what war would cost it."""
    accept = expit(precision * ((1 - demands[:, None]) - (1 - win - costs)))
    met = accept @ prior
    worth = met * demands + (1 - met) * (win - own_cost)
    demand = softmax(precision * worth)
    return Ultimatum(demand, accept, float(demand @ worth), float(demand @ (1 - met)))


def best_demand(highest: float, win: float, own_cost: float) -> tuple[float, float]:
    """Fearon's optimal demand and its chance of war, for costs uniform on [0, highest] and any demand open."""
    demand = win + max(0.0, (highest - own_cost) / 2)
    return demand, (demand - win) / highest


# --- Powell 2006 ------------------------------------------------------------------------------------------------------


class Dispute(NamedTuple):
    """The numbers of ``powell``; payoffs are counted so that a period's stake is 1."""

    patience: float = 0.9
    strength: float = 0.8
    shift: float = 0.2
    cost_declining: float = 0.5
    cost_rising: float = 0.5
    margin: float = 0.005

    def war(self, shift: float) -> tuple[float, float]:
        """What war is worth to the declining and to the rising state when power has moved by ``shift``."""
        ahead = 1 / (1 - self.patience)
        declining = (self.strength - shift) * ahead - self.cost_declining
        return declining, (1 - self.strength + shift) * ahead - self.cost_rising

    def boundary(self) -> float:
        """The shift from which the perfectly rational go to war.

        Attack is better than to give nothing today and the least tomorrow as soon as
        patience * (rising's worth of war tomorrow) - (its worth of war today) exceeds what peace saves.
        """
        costs = 1 - self.strength + self.cost_declining + self.patience * self.cost_rising
        return (1 - self.patience) / self.patience * costs - self.margin


def commitment(game: Dispute, precision: float) -> tuple[float, float]:
    """The chance that the declining state attacks (today, tomorrow)."""
    ahead = 1 / (1 - game.patience)
    declining = rising = 0.0
    attacks = []
    for today in (False, True):
        war = game.war(0.0 if today else game.shift)
        reserve = war[1] - game.patience * game.war(game.shift)[1] if today else (1 - game.patience) * war[1]
        shares = np.array([0.0, max(0.0, reserve) + game.margin, 0.5])
        rest = np.array([game.patience * declining, game.patience * rising]) if today else np.zeros(2)
        scale = 1.0 if today else ahead
        peace = np.stack([(1 - shares) * scale + rest[0], shares * scale + rest[1]])
        accept = expit(precision * (peace[1] - war[1]))
        worth = np.append(accept * peace[0] + (1 - accept) * war[0], war[0])
        chosen = softmax(precision * worth)
        attacks.append(float(chosen[-1]))
        declining = float(chosen @ worth)
        rising = float(chosen[:-1] @ (accept * peace[1] + (1 - accept) * war[1]) + chosen[-1] * war[1])
    return attacks[1], attacks[0]


# --- Cho and Kreps 1987 -----------------------------------------------------------------------------------------------


class Breakfast(NamedTuple):
    """Chances: beer by the strong and by the weak; a fight after beer and after quiche; weak after beer and quiche."""

    beer_strong: float
    beer_weak: float
    fight_beer: float
    fight_quiche: float
    weak_beer: float
    weak_quiche: float


def beer_quiche(strong: float, quiet: float, precisions: Sequence[float]) -> list[Breakfast]:
    """The principal branch at increasing precisions, followed from even play by Newton's method in small steps."""

    def play(odds: np.ndarray) -> Breakfast:
        prior = np.log((1 - strong) / strong)
        after_beer = expit(prior + log_expit(odds[1]) - log_expit(odds[0]))  # by log-odds: chances may be tiny
        after_quiche = expit(prior + log_expit(-odds[1]) - log_expit(-odds[0]))
        return Breakfast(*(float(x) for x in (*expit(odds), after_beer, after_quiche)))

    def gains(odds: np.ndarray) -> np.ndarray:
        x = play(odds)
        hidden = quiet * (x.fight_quiche - x.fight_beer)  # what beer saves in fights
        return np.array([1 + hidden, hidden - 1, 2 * x.weak_beer - 1, 2 * x.weak_quiche - 1])

    odds, found, last = np.zeros(4), [], 0.0
    for precision in precisions:
        for step in np.linspace(last, precision, 40)[1:]:
            solved = root(lambda x, step=step: x - step * gains(x), odds, tol=1e-13)
            assert np.abs(solved.x - step * gains(solved.x)).max() < 1e-10, "the branch was lost"
            odds = solved.x
        found.append(play(odds))
        last = precision
    return found


# --- McKelvey and Palfrey 1992, 1998 ----------------------------------------------------------------------------------

FOUR_MOVES = np.array([[0.4, 0.1], [0.2, 0.8], [1.6, 0.4], [0.8, 3.2], [6.4, 1.6]])  # dollars (red, blue) at each end


def centipede(payoffs: np.ndarray, precision: float) -> np.ndarray:
    """The chance of taking at each move, when the movers alternate and ``payoffs`` [moves + 1, 2] end with passing."""
    value, take = payoffs[-1], []
    for move in reversed(range(len(payoffs) - 1)):
        mover = move % 2
        take.append(expit(precision * (payoffs[move, mover] - value[mover])))
        value = take[-1] * payoffs[move] + (1 - take[-1]) * value
    return np.array(take[::-1])


# --- Kreps and Wilson 1982 --------------------------------------------------------------------------------------------


def reputation(tough: float, prize: float, peace: float, patience: float, shops: int) -> list[tuple[float, float]]:
    """On the path where all who open are fought: (chance that the shop opens, that an ordinary store fights it).

    Kreps and Wilson, with the first shop first. With n shops left a shop stays away if the belief in a tough store
    exceeds prize^n. An ordinary store fights with the chance that lifts the belief to prize^(n - 1), and a shop that is
    indifferent opens with the chance that makes the store so: peace must come with probability 1 / (patience * peace).
    """
    path, belief = [], tough
    for left in range(shops, 0, -1):
        threshold, next_threshold = prize**left, prize ** (left - 1)
        in_doubt = belief == threshold and left < shops
        opens = 1 - 1 / (patience * peace) if in_doubt else float(belief < threshold)
        if left == 1:
            fights = 0.0
        elif belief >= next_threshold:
            fights = 1.0
        else:
            fights = (1 - next_threshold) * belief / ((1 - belief) * next_threshold)
        path.append((opens, fights))
        belief = max(belief, next_threshold) if left > 1 else 1.0
    return path


# --- Fearon 1995, the commitment problem ------------------------------------------------------------------------------


class Promise(NamedTuple):
    """The numbers of ``preventive-war``; a period's stake is 1, and power shifts after the first of them."""

    patience: float = 0.9
    odds_now: float = 0.3
    odds_later: float = 0.7
    cost_rising: float = 0.5
    cost_declining: float = 0.5
    promised: float = 0.33
    margin: float = 0.01
    periods: int = 4

    def strikes(self) -> bool:
        """Whether the perfectly rational declining state goes to war (Fearon's inequality)."""
        return self.patience * self.odds_later - self.odds_now > self.cost_declining * (1 - self.patience) ** 2


class Kept(NamedTuple):
    """Of ``preventive-war`` with the promise made: for the striker, and by period for the rising state, what keeping
    the promise brings less what breaking it does; the chances of keeping it; and the declining state's of ceding.
    """

    waits: float
    keeps: np.ndarray
    stands: np.ndarray
    demand: float


def promise(game: Promise, precision: float) -> Kept:
    """The logit equilibrium, from the end."""
    d, ahead = game.patience, 1 / (1 - game.patience)
    ceded = game.odds_later + (1 - d) * game.cost_declining - game.margin
    war = game.odds_later * ahead - game.cost_rising, (1 - game.odds_later) * ahead - game.cost_declining
    cedes = expit(precision * ((1 - ceded) * ahead - war[1]))
    demand = cedes * ceded * ahead + (1 - cedes) * war[0]
    resisted = cedes * (1 - ceded) * ahead + (1 - cedes) * war[1]
    rising, declining = game.promised * ahead, (1 - game.promised) * ahead  # of keeping it in the last period
    keeps, chances = [], []
    for _ in range(game.periods - 1):
        keeps.append(rising - demand)
        chances.append(expit(precision * keeps[-1]))
        worth = chances[-1] * np.array([rising, declining]) + (1 - chances[-1]) * np.array([demand, resisted])
        rising, declining = game.promised + d * worth[0], 1 - game.promised + d * worth[1]
    waits = 1 + d * worth[1] - ((1 - game.odds_now) * ahead - game.cost_declining)
    stands = np.cumprod([expit(precision * waits), *chances[::-1]])
    return Kept(float(waits), np.array(keeps[::-1]), stands, float(demand))
