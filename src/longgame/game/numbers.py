"""What a compiled game is in numbers, for one draw of the assumptions or for several, and one period.

Shape letters (see ``arrays``): S states, W worlds, N actors, A options, L successors of an option, K steps. Tables of G
draws have a leading axis [G] everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from longgame.arrays import Array

CHANCE = -1  # the mover of a chance step
SEVERAL = -2  # the mover of a step at which several choose at the same time: see ``Step.sides``
END_OF_PERIOD = -1  # in Step.next, as good as len(steps): the rest of the period is passed over


class StepTables(NamedTuple):
    """The numbers of one step.

    active     [S] bool: the step takes place here (its ``when``, and the game is not over, and some option is open);
               elsewhere the next step in order follows
    allowed    [S, A] bool: the option is open; at a chance step, and where the step does not take place, all are
    pay        [S, A, N, W] payments at once, or None where the step has none
    weight     [S, A, L] probabilities of the successors; they sum to 1 over L
    successor  [S, A, L] int32 indices of states
    becomes    [S, A, W, W] P_a(w' | w, s), the last axis is w'; or None where no hidden variable changes
    chance     [S, A, W] p_o(s, w) of the outcomes of a chance step; None at a move
    """

    active: Array
    allowed: Array
    pay: Array
    weight: Array
    successor: Array
    becomes: Array
    chance: Array


class GameTables(NamedTuple):
    """Everything numeric.

    steps         K StepTables
    flow          [S, N, W] payoffs of the period, from the state at its end; of all first steps that it is long
    end_value     [S, N, W] value if the game stops here (at the horizon, or in a state that ends it)
    discount      [N] what counts for 1 at the start of the next period counts for so much at the end of this one
    precision     [N, W] lambda_i(c_i(w)) = rationality / stake, or lambda as given
    stake         [N] spread between best and worst end that play can reach, in the world where it is widest; where all
                  ends are alike, the spread of what the periods can pay
    prior         [W]
    start_index   [L0] int32, and start_weight [L0]: the start as a lottery over states
    valid         [] bool: in this draw all odds are probabilities, all discounts lie between 0 and 1, all payoffs are
                  finite, no precision is negative
    """

    steps: tuple[StepTables, ...]
    flow: Array
    end_value: Array
    discount: Array
    precision: Array
    stake: Array
    prior: Array
    start_index: Array
    start_weight: Array
    valid: Array

    @property
    def taken(self) -> int:
        """At how many states steps take place, all steps together."""
        return sum(int(np.count_nonzero(step.active)) for step in self.steps)

    def arrays(self) -> Iterator[Array]:
        """All of them, one after the other."""
        for part in (self[1:], *self.steps):
            yield from (array for array in part if array is not None)

    def each(self, change: Callable[[Array], Array]) -> GameTables:
        """The same tables with something done to every array."""
        steps = (StepTables(*(None if x is None else change(x) for x in step)) for step in self.steps)
        return GameTables(tuple(steps), *map(change, self[1:]))


Numbers = Callable[[int], GameTables]  # the tables by period, from 0
