"""Evidence in doubt: each form against every public history written out, at given numbers and over draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.answers.assess import assess
from longgame.errors import Place, ScenarioError
from longgame.exact.exact_solution import ExactSolution
from longgame.game.compile import compile
from longgame.game.game import CHANCE, Game
from longgame.game.states import Variable
from longgame.queries.case import Case
from longgame.queries.ledger import ledger
from longgame.queries.observed import fitting_points
from longgame.queries.path import follow, follow_all
from longgame.queries.walk import walk
from longgame.queries.worth import levels_of
from longgame.report import render
from longgame.scenario.checks import check
from longgame.scenario.dump import dump
from longgame.scenario.expand import Observation, evidence_ids, observations_of
from longgame.scenario.language.expressions import Name, Number
from longgame.scenario.load import loads
from longgame.scenario.model import Evidence
from longgame.solver.batch import tables_of
from longgame.solver.solve import solve
from tests.games import Part, Sketch
from tests.queries import reference

FEW = settings(max_examples=25, derandomize=True, deadline=None, database=None)
SPEAK, ANSWER, NEWS, END = range(4)
PERIODS, STATES, WORLDS, OPTIONS = 2, 3, 2, 3


def small_game(seed: int) -> Game:
    """A secret, a step that need not take place, one that is jumped over, news, and an aim that may change."""
    rng = np.random.default_rng(seed)
    S, W, A = STATES, WORLDS, OPTIONS
    names = tuple(f"o{a}" for a in range(A))
    becomes = 0.8 * np.eye(W) + 0.2 * rng.dirichlet(np.ones(W), size=(S, A, W))
    parts = [
        Part("speak", 0, names, signal=(0, 0, 1), to=rng.integers(S, size=(S, 1)).repeat(A, 1), then=(1, 1, 2),
             pay=rng.normal(size=(S, A, 2, W)) * 0.4, becomes=becomes),
        Part("answer", 1, names[:2], to=rng.integers(S, size=(S, 2)), active=np.arange(S) != 1),
        Part("news", CHANCE, names[:2], to=rng.integers(S, size=(S, 2)),
             odds=np.moveaxis(rng.dirichlet(np.ones(2), size=(S, W)), -1, 1)),
    ]  # fmt: skip
    return Sketch(
        ("sender", "receiver"), parts, states=S, worlds=("w0", "w1"), cells=np.array([[0, 1], [0, 0]]),
        precision=2.0, discount=0.9, flow=rng.normal(size=(S, 2, W)), periods=PERIODS, lattice=6,
    ).build()  # fmt: skip


@cache
def histories(seed: int, exact: bool):
    """A solution, and every history of its game to the horizon."""
    game = small_game(seed)
    theta = np.asarray(game.base)
    if exact:
        solution = ExactSolution(game, theta, tables_of(game, theta), most=200_000, work=1e9)
        return solution, reference.histories(reference.Slow(solution), (PERIODS, 0))
    solution = solve(game)
    return solution, reference.histories(reference.Slow(solution), (PERIODS, 0))


@dataclass(frozen=True)
class Said:
    """A piece of evidence: at one step, in some periods, one of some options or none of them; a state; with p."""

    step: int
    periods: tuple[int, ...]
    options: tuple[int, ...]
    negative: bool
    p: float | None
    state: tuple[float, ...] | None

    def likelihood(self, h: reference.History) -> float:
        """How likely the report is if the game went so: by its definition."""
        if self.state is not None:
            right = 1.0 - np.prod([1.0 - self.state[h.states[t]] for t in self.periods])
        else:
            taken = any((t, self.step, a) in h.taken for t in self.periods for a in self.options)
            right = float(taken != self.negative)
        return right if self.p is None else self.p * right + 1.0 - self.p


@st.composite
def pieces(draw: st.DrawFn) -> Said:
    """Any piece; options that look alike are named together, as the loader has them."""
    step = draw(st.integers(SPEAK, END))
    looks = {SPEAK: [(0, 1), (2,)], ANSWER: [(0,), (1,)], NEWS: [(0,), (1,)], END: [()]}[step]
    chosen = draw(st.lists(st.sampled_from(looks), min_size=1, unique=True))
    periods = draw(st.sampled_from([(0,), (1,), (0, 1)]))
    p = draw(st.sampled_from([None, 0.7, 0.35]))
    state = tuple(draw(st.lists(st.sampled_from([0.0, 0.4, 1.0]), min_size=3, max_size=3))) if step == END else None
    return Said(step, periods, tuple(sorted(sum(chosen, ()))), step != END and draw(st.booleans()), p, state)


def observed(said: list[Said], solution) -> list[reference.Seen]:
    """What the loader makes of pieces."""
    found: list[reference.Seen] = []
    for index, piece in enumerate(said):
        count = len(solution.game.steps[piece.step].options) if piece.step < END else 0
        options = tuple(a for a in range(count) if (a in piece.options) != piece.negative)
        whole = len(piece.periods) > 1 and not (piece.negative and piece.p is None)
        for t in piece.periods:
            seen = Observation(
                f"piece {index}", Evidence(on=1, move="step", took="o0"), Place("evidence"), t, piece.step, options, {},
                None, index, piece.negative, None if piece.p is None else Number(piece.p),
                index if whole else None, t == piece.periods[-1],
            )  # fmt: skip
            found.append((seen, None if piece.state is None else np.array(piece.state)))
    return sorted(found, key=lambda pair: (pair[0].period, pair[0].step, pair[0].index))


@pytest.mark.parametrize("exact", [False, True], ids=["lattice", "exact"])
@FEW
@given(st.integers(0, 3), st.lists(pieces(), min_size=1, max_size=4))
def test_against_every_history(exact: bool, seed: int, said: list[Said]):
    solution, every = histories(seed, exact)
    fits = [h.p * np.prod([piece.likelihood(h) for piece in said]) for h in every]
    if sum(fits) < 1e-12:
        return
    path = follow_all(None, solution, observed(said, solution))  # type: ignore[arg-type]
    assert np.exp(path.log_likelihood) == pytest.approx(sum(fits), rel=1e-9)
    now = path.now
    assert now.marks is None and now.mass == pytest.approx(1.0)
    # On from there to the horizon: the same states, public beliefs and worlds as in the histories.
    over = walk(solution, now, lambda t, k, some: np.zeros(len(some), dtype=bool)).over
    ours, theirs = Counter[tuple](), Counter[tuple]()
    for s, b, joint in zip(over.s, over.b, over.joint, strict=True):
        for w in range(WORLDS):
            ours[int(s), *np.round(b, 6), w] += joint[w]
    for h, fit in zip(every, fits, strict=True):
        theirs[h.s, *np.round(h.b, 6), h.w] += fit / sum(fits)
    for key in ours | theirs:
        assert ours[key] == pytest.approx(theirs[key], abs=1e-9)


@pytest.mark.parametrize("exact", [False, True], ids=["lattice", "exact"])
@FEW
@given(st.integers(0, 3), st.lists(pieces(), min_size=1, max_size=3))
def test_each_piece_by_the_chain_rule(exact: bool, seed: int, said: list[Said]):
    """A piece's probability, and that in each world, given those learned before it: by counting histories."""
    solution, every = histories(seed, exact)
    if sum(h.p * np.prod([piece.likelihood(h) for piece in said]) for h in every) < 1e-12:
        return
    path = follow_all(None, solution, observed(said, solution))  # type: ignore[arg-type]
    whole = [update for update in path.updates if not (update.seen.negative and update.seen.p is None)]
    for update in whole:
        at = path.updates.index(update)
        before = [(u.seen.index, u.seen.period) for u in path.updates[:at]]
        known = [h.p * np.prod([_part(said[i], t).likelihood(h) for i, t in before]) for h in every]
        piece = said[update.seen.index]
        chance = sum(p * piece.likelihood(h) for p, h in zip(known, every, strict=True)) / sum(known)
        assert update.probability == pytest.approx(chance, rel=1e-9)
        assert update.before.belief() @ update.likelihood == pytest.approx(chance, rel=1e-9)
        assert update.after.marks is None and update.after.mass == pytest.approx(1.0)


def _part(piece: Said, t: int) -> Said:
    """What of a piece is learned in a period: all of it at once, or, of what certainly was not, a period of it."""
    return replace(piece, periods=(t,)) if piece.negative and piece.p is None else piece


def test_a_report_halves_the_odds_as_its_source_allows():
    """By hand: a chance step of known odds by world, reported with p."""
    solution, _ = histories(0, False)
    game = solution.game
    said = [Said(NEWS, (0,), (0,), False, 0.7, None)]
    (update,) = follow_all(None, solution, observed(said, solution)).updates  # type: ignore[arg-type]
    odds = np.asarray(solution.tables(0).steps[NEWS].chance)[:, 0]  # [S, W]
    before = update.before
    expected = (before.joint * (0.7 * odds[before.s] + 0.3)).sum(0)
    np.testing.assert_allclose(update.likelihood, expected / before.joint.sum(0))
    assert game.worlds == ("w0", "w1")


def test_a_range_fits_what_is_inside_it_and_the_next_by_its_share():
    grid = Variable("strength", (0.0, 0.25, 0.5, 0.75), True)
    fits = lambda *values: fitting_points(grid, [Number(value) for value in values], {})  # noqa: E731
    np.testing.assert_allclose(fits(0.25, 0.5), [0.0, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(fits(0.3, 0.4), [0.0, 0.8, 0.6, 0.0])
    np.testing.assert_allclose(fits(0.2, 0.5), [0.2, 1.0, 1.0, 0.0])
    np.testing.assert_allclose(fits(-1, 9), 1.0)
    word = Variable("aid", ("full", "half", "cut"), False)
    np.testing.assert_allclose(fitting_points(word, [Name("full"), Name("cut")], {}), [1.0, 0.0, 1.0])


# --- a scenario -------------------------------------------------------------------------------------------------------

REPORTS = """
title: Reports of a signal
clock: {start: 2025-03, step: 1 month, periods: 3}
actors:
  patron: {rationality: 20, per: stake, discount: 0.9}
  rival: {rationality: 20, per: stake, discount: 0.9}
assumptions:
  witness: {value: 0.7, range: [0.4, 0.95], unit: probability, source: judgement, because: A guess.}
  taste: {value: 0.3, range: [0.1, 0.6], source: judgement, because: A guess.}
definitions:
  friend: 1 - witness / 2
state:
  aid: {values: [full, half, cut], start: full}
  strength: {grid: [0, 1, 0.5], start: 0.5}
hidden:
  aim: {known_to: [patron], values: {peace: 0.5, reset: 0.5}, source: a guess}
period:
  - move: decision
    by: patron
    options:
      keep: {}
      trim: {when: aid == full, set: {aid: half}}
      cut: {when: aid != cut, set: {aid: cut}}
  - chance: fighting
    outcomes:
      advance: {p: 0.4, set: {strength: strength - 0.5}}
      hold: {p: rest}
payoffs:
  patron: {depends on: aim, peace: strength, reset: 1 - strength + taste * (aid == cut)}
  rival: 1 - strength
evidence:
%s
"""

EACH = [
    "{on: 2025-03, move: decision, took: [trim, cut]}",
    "{on: 2025-03, move: decision, not: cut}",
    "{on: 2025-03, move: decision, took: trim, p: witness}",
    "{on: 2025-03, chance: fighting, not: advance, p: friend}",
    "{between: [2025-03, 2025-05], move: decision, took: cut}",
    "{between: [2025-03, 2025-05], move: decision, not: cut}",
    "{between: [2025-03, 2025-05], move: decision, not: [trim, cut], p: witness}",
    "{between: [2025-03, 2025-04], chance: fighting, happened: advance, p: 60 %}",
    "{from: 2025-03, to: 2025-05, quiet: {decision: keep}, p: witness}",
    "{on: 2025-04, seen: {strength: [0, 0.5], aid: [half, cut]}}",
    "{on: 2025-04, seen: {strength: 0.25}, p: witness}",
    "{between: [2025-03, 2025-04], seen: {aid: half}, p: friend}",
]
SEVERAL = [EACH[2], EACH[3], EACH[4], EACH[10]]


def by_counting(scenario, solution) -> float:
    """The probability of all evidence, from the words of the scenario, over every history of the game."""
    game = solution.game
    steps, options = [step.name for step in game.steps], [step.options for step in game.steps]
    witness = float(solution.theta[game.assumptions.index("witness")])
    chances = {"witness": witness, "friend": 1 - witness / 2, "0.6": 0.6, "60 %": 0.6}
    total = 0.0
    for h in reference.histories(reference.Slow(solution), (game.periods, 0)):
        fit = h.p
        for piece in scenario.evidence:
            first, last = (scenario.clock.period_of(when) for when in (piece.begins, piece.ends))
            times = range(first, last + 1)
            taken = {(t, steps[k], options[k][a]) for t, k, a in h.taken}
            if piece.seen is not None:
                missed = [1.0 - fitted(game, piece.seen, h.states[t]) for t in times]
                right = 1.0 - np.prod(missed)
            elif piece.quiet is not None:
                right = float(all((t, "decision", a) not in taken for t in times for a in ("trim", "cut")))
            else:
                step, named = piece.move or piece.chance, piece.took or piece.happened or piece.not_
                was = any((t, step, a) in taken for t in times for a in named)
                right = float(was != (piece.not_ is not None))
            p = 1.0 if piece.p is None else chances[piece.p.text]
            fit *= p * right + 1.0 - p
        total += fit
    return total


def fitted(game, seen, s: int) -> float:
    fit = 1.0
    for place, variable in enumerate(game.states.variables):
        name, value = variable.name, variable.points[game.states.codes[s, place]]
        if name not in seen:
            continue
        values = seen[name]
        if name == "aid":
            fit *= value in [v.text for v in values]
        else:
            low, high = float(values[0].text), float(values[-1].text)
            fit *= max(0.0, 1.0 - max(low - value, value - high, 0.0) / 0.5)
    return fit


@pytest.fixture(scope="module")
def plain():
    return compile(loads(REPORTS % "  - {on: 2025-03, chance: fighting, not: advance}"))


@pytest.mark.parametrize("lines", [*([one] for one in EACH), SEVERAL], ids=[*EACH, "several"])
def test_each_form_of_the_language_over_draws(lines: list[str], plain):
    """At the given values and in draws of the assumptions, of which one is the chance that a source is right."""
    scenario = loads(REPORTS % "\n".join(f"  - {line}" for line in lines))
    game = compile(scenario)
    assert len(game.states.codes) == len(plain.states.codes)
    for theta in (game.base, np.array([0.45, 0.5])):
        solution = solve(game, theta)
        path = follow(scenario, game, solution)
        assert np.exp(path.log_likelihood) == pytest.approx(by_counting(scenario, solution), rel=1e-9)
        assert path.notes == () and path.now.marks is None


def test_it_is_read_and_written_and_named():
    scenario = loads(REPORTS % "\n".join(f"  - {line}" for line in EACH))
    assert [problem for problem in check(scenario) if problem.severity == "error"] == []
    assert loads(dump(scenario)) == scenario
    assert "took: [trim, cut]" in dump(scenario) and "took: trim" in dump(scenario)
    assert evidence_ids(scenario)[:3] == ("decision_trim_or_cut", "decision_not_cut", "decision_trim")
    built = Evidence.model_validate({"between": ["2025-03", "2025-05"], "move": "decision", "took": ["cut"], "p": 0.7})
    assert built.ends == "2025-05" and not built.certain


@pytest.mark.parametrize(
    ("line", "code", "found"),
    [
        ("{on: 2025-03, move: decision, took: cut, p: 0}", "evidence-number", "0"),
        ("{on: 2025-03, move: decision, took: cut, p: 120 %}", "evidence-number", "1.2"),
        ("{on: 2025-03, move: decision, took: cut, p: witness + 0.1}", "evidence-number", "1.05 with witness = 0.95"),
        ("{on: 2025-03, seen: {strength: [0.5, 0]}}", "evidence-number", "[0.5, 0]"),
        ("{on: 2025-03, seen: {strength: [0, 1], aid: cut}}\n  - {on: 2025-04, seen: {aid: [full, half]}}",
         "impossible-evidence", "`seen_aid`, which has no chance"),
        ("{on: 2025-03, move: decision, took: cut}"
         "\n  - {between: [2025-04, 2025-05], move: decision, took: [cut, trim]}",
         "impossible-evidence", "`decision_cut_or_trim`, which has no chance"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_its_place(line: str, code: str, found: str):
    text = REPORTS % f"  - {line}"
    with pytest.raises(ScenarioError) as raised:
        compile(loads(text))
    (problem,) = raised.value.problems
    assert (problem.code, problem.found) == (code, found)
    assert problem.where.line == text.splitlines().index(f"  - {line}".splitlines()[-1]) + 1


def test_too_many_spans_at_once_are_refused():
    lines = "\n".join("  - {between: [2025-03, 2025-05], move: decision, took: cut, p: 0.6}" for _ in range(9))
    with pytest.raises(ScenarioError) as raised:
        loads(REPORTS % lines)
    (problem,) = raised.value.problems
    assert problem.code == "too-many-open" and "at most 8" in problem.expected
    few = "\n".join(lines.splitlines()[:3])
    assert {seen.bit for seen in observations_of(loads(REPORTS % few))} == {0, 1, 2}


def test_two_reports_of_one_step_are_taken_together():
    """Two sources of p and q for the same thing are one that is right unless both err; order does not matter."""
    report = "  - {on: 2025-03, move: decision, took: %s, p: %s}"
    texts = ["\n".join(pair) for pair in permutations([report % ("cut", 0.6), report % ("cut", 0.5)])]
    paths = []
    for text in [*texts, report % ("cut", 0.8)]:
        scenario = loads(REPORTS % text)
        paths.append(follow(scenario, (game := compile(scenario)), solve(game)))
    assert paths[0].log_likelihood == pytest.approx(paths[1].log_likelihood, abs=1e-12)
    np.testing.assert_allclose(paths[0].now.belief(), paths[1].now.belief(), atol=1e-12)
    np.testing.assert_allclose(paths[0].now.belief(), paths[2].now.belief(), atol=1e-12)
    assert paths[0].log_likelihood == pytest.approx(paths[2].log_likelihood, abs=1e-12)


def test_a_span_is_known_when_it_is_over():
    lines = "\n".join(f"  - {line}" for line in (EACH[1], EACH[4]))
    scenario = loads(REPORTS % lines)
    game = compile(scenario)
    path = follow(scenario, game, solve(game))
    assert [piece.id for piece in path.pieces] == ["decision_not_cut", "decision_cut"]
    assert path.at("2025-04") is path.pieces[0].after and path.at("2025-05") is path.now
    assert [piece.by for piece in path.pieces] == ["patron", "patron"]
    assert len(path.pieces[1].updates) == 1 and len(path.pieces[1].updates[0].steps) == 3


def case_of(lines: str) -> Case:
    scenario = loads(REPORTS % lines)
    game = compile(scenario)
    return Case(game, scenario, game.base, solutions={None: solve(game)})


def test_gains_over_what_could_have_been_seen_average_to_zero():
    (one,), (other,) = (
        ledger(case_of(f"  - {{on: 2025-04, move: decision, {said}: [trim, cut]}}")) for said in ("took", "not")
    )
    p, q = one.learned.probability, other.learned.probability
    assert p + q == pytest.approx(1.0)
    np.testing.assert_allclose(p * one.gains + q * other.gains, 0.0, atol=1e-12)
    assert np.abs(one.gains).max() > 1e-3


def test_the_gain_by_a_span_is_against_what_was_expected_at_its_end():
    case = case_of("  - {between: [2025-03, 2025-05], move: decision, took: cut}")
    (entry,) = ledger(case)
    step = case.path.updates[0].step.opened(case.game)
    other = step.after(1.0 - step.fits)
    assert other is not None and other.mass == pytest.approx(1.0 - entry.learned.probability)
    (missed,) = levels_of(case, [other])
    p = entry.learned.probability
    np.testing.assert_allclose(p * entry.found + (1.0 - p) * missed, entry.expected, atol=1e-12)


def test_the_tables_say_what_is_left_open():
    lines = "\n".join(f"  - {line}" for line in (EACH[0], EACH[3], EACH[7], EACH[9]))
    answers = assess(loads(REPORTS % lines), draws=0)
    said = [row.doubt for row in answers.beliefs]
    assert said == [
        "", "trim or cut", "not advance, right with 65%",
        "at some time from March 2025 to April 2025, right with 60%",
        "strength 0 to 0.5, aid half or cut",
    ]  # fmt: skip
    shown = render(answers.to_json())
    for doubt in said[1:]:
        assert doubt in shown
    assert [piece.doubt for piece in answers.surprise.pieces] == said[1:]
    assert [row.doubt for row in answers.ledger] == said[1:]
