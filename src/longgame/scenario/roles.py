"""What a formula is for: said once in the model, beside the key under which it stands, and read from there.

The checks ask it of every formula of a scenario (``context``), editors of a place where there is none yet (``kinds``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """What a formula is for, and so which names it may use.

    Attributes:
        words: what it is called in messages.
        state, hidden, assumptions, period: whether it may use these.
        passing: whether it may use what is forgotten when a period is over.
        gives: it gives the value of the state variable under whose name it stands: then it may be a word of that one.
        shared: it is one of several probabilities, one of which may be ``rest``.
    """

    words: str
    state: bool = False
    hidden: bool = False
    assumptions: bool = True
    period: bool = False
    passing: bool = False
    gives: bool = False
    shared: bool = False

    def allows(self, kind: str) -> bool:
        """Whether a name of this kind may be used."""
        return {
            "state": self.state,
            "passing": self.passing,
            "hidden": self.hidden,
            "assumption": self.assumptions,
            "period": self.period,
        }.get(kind, True)

    @property
    def allowed(self) -> str:
        """What it may use, in words."""
        kinds = [
            words
            for allowed, words in (
                (self.state, "state variables"),
                (self.hidden, "hidden variables"),
                (self.assumptions, "assumptions"),
                (self.period, "`period`"),
            )
            if allowed
        ]
        return " and ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds) or "numbers"


START = Role("the start of a variable", gives=True)
PRIOR = Role("a prior probability", shared=True)
RATIONALITY = Role("rationality", hidden=True)
DISCOUNT = Role("a discount factor")
GUARD = Role("a condition of a step or option", state=True, period=True, passing=True)
SET = Role("a new value", state=True, period=True, passing=True, gives=True)
CLAUSE = Role("a clause of a deal", state=True, passing=True, gives=True)
LOTTERY = Role("the odds of an option's lottery", state=True, period=True, passing=True, shared=True)
ODDS = Role("the odds of a chance step", state=True, hidden=True, period=True, passing=True, shared=True)
BECOMES = Role("the odds of a hidden change", state=True, hidden=True, period=True, passing=True, shared=True)
PAY = Role("a payment", state=True, hidden=True, period=True, passing=True)
DEAL_PAY = Role("a payment of a deal", state=True, hidden=True, passing=True)
PAYOFF = Role("a payoff", state=True, hidden=True, period=True)
END_VALUE = Role("an end value", state=True, hidden=True)
END = Role("the condition of an end", state=True, assumptions=False)
CONDUCT = Role("the condition of a posture", state=True, assumptions=False, passing=True)
EVENT = Role("a public event", state=True)
SEEN = Role("an observed value", assumptions=False, gives=True)
INERTIA = Role("the chance that a move is not thought over")
RELIABILITY = Role("the chance that a source is right")
FOUND_OUT = Role("the cost of being found out")
DEFINITION = Role("a definition", state=True, hidden=True, period=True, passing=True)
CONDITION = Role("a condition on the world", hidden=True, assumptions=False)
TRUTH = Role("what makes a word true", hidden=True, assumptions=False)
NEAR = Role("play to start from", state=True)
QUANTITY = Role("a public quantity", state=True)
