"""Questions, bound to one game and asked of any solved draw of it.

    question = Binder(scenario, game).bind(understood)             names become numbers
    question.atoms, question.solutions                         what must be looked up, and in which solutions
    answer(case, [question, ...])                              everything looked up in one go, then worked out

What functions there are, and what each of their arguments must be, stands in the scenario's own table
(``scenario.questions.grammar``); what they mean, in ``meaning``; what is looked up, and how, in ``atoms``; what comes
of the arithmetic around them, in ``truth``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from longgame.queries.atoms import Atom, Found, by_solution
from longgame.queries.case import Case, Posture
from longgame.queries.inquiry import find
from longgame.queries.meaning import Bound
from longgame.queries.truth import Answer, work_out
from longgame.scenario.questions.tree import Leaf, Understood

NO_NUMBER = "it divides by zero, or takes a root, logarithm or power that is no number"


@dataclass(frozen=True, eq=False)
class BoundQuestion:
    """An understood question, with every look-up and assumption in it bound to a game."""

    understood: Understood
    parts: Mapping[Leaf, Bound]

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """Everything that must be looked up, each once."""
        return tuple(dict.fromkeys(atom for part in self.parts.values() for atom in part.atoms))

    @property
    def solutions(self) -> tuple[Posture | None, ...]:
        """The postures whose solutions it needs; ``None`` for free play, in which every question finds its place."""
        return tuple(dict.fromkeys((None, *(atom.view.under for atom in self.atoms))))

    def work_out(self, found: Found) -> Answer:
        """The answer, from what was looked up."""
        return work_out(self.understood.term, lambda leaf: self.parts[leaf].value(found))

    def reasons(self, found: Found) -> tuple[str, ...]:
        """Why parts of it have no answer, in words; mostly there are none."""
        said = dict.fromkeys(found.reasons[atom] for atom in self.atoms if atom in found.reasons)
        if not said:
            parts = [part for part in self.parts.values() if part.why]
            said = dict.fromkeys(part.why for part in parts if math.isnan(part.value(found)))
        return tuple(said) or ((NO_NUMBER,) if math.isnan(self.work_out(found).value) else ())


def which_solutions(questions: Iterable[BoundQuestion]) -> tuple[Posture | None, ...]:
    """The postures whose solutions the questions need, free play first."""
    return tuple(dict.fromkeys((None, *(under for question in questions for under in question.solutions))))


def look_up(
    case: Case,
    atoms: Iterable[Atom],
    prepare: Callable[[Posture, Sequence[Atom]], None] | None = None,
    release: Callable[[Posture], None] | None = None,
) -> Found:
    """Ask a solved draw everything, solution by solution.

    prepare  told of each posture before its solution is asked for, with what is wanted of it
    release  told of each posture as soon as its solution is needed no more
    """
    found = Found()
    for under, wanted in by_solution(atoms).items():
        if under is not None and prepare is not None:
            prepare(under, wanted)
        find(case, wanted, found)
        if under is not None and release is not None:
            release(under)
    return found


def answer(case: Case, questions: Sequence[BoundQuestion]) -> list[Answer]:
    """The answers to questions, in order; what several of them need is looked up once."""
    found = look_up(case, (atom for question in questions for atom in question.atoms))
    return [question.work_out(found) for question in questions]
