"""How atoms are found: look-ups in one solution, for one draw or for several that were solved side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from longgame.queries import prospects
from longgame.queries.abreast import Abreast
from longgame.queries.atoms import Atom, Choice, Foreseen, Found, Worth
from longgame.queries.case import Case
from longgame.queries.nodes import Nodes
from longgame.queries.places import Places, View
from longgame.scenario.clock import DateError
from longgame.scenario.questions.tree import Take

Each = Callable[[Callable[[int], object]], Iterable[int]]  # (what to do in a draw) -> the draws in which it was done


def find(case: Case, atoms: Sequence[Atom], found: Found) -> None:
    """Work out atoms that all need the same solution, and put what is found into ``found``."""
    inquiry = Inquiry(case, atoms, found)
    inquiry.look_up()
    inquiry.foresee()


class Inquiry:
    """Atoms that all need the same solution, asked of one case; what is found goes into ``found``.

    First everything but prospects is looked up; then prospects, all together.
    """

    def __init__(self, case: Case, atoms: Sequence[Atom], found: Found):
        self.case = case
        #: What must be foreseen; filled by ``look_up``.
        self.prospects: dict[Atom, prospects.Ask] = {}
        self._atoms = atoms
        self._found = found
        self._places = Places(case)

    def start(self, ahead: NextTime) -> Nodes | None:
        """The nodes that a next time is asked from; None if there are none, for whatever reason."""
        with suppress(Exception):  # the question itself will say what is wrong
            nodes = self._places(ahead.view)
            return nodes if ahead.purse else nodes.without_purse
        return None

    def look_up(self) -> None:
        """Everything but prospects."""
        self._places.measure(view for atom in self._atoms for view in atom.levels)
        for atom in self._atoms:
            try:
                if isinstance(atom, Foreseen):
                    self.prospects[atom] = atom.ask(self.case, self._places)
                else:
                    self._found.values[atom] = atom.look_up(self.case, self._places)
            except (LookupError, ZeroDivisionError, DateError) as error:
                _no_answer(self._found, atom, error)

    def foresee(self) -> None:
        """The prospects."""
        values = prospects.foresee(self.case, list(self.prospects.values()))
        self._found.values.update(zip(self.prospects, values, strict=True))


def find_abreast(draws: Abreast, atoms: Sequence[Atom], found: Sequence[Found], each: Each) -> None:
    """The same for draws that were solved side by side; what is the same work in all of them is done once.

    found  by draw, where what is found in it goes
    each   does something in every draw in which nothing went wrong so far, and says in which it was done
    """
    inquiries = {g: Inquiry(case, atoms, found[g]) for g, case in draws.cases.items()}
    for ahead in _next_times(atoms):
        starts = {g: inquiry.start(ahead) for g, inquiry in inquiries.items()}
        draws.look_ahead(ahead.step, {g: nodes for g, nodes in starts.items() if nodes is not None})
    left = each(lambda g: inquiries[g].look_up())
    prospects.work_out(draws.whole, draws.under, draws.cases, {g: inquiries[g].prospects for g in left})
    each(lambda g: inquiries[g].foresee())


@dataclass(frozen=True)
class NextTime:
    """The next time that a step takes place; ``purse``: with what was paid on the way to the nodes of the view."""

    view: View
    step: int
    purse: bool = True


def _next_times(atoms: Iterable[Atom]) -> list[NextTime]:
    """The next times that atoms ask for, each after those that its own view needs.

    Where clauses are set before an option is taken, the nodes are known only to the question itself.
    """
    found: dict[NextTime, None] = {}
    for atom in atoms:
        before = replace(atom.view, after=())
        ways = [(before, atom.view.after)]
        if isinstance(atom, Worth):
            ways += [(atom.view, atom.changes), (atom.view, atom.than or ())]
        for view, changes in ways:
            if changes and isinstance(changes[0], Take):
                found[NextTime(view, changes[0].step)] = None
        if isinstance(atom, Choice):
            found[NextTime(atom.view, atom.step, purse=False)] = None
    return list(found)


def _no_answer(found: Found, atom: Atom, error: Exception) -> None:
    found.values[atom] = float("nan")
    found.reasons[atom] = str(error.args[0]) if error.args else str(error)
