"""How surprising the evidence was: the chance that the model gave each piece, beside those of two simple guesses.

For a piece of evidence e, with all earlier evidence known,

    model       P(e | all earlier evidence), as the exact filter of the evidence has it
    blind       every thing that could be seen at its step is equally likely: one over their number
    status quo  what was seen at the step the last time is seen again, with probability (r + 1) / (n + 2), where in r of
                the n earlier pieces that could have repeated or broken with their last time it was repeated (Laplace's
                rule of succession); what else could be seen shares the rest equally. At a step that was not observed
                before, or where its last time cannot be repeated, it is the blind guess

What can be seen are the public signals of the open options (of a chance step: of the outcomes that can happen), and
for a state that was seen, the values that the same variables have in the states that are possible then. Options that
look the same are one thing to be seen. All three are told the same of where play stands: where the earlier evidence
leaves that open, the two guesses are averaged over it with the model's own weights, and a step that may not take place
counts in all three with the chance that it does. So they differ in what they say of the choice there, and in nothing
else.

What the model adds to a guess is the logarithm of the ratio of the two probabilities, in nats; over the moves of the
actors these add up, as probabilities multiply (the logarithmic score; Good 1952). What chance did is not counted, as
the analyst wrote its odds down; nor is a move at which nothing else could have been seen.

Shapes: M nodes before, Y things that can be seen.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from longgame.game.game import Game
from longgame.queries.nodes import Floats
from longgame.queries.path import Update


@dataclass(frozen=True)
class Surprise:
    """The probability of something observed before it came, given all earlier evidence, by the model and two guesses.

    id    of the piece of evidence; one that says that nothing was to be seen for a while is several observations
    move  whether it is an actor's, and something else could have been seen
    """

    id: str
    model: float
    blind: float
    status_quo: float
    move: bool


@dataclass(frozen=True, eq=False)
class _Choice:
    """What could be seen, and what was.

    about   what its last time is looked up by
    weight  [M] how likely play stands at each node at which something could be seen
    open    [M, Y] whether a thing could be seen there
    fits    [Y] how well each thing fits what was seen
    idle    how likely it is that the step did not take place, where that fits what was seen; else 0
    """

    about: Hashable
    weight: Floats
    open: Floats
    fits: Floats
    idle: float = 0.0

    def chance(self, preferred: Floats) -> float:
        """The probability of what was seen, where what could be seen is as likely as ``preferred`` [M, Y] says."""
        return float(self.weight @ (preferred @ self.fits)) + self.idle

    @property
    def blind(self) -> Floats:
        """[M, Y] everything that is open, equally likely; nothing where the step does not take place."""
        number = self.open.sum(axis=1, keepdims=True)
        return np.divide(self.open, number, out=np.zeros_like(self.open), where=number > 0.0)

    def as_last_time(self, last: Floats, again: float) -> Floats:
        """[M, Y] what was seen ``last`` [Y] is seen ``again`` with this probability."""
        same, other = self.open * last, self.open * (1.0 - last)
        known, others = same.sum(axis=1, keepdims=True), other.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            mixed = again * same / known + (1.0 - again) * other / others
        return np.where((known > 0.0) & (others > 0.0), mixed, self.blind)

    def can_turn(self, last: Floats) -> bool:
        """Whether what was seen ``last`` can be repeated, and something else be seen as well."""
        there = self.weight > 0.0
        return bool((self.open[there] @ last).any() and (self.open[there] @ (1.0 - last)).any())


def surprises(game: Game, updates: Sequence[Update]) -> tuple[Surprise, ...]:
    """How surprising each thing observed was, in the order of play."""
    found = []
    last: dict[Hashable, Floats] = {}
    repeated, turns = 0, 0
    for update in updates:
        choice = _seen_state(game, update) if update.step.state is not None else _seen_step(game, update)
        before = last.get(choice.about)
        guess = choice.blind if before is None else choice.as_last_time(before, (repeated + 1) / (turns + 2))
        move = update.seen.by is not None and bool((choice.open[choice.weight > 0.0].sum(axis=1) > 1.0).any())
        chances = update.probability, choice.chance(choice.blind), choice.chance(guess)
        found.append(Surprise(update.seen.id, *chances, move))
        if before is not None and choice.can_turn(before):
            repeated, turns = repeated + bool(before @ choice.fits > 0.0), turns + 1
        last[choice.about] = choice.fits
    return tuple(found)


def added(model: float, guess: float) -> float:
    """What a model adds to a guess of one piece of evidence, in nats; below zero where the guess is better."""
    return math.log(model / guess)


def _seen_step(game: Game, update: Update) -> _Choice:
    """At a step, its public signals can be seen."""
    seen, ahead = update.seen, update.step.fork
    step = game.steps[seen.step]
    signal = np.arange(len(step.signals))[:, None] == np.asarray(step.signal)  # [Y, A]
    fits = signal[:, list(seen.options)].any(axis=1).astype(float)
    idle = float(update.before.joint[~update.step.there].sum()) if seen.quiet else 0.0
    if ahead is None:
        return _Choice(seen.step, np.zeros(0), np.zeros((0, len(fits))), fits, idle)
    there = ahead.available.astype(float) @ signal.T > 0.0
    return _Choice(seen.step, ahead.nodes.joint.sum(axis=1), there.astype(float), fits, idle)


def _seen_state(game: Game, update: Update) -> _Choice:
    """Of a state, the values of the variables that were seen; of these, such as are possible then."""
    fit, before = update.step.state, update.before
    assert fit is not None
    columns = [n for n, variable in enumerate(game.states.variables) if variable.name in update.seen.seen]
    values, which = np.unique(game.states.codes[:, columns], axis=0, return_inverse=True)
    fits, possible = np.zeros((2, len(values)))
    fits[np.ravel(which)] = fit
    possible[np.ravel(which)[before.s[before.joint.sum(axis=1) > 0.0]]] = 1.0
    return _Choice(tuple(columns), np.array([before.mass]), possible[None], fits)
