"""The base case: the assumptions at their given values, and all blocks of the answers that rest on it alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from longgame.answers import rows
from longgame.answers.posture_answers import PosturesRow
from longgame.choice.postures import RULES, PostureTable
from longgame.errors import Problem, ScenarioError
from longgame.queries.atoms import Atom, Found
from longgame.queries.claims import atoms_of
from longgame.queries.deals import DealTable
from longgame.queries.meaning import deal_table, posture_table
from longgame.run.study import Progress, SolvedDraw, Study, silent

NEEDS_DEALS = {"deals", "bargaining"}


@dataclass(frozen=True, eq=False)
class Base:
    """The base case of a study, with everything looked up that some blocks of the answers need."""

    study: Study
    draw: SolvedDraw
    found: Found

    @classmethod
    def of(cls, study: Study, blocks: Iterable[str], progress: Progress = silent) -> Base:
        """Solve the base case as far as ``blocks`` of the answers need it.

        Raises ScenarioError where the given values make no game, or the evidence cannot have happened in it.
        """
        draw = study.draw(progress=progress)
        if not draw.valid:
            where = study.scenario.place(("assumptions",))
            found = "a probability outside 0 to 1, a discount factor outside 0 to 1, or a payoff that is no number"
            raise ScenarioError([Problem("no-game", where, "given values of the assumptions that make a game", found)])
        found = draw.look_up(needed(study, set(blocks)))
        return cls(study, draw, found)

    @cached_property
    def posture_tables(self) -> dict[str, PostureTable]:
        """Actor -> its table posture x world now."""
        game, setting = self.study.game, self.study.binder.setting
        return {
            actor: posture_table(setting, "now", game.actors.index(actor))[1](self.found)
            for actor, postures in self.study.scenario.postures.items()
            if postures
        }

    @cached_property
    def deal_table(self) -> DealTable:
        """Every named deal, priced now."""
        return deal_table(self.study.binder.setting, "now")[1](self.found)

    def postures(self) -> list[PosturesRow]:
        """The choice of each actor among its postures, without shares of draws."""
        # Here, since they bring SciPy's statistics with them, and most questions are of no posture.
        from longgame.answers.outlooks import information_rows, turning_rows

        return [
            PosturesRow(
                actor=actor,
                rows=rows.posture_rows(table),
                best={rule: table.best(rule) for rule in RULES},
                perfect_information=table.perfect_information(),
                information=information_rows(self.study.game, table),
                turning=turning_rows(self.study.game, table),
                share=None,
            )
            for actor, table in self.posture_tables.items()
        ]


def needed(study: Study, blocks: set[str]) -> tuple[Atom, ...]:
    """What must be looked up for some blocks of the answers."""
    setting = study.binder.setting
    atoms: list[Atom] = []
    if "claims" in blocks:
        atoms += atoms_of(question for claim in study.claims for question in claim.questions)
    if "postures" in blocks:
        for actor, postures in study.scenario.postures.items():
            if postures:
                atoms += posture_table(setting, "now", study.game.actors.index(actor))[0]
    if blocks & NEEDS_DEALS:
        atoms += deal_table(setting, "now")[0]
    return tuple(dict.fromkeys(atoms))
