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
else. Of evidence that is in doubt a guess says what it says of each way that things may have gone: a report that is
right with p has p times the guess and 1 - p, and of what is said of a whole time the guess is that its steps are
independent of each other. What is in doubt says nothing of the last time.

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

from longgame.game.game import CHANCE, Game
from longgame.queries.nodes import Floats
from longgame.queries.observed import ObservedStep
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
    """What could be seen at a step, and what was.

    about   what its last time is looked up by
    weight  [M] how likely play stands at each node at which something could be seen
    open    [M, Y] how well each thing fits other evidence of the same step, if it could be seen there; else 0
    fits    [Y] how well each thing fits what was seen
    idle    how likely it is that the step does not take place, and how well that fits what was seen
    """

    about: Hashable
    weight: Floats
    open: Floats
    fits: Floats
    idle: tuple[float, float] = (0.0, 0.0)

    def chance(self, preferred: Floats) -> float:
        """The probability of what was seen, where what could be seen is as likely as ``preferred`` [M, Y] says."""
        (idle, fit), told = self.idle, preferred * self.open
        whole = float(self.weight @ told.sum(axis=1)) + idle
        return (float(self.weight @ (told @ self.fits)) + idle * fit) / whole

    @property
    def blind(self) -> Floats:
        """[M, Y] everything that is open, equally likely; nothing where the step does not take place."""
        there = (self.open > 0.0).astype(float)
        number = there.sum(axis=1, keepdims=True)
        return np.divide(there, number, out=np.zeros_like(there), where=number > 0.0)

    def as_last_time(self, last: Floats, again: float) -> Floats:
        """[M, Y] what was seen ``last`` [Y] is seen ``again`` with this probability."""
        there = (self.open > 0.0).astype(float)
        same, other = there * last, there * (1.0 - last)
        known, others = same.sum(axis=1, keepdims=True), other.sum(axis=1, keepdims=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            mixed = again * same / known + (1.0 - again) * other / others
        return np.where((known > 0.0) & (others > 0.0), mixed, self.blind)

    def can_turn(self, last: Floats) -> bool:
        """Whether what was seen ``last`` can be repeated, and something else be seen as well."""
        there = self.open[self.weight > 0.0] > 0.0
        return bool((there @ last).any() and (there @ (1.0 - last)).any())

    @property
    def real(self) -> bool:
        """Whether more than one thing could be seen somewhere."""
        return bool(((self.open[self.weight > 0.0] > 0.0).sum(axis=1) > 1).any())


def surprises(game: Game, updates: Sequence[Update]) -> tuple[Surprise, ...]:
    """How surprising each thing observed was, in the order of play."""
    found = []
    last: dict[Hashable, Floats] = {}
    repeated, turns = 0, 0
    for update in updates:
        choices = [_choice(game, step) for step in update.steps]
        again = (repeated + 1) / (turns + 2)
        guesses = [c.as_last_time(last[c.about], again) if c.about in last else c.blind for c in choices]
        blind = _together(update, [choice.chance(choice.blind) for choice in choices])
        as_before = _together(update, [choice.chance(guess) for choice, guess in zip(choices, guesses, strict=True)])
        k = update.seen.step
        move = k < len(game.steps) and game.steps[k].mover != CHANCE and any(choice.real for choice in choices)
        found.append(Surprise(update.seen.id, update.probability, blind, as_before, move))
        if not update.seen.evidence.certain:
            continue
        choice, before = choices[-1], last.get(choices[-1].about)
        if before is not None and choice.can_turn(before):
            repeated, turns = repeated + bool(before @ choice.fits > 0.0), turns + 1
        last[choice.about] = choice.fits
    return tuple(found)


def _together(update: Update, chances: Sequence[float]) -> float:
    """The probability of a piece from the guesses at its steps, each that what was observed there is so."""
    right = math.prod(chances) if update.seen.negative else 1.0 - math.prod(1.0 - chance for chance in chances)
    return right if update.seen.p is None else update.step.p * right + 1.0 - update.step.p


def added(model: float, guess: float) -> float:
    """What a model adds to a guess of one piece of evidence, in nats; below zero where the guess is better."""
    return math.log(model / guess)


def _choice(game: Game, step: ObservedStep) -> _Choice:
    if step.state is not None:
        return _seen_state(game, step, step.state)
    known = np.ones_like(step.hit) if step.known is None else step.known
    past = ~step.there
    idle = float(step.nodes.weight[past] @ known[past, -1])
    signal = np.asarray(game.steps[step.seen.step].signal)
    signals, firsts = np.unique(signal, return_index=True)  # [Y] options that look alike fit alike
    fits = np.isin(firsts, step.seen.options).astype(float)
    if step.fork is None:
        return _Choice(step.seen.step, np.zeros(0), np.zeros((0, len(fits))), fits, (idle, float(step.seen.negative)))
    there = step.fork.available.astype(float) @ np.equal.outer(signal, signals) > 0.0  # [M, Y]
    open_ = there * known[step.there][:, firsts]
    return _Choice(step.seen.step, step.fork.nodes.weight, open_, fits, (idle, float(step.seen.negative)))


def _seen_state(game: Game, step: ObservedStep, fit: Floats) -> _Choice:
    """Of a state, the values of the variables that were seen; of these, such as are possible then."""
    before = step.before
    columns = [n for n, variable in enumerate(game.states.variables) if variable.name in step.seen.seen]
    values, which = np.unique(game.states.codes[:, columns], axis=0, return_inverse=True)
    fits, possible = np.zeros((2, len(values)))
    fits[np.ravel(which)] = fit
    possible[np.ravel(which)[before.s[before.joint.sum(axis=1) > 0.0]]] = 1.0
    return _Choice(tuple(columns), np.array([before.mass]), possible[None], fits)
