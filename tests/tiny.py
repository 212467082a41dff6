"""A game so small that every answer is worked out by hand.

One period, two moves. B knows whether ``h`` is yes or no, and says something loud or quiet; being loud pays it 1 if yes
and -1 if no, so with lambda = log 3 it is loud with probability 3/4 if yes and 1/4 if no. Then A, who has heard it, may
raise ``x``: with x high it gets ``prize`` now and twice that, discounted by a half, at the end: 2 if yes, -2 if no
(at prize 1). C loses 2 by a high x whatever is true.

B was loud. The prior is even, so the belief in yes is 3/4. A expects 2 * (3/4) - 2 * (1/4) = 1 of going and 0 of
staying, and with lambda = log 3 it goes with probability 3/4. All beliefs on the way are points of the lattice.

The offer is never made; its deal is there to be priced. It pays A 1 if yes and -1 if no, and changes nothing.
"""

from __future__ import annotations

from longgame.scenario.load import loads
from longgame.scenario.model import Scenario

TEXT = """
title: A tiny game
clock: {periods: 1}
actors:
  a: {lambda: log(3), discount: 0.5}
  b: {lambda: log(3), discount: 0.5}
  c: {lambda: 1, discount: 0.5}
assumptions:
  prize: {value: 1, range: [0.5, 1.5], source: judgement, because: A test.}
  prior_yes: {value: 0.5, range: [0.25, 0.75], source: judgement, because: A test.}
  fixed: {value: 2, source: judgement, because: A test.}
definitions:
  doubled: 2 * fixed
  rich: fixed > 1
state:
  x: {values: [low, high], start: low}
hidden:
  h: {known_to: [b], values: {yes: prior_yes, no: rest}}
period:
  - move: tell
    by: b
    options:
      loud: {pay: {b: 1 if h == yes else -1}}
      quiet: {}
  - move: pick
    by: a
    options:
      stay: {}
      go: {set: {x: high}}
  - offer: never
    by: c
    to: [a]
    when: prize > 10
    deals:
      bribe: {x: low, pay: {a: 1 if h == yes else -1}}
payoffs:
  a: prize * (x == high) * (1 if h == yes else -1)
  b: 0
  c: -(x == high)
end_values:
  a: 2 * prize * (x == high) * (1 if h == yes else -1)
  b: 0
  c: -2 * (x == high)
deals:
  boost: {x: high}
  calm: {x: low}
clauses:
  x: high
  bonus: {pay: {a: 1, c: -1}}
  treat: {pay: {a: 1, c: 1}}
accounts:
  told: {by: b, on: 1, clauses: {x: high}}
  denied: {by: a, on: 1, clauses: {x: low}}
postures:
  a:
    bold: {pick: [go]}
    safe: {pick: [stay]}
forecasts:
  high: {event: x == high, says: X is high.}
evidence:
  - {on: 1, move: tell, took: loud, source: a test}
solver: {lattice: 4}
"""


def tiny(claims: str = "") -> Scenario:
    """The tiny game, with a block of claims."""
    return loads(TEXT + claims)
