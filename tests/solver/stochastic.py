"""Stochastic games in which all choose at once in every state, laid out for the solver of games without an end."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array

from longgame.solver.stationary.places import Layer, Places
from longgame.solver.stationary.responses import StationaryResponses


def stochastic(
    payoff: np.ndarray, odds: np.ndarray, discount: float, precision: float, *, tastes: bool = False
) -> StationaryResponses:
    """From payoffs [S, N, A, ...] and the odds of the next state [S, A, ..., S]; the slots of a state are [N, A]."""
    (S, N), actions = payoff.shape[:2], payoff.shape[2:]
    profiles = np.stack([index.ravel() for index in np.indices(actions)], axis=1)  # [n, N]
    n, own = len(profiles), np.cumsum([0, *actions[:-1]])
    slots = (sum(actions) * np.arange(S)[:, None, None] + own + profiles).reshape(S * n, N)
    leads = np.concatenate([np.zeros((S * n, S)), odds.reshape(S * n, S)], axis=1)
    layer = Layer(
        step=0,
        state=np.repeat(np.arange(S), n),
        option=np.tile(np.arange(n), S),
        place=0,
        first=n * np.arange(S),
        pay=np.moveaxis(payoff, 1, -1).reshape(S * n, N),
        leads=csr_array(leads),
        odds=np.ones(S * n),
        slots=slots,
    )
    D = S * sum(actions)
    mover = np.tile(np.repeat(np.arange(N), actions), S)
    places = Places(
        entry=np.stack([np.arange(S), S + np.arange(S)]),
        layers=(layer,),
        step=np.zeros(D, dtype=np.int64),
        mover=mover,
        set_start=(sum(actions) * np.arange(S)[:, None] + own).ravel(),
        again=np.arange(S),
    )
    return StationaryResponses(places, np.zeros((S, N)), np.full(D, precision), np.full(N, discount), tastes=tastes)
