"""What is wrong with a scenario in a way that can only be seen on its game.

The checks of ``scenario.checks`` read the file; these need the reachable states, and try the assumptions over their
ranges. ``errors`` are what a game cannot be solved with; ``warnings`` never stop a run.
"""

from __future__ import annotations

from longgame.errors import Problem, in_file_order
from longgame.game.checks.evidence import evidence_can_happen, evidence_is_sound, present_is_known
from longgame.game.checks.finite import numbers_are_finite
from longgame.game.checks.numbers import (
    discounts_are_below_one,
    odds_are_probabilities,
    play_to_start_from_is_of_chances,
)
from longgame.game.checks.probe import Probe
from longgame.game.checks.shape import dead_states, effects_stay_on_grids, moves_have_open_options
from longgame.game.checks.talk import messages_differ, private_news_is_kept
from longgame.game.game import Game
from longgame.game.tables import Tables
from longgame.scenario.model import Scenario

__all__ = ["errors", "warnings"]

ERRORS = (
    moves_have_open_options,
    discounts_are_below_one,
    odds_are_probabilities,
    play_to_start_from_is_of_chances,
    numbers_are_finite,
    evidence_is_sound,
    evidence_can_happen,
)
WARNINGS = (effects_stay_on_grids, dead_states, present_is_known, messages_differ, private_news_is_kept)


def errors(scenario: Scenario, tables: Tables) -> list[Problem]:
    """The errors of a scenario with these reachable states and tables, in file order. ``compile`` raises them."""
    probe = Probe(scenario, tables)
    return in_file_order(problem for run in ERRORS for problem in run(probe))


def warnings(scenario: Scenario, game: Game) -> list[Problem]:
    """The warnings about a scenario and the game that was compiled from it, in file order."""
    if game.formulas is None:
        raise TypeError("this game was not compiled from a scenario")
    probe = Probe(scenario, game.formulas.tables)
    return in_file_order(problem for run in WARNINGS for problem in run(probe))
