"""ExtensiveGame -> the text of a Gambit .efg file (the format is described in ``efg``)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext

import numpy as np

from longgame.exact.extensive import CHANCE, ExtensiveGame, leaf_totals

_ANY_FLOAT = 400  # digits that hold a sum of probabilities, down to the smallest float, without rounding


def write_efg(game: ExtensiveGame, *, at_leaves: bool = False) -> str:
    """The text of a .efg file that says the game.

    Numbers are exact decimals that read back as the same floats; the probabilities of a chance move sum to one exactly
    (the largest takes the rounding). ``at_leaves`` moves what is earned on the way to the ends of the plays, for
    readers that know payoffs only there.
    """
    pay = leaf_totals(game) if at_leaves else game.pay
    outcomes = _Outcomes(pay, game.infoset < 0)
    lines = [f"EFG 2 R {_quote(game.title)} {{ {' '.join(map(_quote, game.players))} }}", _quote(game.comment), ""]
    spoken: set[int] = set()
    for node in prefix_order(game):
        infoset = int(game.infoset[node])
        if infoset < 0:
            lines.append(f't "" {outcomes.say(node)}')
            continue
        owner, number = int(game.owner[infoset]), int(game.numbers[infoset])
        head = f'c "" {number}' if owner == CHANCE else f'p "" {owner + 1} {number}'
        if infoset not in spoken:
            spoken.add(infoset)
            head += f" {_quote(game.labels[infoset])} {{ {_actions(game, node, infoset)} }}"
        lines.append(f"{head} {outcomes.say(node)}")
    return "\n".join(lines) + "\n"


def prefix_order(game: ExtensiveGame) -> Iterator[int]:
    """The nodes, each followed by its first child's whole branch, then the second's, and so on."""
    stack = [0]
    arity, infoset, first_child = game.arity.tolist(), game.infoset.tolist(), game.first_child.tolist()
    while stack:
        node = stack.pop()
        yield node
        if infoset[node] >= 0:
            first = first_child[node]
            stack.extend(range(first + arity[infoset[node]] - 1, first - 1, -1))


class _Outcomes:
    """Numbers the distinct payoffs, and names each where it first appears."""

    def __init__(self, pay: np.ndarray, terminal: np.ndarray):
        self.pay = pay
        self.silent = ~terminal & ~np.any(pay != 0, axis=1)
        self.numbers: dict[bytes, int] = {}

    def say(self, node: int) -> str:
        if self.silent[node]:
            return "0"
        payoffs = self.pay[node] + 0.0  # -0.0 and 0.0 are the same payoff
        key = payoffs.tobytes()
        if key in self.numbers:
            return str(self.numbers[key])
        number = self.numbers[key] = len(self.numbers) + 1
        return f'{number} "" {{ {", ".join(_decimal(x) for x in payoffs.tolist())} }}'


def _actions(game: ExtensiveGame, node: int, infoset: int) -> str:
    names = [_quote(name) for name in game.actions(infoset)]
    if game.owner[infoset] != CHANCE:
        return " ".join(names)
    first = int(game.first_child[node])
    probabilities = exact_decimals(game.chance[first : first + len(names)].tolist())
    return " ".join(f"{name} {p:f}" for name, p in zip(names, probabilities, strict=True))


def exact_decimals(probabilities: Sequence[float]) -> list[Decimal]:
    """The probabilities as decimals that sum to one exactly: the largest takes the rounding of all."""
    decimals = [Decimal(repr(p)) for p in probabilities]
    largest = max(range(len(decimals)), key=decimals.__getitem__)
    with localcontext(prec=_ANY_FLOAT):
        decimals[largest] = 1 - sum((d for i, d in enumerate(decimals) if i != largest), Decimal(0))
    return decimals


def _decimal(value: float) -> str:
    return format(Decimal(repr(value)), "f")


def _quote(text: str) -> str:
    """In quotes; a backslash that would swallow a quote is kept apart from it by a space."""
    text = re.sub(r'\\(?="|$)', r"\\ ", text)
    return '"' + text.replace('"', '\\"') + '"'
