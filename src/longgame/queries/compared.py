"""Which comparison decides a claim, and what each number in it does to its sides.

Of ``p and q`` that is what fails first, of ``p or q`` what fails last, of ``p if c else q`` the branch that c picks;
the margin of the whole is its margin (``truth``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from longgame.queries.truth import Answer, work_out
from longgame.scenario.questions.tree import Constant, Leaf, Term, Worked

COMPARISONS = (">", ">=", "<", "<=")
ASIDE = 1e-4  # of a number (of one at least): how far it is moved to see what it does

LookUp = Callable[[Leaf], float]


@dataclass(frozen=True)
class Compared:
    """One comparison of a question: ``left op right``, both numbers.

    negated  the question says that it does not hold
    """

    term: Worked
    negated: bool = False

    @property
    def left(self) -> Term:
        """The number on the left."""
        return self.term.parts[0]

    @property
    def right(self) -> Term:
        """The number on the right."""
        return self.term.parts[1]

    def answer(self, look_up: LookUp) -> Answer:
        """Whether it is as the question says, and by what margin."""
        return work_out(Worked("not", (self.term,), self.term.kind) if self.negated else self.term, look_up)


def compared(term: Term) -> Iterator[Compared]:
    """Every comparison of a question that is true or false, from left to right."""
    yield from _compared(term, False)


def _compared(term: Term, negated: bool) -> Iterator[Compared]:
    if isinstance(term, Worked) and term.op in COMPARISONS:
        yield Compared(term, negated)
    elif isinstance(term, Worked):
        for part in term.parts:
            yield from _compared(part, negated != (term.op == "not"))


def binding(term: Term, look_up: LookUp) -> Compared | None:
    """The comparison that decides; None where there is none that does (a truth that is written out)."""
    return _binding(term, look_up, False)


def _binding(term: Term, look_up: LookUp, negated: bool) -> Compared | None:
    if not isinstance(term, Worked):
        return None
    if term.op in COMPARISONS:
        return Compared(term, negated)
    if term.op == "not":
        return _binding(term.parts[0], look_up, not negated)
    if term.op == "if":
        test = work_out(term.parts[0], look_up).truth
        return None if test is None else _binding(term.parts[1 if test else 2], look_up, negated)
    if term.op not in ("and", "or"):
        return None
    whole, answers = work_out(term, look_up), [work_out(part, look_up) for part in term.parts]
    alike = [part for part, one in zip(term.parts, answers, strict=True)
             if (one.truth, one.margin) == (whole.truth, whole.margin)]  # fmt: skip
    return _binding((alike or list(term.parts))[0], look_up, negated)


def leaves_of(term: Term) -> tuple[Leaf, ...]:
    """What must be looked up for a number, each once."""
    if isinstance(term, Constant):
        return ()
    if isinstance(term, Worked):
        return tuple(dict.fromkeys(leaf for part in term.parts for leaf in leaves_of(part)))
    return (term,)


def weight_of(term: Term, leaf: Leaf, look_up: LookUp) -> float:
    """By how much a number moves with one that it is made of: exact where it is linear in it, else at this point."""
    here = look_up(leaf)
    size = ASIDE * max(1.0, abs(here))

    def moved(by: float) -> float:
        return work_out(term, lambda other: here + by if other == leaf else look_up(other)).value

    return (moved(size) - moved(-size)) / (2.0 * size)
