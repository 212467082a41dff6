"""Questions about games whose beliefs are kept block by block, against the same game solved exactly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from longgame.errors import ScenarioError
from longgame.queries.blockwise import gathered, known_blocks
from longgame.queries.nodes import joined, start
from longgame.queries.questions import answer
from longgame.run.precision import ask
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.load import loads
from longgame.scenario.questions.understand import understand
from longgame.solver.blocks.solution import BlockSolution
from longgame.solver.blocks.solve import solve_blocks
from tests.solver.blocks import BlockShape, draw_blocks

MEMBERS = "north", "south", "east", "west"


def accord(members=MEMBERS, periods: int = 1, extra: str = "") -> str:
    """A pact that each member may sign once, at a cost that it alone knows; three signatures make it."""
    signed = " + ".join(f"(sig_{m} == signed)" for m in members)
    lines = [
        "title: Pact",
        f"clock: {{start: 2025, step: 1 year, periods: {periods}}}",
        "actors:",
        *(f"  {m}: {{lambda: 2, discount: 0.9}}" for m in members),
        "assumptions:",
        "  benefit: {value: 1, range: [0.5, 2], source: judgement, because: An example.}",
        "state:",
        *(f"  sig_{m}: {{values: [out, signed], start: out}}" for m in members),
        "hidden:",
        *(
            f"  cost_{m}: {{known_to: [{m}], values: {{low: 0.{4 + i}, high: rest}}, source: judgement, because: x}}"
            for i, m in enumerate(members)
        ),
        "period:",
        *(
            f"  - move: sign_{m}\n    by: {m}\n    when: sig_{m} == out\n"
            f"    options: {{sign: {{set: {{sig_{m}: signed}}}}, wait: {{}}}}"
            for m in members
        ),
        "payoffs:",
        *(
            f"  {m}: benefit * ({signed} >= 3) - (0.3 if cost_{m} == low else 0.9) * (sig_{m} == signed)"
            for m in members
        ),
        "evidence:",
        "  - {on: 2025, move: sign_north, took: sign, source: an example}",
        extra,
    ]
    return "\n".join(lines)


QUESTIONS = {
    "belief(cost_north == low)": 1e-4,
    "belief(cost_north == low and cost_west == high)": 1e-4,
    "value(south)": 2e-3,
    "value(south, given=cost_south == high)": 2e-3,
    "value(north, given=cost_west == low)": 5e-3,
    "value(north, given=cost_west == low and cost_east == high)": 5e-3,
    "value(west, given=cost_west == cost_east)": 5e-3,
    "worth(south, sign_south.sign, than=sign_south.wait)": 5e-3,
    "value(east, after=sign_south.sign)": 5e-3,
    "choice(sign_west.sign)": 1e-3,
    "choice(sign_west.sign, given=cost_west == low)": 1e-3,
    "choice(sign_west.sign, given=cost_south == low)": 1e-3,
    "chance(sig_west == signed)": 1e-3,
    "chance(sig_west == signed, given=cost_south == low)": 1e-3,
    "chance(sig_west == signed, given=cost_south == low and cost_west == high)": 1e-3,
    "chance(sig_west == signed, given=cost_south == cost_west)": 1e-3,
    "holds_until(abstain, 1)": 1e-3,
    "holds_until(abstain, 1, given=cost_south == low)": 1e-3,
    "keeps(south, abstain)": 5e-3,
    "keeps(west, abstain, given=cost_west == low)": 5e-3,
}


@pytest.fixture(scope="module")
def answers():
    """The answers on the lattice of blocks, and the exact ones."""
    scenario = loads(accord(extra="deals: {abstain: {sig_south: out, sig_west: out}}"))
    asked = [understand(scenario, Question(text), "now") for text in QUESTIONS]
    study = Study.of(scenario, asked)
    assert study.exact
    assert study.game.factored
    bound = [study.binder.bind(one) for one in asked]
    on_lattice, exact = study.on_lattice.draw(), study.draw()
    found = [one.value for one in answer(on_lattice.case, bound)]
    assert isinstance(on_lattice.case.solution(), BlockSolution)
    return dict(zip(QUESTIONS, zip(found, [one.value for one in answer(exact.case, bound)], strict=True), strict=True))


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_are_answered_as_exactly(answers, question):
    found, exact = answers[question]
    assert np.isfinite(found)
    assert found == pytest.approx(exact, abs=QUESTIONS[question])


def test_the_error_is_told_by_coarser_lattices():
    study = Study.of(loads(accord(extra="solver: {lattice: 4}"))).on_lattice
    bound = study.binder.bind(understand(study.scenario, Question("choice(sign_west.sign)"), "now"))
    asked = ask(study, bound.atoms, [bound])
    assert (asked.precision.lattice, asked.precision.beside) == (4, 3)
    error = asked.precision.error(bound, asked.found)
    assert error is not None
    assert 0.0 < error < 0.01
    numbers = [bound.work_out(study.refined(r).draw().look_up(bound.atoms)).value for r in (4, 3, 2)]
    assert error == pytest.approx(4 * (abs(numbers[0] - numbers[1]) / 2 + abs(numbers[1] - numbers[2]) / 4))
    finer = bound.work_out(study.refined(8).draw().look_up(bound.atoms)).value
    assert abs(numbers[0] - finer) < error


TIED = """
  - chance: talks
    when: sig_north == signed
    outcomes:
      good: {p: 0.9 if cost_north == low and cost_south == low and cost_east == low and cost_west == low else 0.2}
      bad: {p: rest}
"""


def test_what_ties_variables_together_is_said():
    text = accord(periods=9).replace("payoffs:", TIED.strip("\n") + "\npayoffs:")
    with pytest.raises(ScenarioError) as caught:
        Study.of(loads(text))
    [problem] = caught.value.problems
    assert problem.code == "too-many-worlds"
    assert "the odds of `talks` rest on them" in problem.fix
    assert "`cost_east`" in problem.fix
    assert problem.where.line is not None


def test_who_knows_two_secrets_ties_them():
    text = accord().replace("known_to: [south]", "known_to: [south, north]")
    game = Study.of(loads(text)).game
    assert game.blocks is not None
    assert game.blocks.variables == (("cost_north", "cost_south"), ("cost_east",), ("cost_west",))
    assert [tie.because for tie in game.blocks.ties] == ["`north` knows both"]


def test_what_ties_blocks_together_makes_both_known():
    """That two secrets are equal leaves each as likely as it was where all are even."""
    solution = solve_blocks(draw_blocks(BlockShape(sizes=(2, 2, 2)), 0))
    blocks, begin = solution.blocks, start(solution)
    even = replace(begin, b=np.full_like(begin.b, 1 / 8), joint=np.full_like(begin.joint, 1 / 8))
    assert known_blocks(blocks, even).tolist() == [[False] * 3]
    equal = even.given(blocks.of_world[0] == blocks.of_world[1])
    np.testing.assert_allclose(blocks.marginals(equal.joint), 0.5)
    assert known_blocks(blocks, equal)[0, :2].tolist() == [True, True]
    assert known_blocks(blocks, even.given(blocks.of_world[2] == 0)).tolist() == [[False, False, True]]


def test_nodes_that_lie_near_each_other_have_their_mean_belief():
    solution = solve_blocks(draw_blocks(BlockShape(sizes=(2, 3)), 0))
    blocks, begin = solution.blocks, start(solution)
    of_first, of_second = np.array([[0.5, 0.5], [0.502, 0.498]]), np.array([[0.2, 0.3, 0.5], [0.204, 0.3, 0.496]])
    b = of_first[:, blocks.of_world[0]] * of_second[:, blocks.of_world[1]]
    share = np.array([0.25, 0.75])
    nodes = replace(joined([begin, begin]), b=b, joint=b * share[:, None])
    one = gathered(solution, nodes, 1)
    assert len(one) == 1 and one.mass == pytest.approx(1.0)
    np.testing.assert_allclose(one.joint.sum(axis=0), nodes.joint.sum(axis=0))
    expected = (share @ of_first)[blocks.of_world[0]] * (share @ of_second)[blocks.of_world[1]]
    np.testing.assert_allclose(one.b[0], expected)
    assert len(gathered(solution, nodes, 2)) == 2  # there is room for both
