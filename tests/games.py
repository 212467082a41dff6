"""Small games with known answers, built straight from their numbers, and random games with every feature at once.

A game here has no assumptions unless it says so, and its numbers do not change with the period. States are plain
numbers: a step names, for each state and option, the state it leads to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from longgame.game.game import CHANCE, END_OF_PERIOD, Game, GameTables, States, Step, StepTables, Variable


@dataclass
class Part:
    """One step, as numbers. Everything that is left out is the plain case.

    to       [S][A] the state each option leads to (default: stays)
    lottery  (successor [S, A, L], weight [S, A, L]) instead of ``to``
    pay      [S, A, N, W], or anything that broadcasts to it
    odds     [S, A, W] at a chance step, or anything that broadcasts to it
    """

    name: str
    mover: int
    options: tuple[str, ...]
    to: Any = None
    lottery: tuple[Any, Any] | None = None
    allowed: Any = True
    active: Any = True
    pay: Any = None
    odds: Any = None
    signal: tuple[int, ...] | None = None
    becomes: Any = None
    then: tuple[int, ...] | None = None


@dataclass
class Sketch:
    """A game as numbers; ``build`` makes it a Game."""

    actors: tuple[str, ...]
    parts: list[Part]
    states: int = 1
    worlds: tuple[str, ...] = ("w",)
    cells: Any = 0
    prior: Any = None
    precision: Any = 1.0
    discount: Any = 0.9
    flow: Any = 0.0
    end_value: Any = 0.0
    ended: Sequence[int] = ()
    periods: int = 1
    lattice: int = 10
    noise: str = "mistakes"
    assumptions: dict[str, float] = field(default_factory=dict)

    def build(self) -> Game:
        """The Game, with the numbers as constants."""
        S, N, W, K = self.states, len(self.actors), len(self.worlds), len(self.parts)
        ended = np.isin(np.arange(S), self.ended)
        cells = np.broadcast_to(np.asarray(self.cells), (N, W)).astype(int)
        pairs = [_step(part, k, K, S, N, W, ended, cells) for k, part in enumerate(self.parts)]
        prior = np.full(W, 1.0 / W) if self.prior is None else np.asarray(self.prior, float)
        tables = GameTables(
            steps=tuple(table for _, table in pairs),
            flow=_full(self.flow, (S, N, W)),
            end_value=_full(self.end_value, (S, N, W)),
            discount=_full(self.discount, (N,)),
            precision=_full(self.precision, (N, W)),
            stake=np.ones(N),
            prior=prior,
            start_index=np.array([0], np.int32),
            start_weight=np.ones(1),
            valid=np.array(True),
        )
        return Game(
            actors=self.actors,
            worlds=self.worlds,
            hidden={"world": self.worlds},
            cells=cells,
            states=States((Variable("state", tuple(range(S)), True),), np.arange(S)[:, None]),
            ended=ended,
            steps=tuple(step for step, _ in pairs),
            periods=self.periods,
            lattice=self.lattice,
            noise=self.noise,
            assumptions=tuple(self.assumptions),
            timed=False,
            tables=lambda theta, t: tables,
            base=np.array(list(self.assumptions.values()), float),
        )


def _full(value: Any, shape: tuple[int, ...]) -> np.ndarray:
    return np.array(np.broadcast_to(np.asarray(value, float), shape))


def _step(
    part: Part, k: int, K: int, S: int, N: int, W: int, ended: np.ndarray, cells: np.ndarray
) -> tuple[Step, StepTables]:
    A = len(part.options)
    if part.lottery is not None:
        successor, weight = (np.asarray(x) for x in part.lottery)
    else:
        to = np.arange(S)[:, None] if part.to is None else np.asarray(part.to)
        successor = np.broadcast_to(to, (S, A))[..., None]
        weight = np.ones((S, A, 1))
    signal = part.signal or tuple(range(A))
    odds = None if part.odds is None else _full(part.odds, (S, A, W))
    if odds is not None:
        informed = bool(np.ptp(odds, axis=2).any())  # news
    else:
        informed = bool(cells[part.mover].max() > 0 and len(set(signal)) > 1)
    table = StepTables(
        active=np.broadcast_to(np.asarray(part.active, bool), (S,)) & ~ended,
        allowed=np.array(np.broadcast_to(np.asarray(part.allowed, bool), (S, A))),
        pay=None if part.pay is None else _full(part.pay, (S, A, N, W)),
        weight=np.asarray(weight, float),
        successor=np.asarray(successor, np.int32),
        becomes=None if part.becomes is None else _full(part.becomes, (S, A, W, W)),
        chance=odds,
    )
    step = Step(
        name=part.name,
        mover=part.mover,
        options=part.options,
        next=part.then or (k + 1 if k + 1 < K else END_OF_PERIOD,) * A,
        signal=signal,
        signals=tuple(f"signal {y}" for y in range(max(signal) + 1)),
        informed=informed or part.becomes is not None,
        stays=tuple(bool((successor[:, a] == np.arange(S)[:, None]).all()) for a in range(A)),
    )
    return step, table


# --- one mover --------------------------------------------------------------------------------------------------------


def one_shot(payoffs: Sequence[float], precision: float = 1.0, noise: str = "mistakes") -> Game:
    """One actor, one choice, once: sigma = softmax(precision * payoffs)."""
    options = tuple(f"o{a}" for a in range(len(payoffs)))
    part = Part("choose", 0, options, pay=np.asarray(payoffs)[None, :, None, None])
    return Sketch(("chooser",), [part], precision=precision, noise=noise).build()


def entry(precision: float) -> Game:
    """Selten's entry game, complete information: the incumbent fights or yields, the entrant looks ahead.

    Out pays (0, 2); entry that is fought (-1, -1); entry that is yielded to (1, 1).
    """
    enter = Part("enter", 0, ("in", "out"), to=[[0, 1], [1, 1]], pay=[[[[0.0], [0.0]], [[0.0], [2.0]]]], then=(1, 2))
    answer = Part("answer", 1, ("fight", "yield"), pay=[[[[-1.0], [-1.0]], [[1.0], [1.0]]]])
    return Sketch(("entrant", "incumbent"), [enter, answer], states=2, precision=precision).build()


# --- signals ----------------------------------------------------------------------------------------------------------


def beer_quiche(precision: float, lattice: int = 20) -> Game:
    """Cho and Kreps 1987: a sender, strong with probability 0.9, has beer or quiche; the other then fights or not.

    Worlds: strong, weak. The favourite breakfast is worth 1 to the sender, not being fought 2; who fights the weak or
    leaves the strong alone gets 1. Both pool on beer (the intuitive one) or on quiche in a perfect equilibrium.
    """
    strong, weak = 0, 1
    breakfast = np.zeros((1, 2, 2, 2))
    breakfast[0, 0, 0, strong] = breakfast[0, 1, 0, weak] = 1.0
    duel = np.zeros((1, 2, 2, 2))
    duel[0, 1, 0, :] = 2.0
    duel[0, 0, 1, weak] = duel[0, 1, 1, strong] = 1.0
    parts = [
        Part("breakfast", 0, ("beer", "quiche"), pay=breakfast),
        Part("duel", 1, ("fight", "leave"), pay=duel),
    ]
    return Sketch(
        ("sender", "receiver"), parts, worlds=("strong", "weak"), cells=[[0, 1], [0, 0]], prior=[0.9, 0.1],
        precision=precision, lattice=lattice,
    ).build()  # fmt: skip


def sender_receiver(precision: float, prior: float = 0.4, lattice: int = 40) -> Game:
    """A sender with a binary type gives one of two signals, each type with its own cost; the receiver guesses the type.

    Receiver: 1 for a right guess. Sender: 2 if the guess is "high", and 1 less for the signal that is not its own.
    """
    send = np.zeros((1, 2, 2, 2))
    send[0, 0, 0, 1] = send[0, 1, 0, 0] = -1.0
    guess = np.zeros((1, 2, 2, 2))
    guess[0, 0, 0, :] = 2.0
    guess[0, 0, 1, 0] = guess[0, 1, 1, 1] = 1.0
    parts = [
        Part("send", 0, ("up", "down"), pay=send),
        Part("guess", 1, ("high", "low"), pay=guess),
    ]
    return Sketch(
        ("sender", "receiver"), parts, worlds=("high", "low"), cells=[[0, 1], [0, 0]], prior=[prior, 1 - prior],
        precision=precision, lattice=lattice,
    ).build()  # fmt: skip


# --- bargaining and war -----------------------------------------------------------------------------------------------


def take_it_or_leave_it(costs: Sequence[float], prior: Sequence[float], p: float, own_cost: float, precision: float,
                        offers: Sequence[float]) -> Game:  # fmt: skip
    """Fearon 1995: A offers B the share 1 - x; B, whose cost of war is private, accepts or fights.

    War gives A p - own_cost and B 1 - p - cost(w). States: 0 nothing yet, then one for each offer x.
    """
    W, X = len(costs), len(offers)
    S = 1 + X
    offer = Part("offer", 0, tuple(f"x{n}" for n in range(X)), to=np.tile(1 + np.arange(X), (S, 1)))
    pay = np.zeros((S, 2, 2, W))
    for n, x in enumerate(offers):
        pay[1 + n, 0, 0, :], pay[1 + n, 0, 1, :] = x, 1 - x
    pay[1:, 1, 0, :] = p - own_cost
    pay[1:, 1, 1, :] = 1 - p - np.asarray(costs)
    answer = Part("answer", 1, ("accept", "fight"), pay=pay)
    return Sketch(
        ("A", "B"), [offer, answer], states=S, worlds=tuple(f"cost {c}" for c in costs),
        cells=[[0] * W, list(range(W))], prior=prior, precision=precision,
    ).build()  # fmt: skip


def alternating_offers(discount: float, precision: float, shares: int, periods: int) -> Game:
    """Rubinstein 1982, cut off after many periods: each period one makes an offer, the other accepts or not.

    States: 0 and 1 say whose turn it is; then each offer of each proposer pending; then done. The pie is 1.
    """
    x = np.linspace(0.0, 1.0, shares)  # what the proposer keeps
    S = 2 + 2 * shares + 1
    done = S - 1
    pending = 2 + np.arange(2 * shares).reshape(2, shares)
    turn = np.full(S, -1)
    turn[:2] = [0, 1]
    parts = []
    for i in (0, 1):
        to = np.tile(np.arange(S)[:, None], (1, shares))
        to[i] = pending[i]
        parts.append(Part(f"offer {i}", i, tuple(f"{s:.3f}" for s in x), to=to, active=turn == i))
    for i in (0, 1):
        j = 1 - i
        to = np.tile(np.arange(S)[:, None], (1, 2))
        pay = np.zeros((S, 2, 2, 1))
        here = np.isin(np.arange(S), pending[i])
        to[pending[i], 0] = done
        to[pending[i], 1] = j
        pay[pending[i], 0, i, 0], pay[pending[i], 0, j, 0] = x, 1 - x
        parts.append(Part(f"answer {j}", j, ("accept", "reject"), to=to, pay=pay, active=here))
    return Sketch(
        ("first", "second"), parts, states=S, precision=precision, discount=discount, periods=periods, ended=[done]
    ).build()


# --- beliefs ----------------------------------------------------------------------------------------------------------


def news_only(periods: int = 3, lattice: int = 12) -> Game:
    """Nobody chooses: each period brings news about which of three worlds it is. A bettor has a claim on the first."""
    odds = np.array([[0.7, 0.2, 0.5], [0.3, 0.8, 0.5]])[None]
    end = np.array([1.0, 0.0, 0.0])[None, None]
    part = Part("news", CHANCE, ("good", "bad"), odds=odds)
    return Sketch(
        ("bettor",), [part], worlds=("a", "b", "c"), prior=[0.2, 0.5, 0.3], end_value=end, discount=1.0,
        periods=periods, lattice=lattice,
    ).build()  # fmt: skip


def secret_choice(precision: float, shared: bool) -> Game:
    """A mover of two types has three options, two of which look alike if ``shared``; an onlooker bets on the type."""
    rng = np.random.default_rng(5)
    act = Part("act", 0, ("a", "b", "c"), pay=rng.normal(size=(1, 3, 2, 2)), signal=(0, 0, 1) if shared else None)
    bet = Part("bet", 1, ("first", "second"), pay=rng.normal(size=(1, 2, 2, 2)) * 2)
    return Sketch(
        ("mover", "onlooker"), [act, bet], worlds=("u", "v"), cells=[[0, 1], [0, 0]], precision=precision, lattice=20
    ).build()


# --- everything at once -----------------------------------------------------------------------------------------------


def random_game(
    seed: int,
    *,
    states: int = 4,
    actors: int = 3,
    worlds: int = 2,
    options: int = 3,
    lots: int = 2,
    periods: int = 2,
    lattice: int = 6,
    precision: float = 3.0,
    noise: str = "mistakes",
) -> Game:
    """A game with guards, lotteries, news, secrets, a changing world, an end state, and steps that are skipped."""
    rng = np.random.default_rng(seed)
    S, N, W, A = states, actors, worlds, options
    names = tuple(f"o{a}" for a in range(A))

    def lottery() -> tuple[np.ndarray, np.ndarray]:
        return rng.integers(S, size=(S, A, lots)), rng.dirichlet(np.ones(lots), size=(S, A))

    def guard() -> np.ndarray:
        return (rng.random((S, A)) < 0.8) | (np.arange(A) == 0)

    def pay() -> np.ndarray:
        return rng.normal(size=(S, A, N, W)) * 0.3

    def change() -> np.ndarray:
        return 0.8 * np.eye(W) + 0.2 * rng.dirichlet(np.ones(W), size=(S, A, W))

    odds = np.moveaxis(rng.dirichlet(np.ones(A), size=(S, W)), -1, 1)
    plain = np.repeat(rng.dirichlet(np.ones(A), size=(S, 1)), W, axis=1).swapaxes(1, 2)
    secret = tuple(0 if a < 2 else a - 1 for a in range(A))
    parts = [
        Part("speak", 0, names, lottery=lottery(), allowed=guard(), pay=pay()),
        Part("news", CHANCE, names, lottery=lottery(), odds=odds),
        Part(
            "plain", 1, names, lottery=lottery(), allowed=guard(), active=rng.random(S) < 0.7,
            then=(3, 4, *(3,) * (A - 2)),
        ),
        Part("secret", 0, names, pay=pay(), signal=secret, allowed=guard()),
        Part("turn", 2, names, lottery=lottery(), becomes=change()),
        Part("hush", 1, names, signal=secret, becomes=change(), pay=pay()),
        Part("fate", CHANCE, names, lottery=lottery(), odds=plain, pay=pay()),
    ]
    cells = np.zeros((N, W), int)
    cells[0] = np.arange(W)
    cells[2] = np.arange(W) // 2
    return Sketch(
        tuple(f"actor {i}" for i in range(N)), parts, states=S, worlds=tuple(f"w{w}" for w in range(W)), cells=cells,
        precision=precision * rng.uniform(0.5, 1.5, size=(N, 1)), discount=rng.uniform(0.8, 0.95, size=N),
        flow=rng.normal(size=(S, N, W)), end_value=rng.normal(size=(S, N, W)), ended=[S - 1], periods=periods,
        lattice=lattice, noise=noise,
    ).build()  # fmt: skip
