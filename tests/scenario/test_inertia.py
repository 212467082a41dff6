"""A move with inertia: with some chance it is not thought over, and what changes nothing stands."""

from __future__ import annotations

import numpy as np
import pytest

import longgame
from longgame.answers.naming import Naming
from longgame.answers.picture import picture
from longgame.game.compile import compile
from longgame.queries.path import follow
from longgame.report.draw import paths_text
from longgame.report.draw.wording import step_words
from longgame.run.study import Study
from longgame.scenario.dump import dump
from longgame.scenario.expand import steps_of
from longgame.scenario.expand.told import seen_in
from longgame.scenario.layout import formatted
from longgame.scenario.load import all_problems, loads
from longgame.scenario.model import Evidence, Scenario
from longgame.solver.solve import solve

# With lambda = log 3, whoever chooses keeps with 3/4 if warm and 1/2 if cold, in each period and whatever was before.
STAYS, KEEPS, PRIOR = 0.4, np.array([0.75, 0.5]), np.array([0.5, 0.5])
TINY = """title: Aid that is seldom thought over
clock: {periods: 2}
actors:
  patron: {lambda: log(3), discount: 0.5}
assumptions:
  habit: {value: 0.4, range: [0, 0.9], unit: probability, source: judgement, because: A test.}
state:
  aid: {values: [full, cut], start: full}
hidden:
  taste: {known_to: [patron], values: {warm: 0.5, cold: 0.5}, source: a test}
period:
  - move: aid_decision
    by: patron
    inertia: habit
    options:
      keep: {pay: {patron: taste == warm}}
      cut: {set: {aid: cut}}
payoffs: {patron: 0}
evidence:
"""
KEPT = STAYS + (1 - STAYS) * KEEPS  # [W] in one period, thought over or not
TOLD = {
    "{on: 1, move: aid_decision, took: keep}": KEPT,
    "{on: 1, move: aid_decision, took: cut}": 1 - KEPT,
    "{on: 1, move: aid_decision, took: [keep, cut]}": np.ones(2),
    "{on: 1, move: aid_decision, not: keep}": 1 - KEPT,
    "{on: 1, move: aid_decision, not: cut}": KEPT,
    "{on: 1, move: aid_decision, took: keep, p: 80 %}": 0.8 * KEPT + 0.2,
    "{on: 1, move: aid_decision, took: cut, p: 80 %}": 0.8 * (1 - KEPT) + 0.2,
    "{on: 1, move: aid_decision, not: keep, p: 80 %}": 0.8 * (1 - KEPT) + 0.2,
    "{between: [1, 2], move: aid_decision, took: keep}": 1 - (1 - KEPT) ** 2,
    "{between: [1, 2], move: aid_decision, took: cut}": 1 - KEPT**2,
    "{from: 1, to: 2, quiet: [aid_decision]}": KEPT**2,
    "{from: 1, to: 2, quiet: {aid_decision: cut}}": (1 - KEPT) ** 2,
    "{from: 1, to: 2, quiet: [aid_decision], p: 80 %}": 0.8 * KEPT**2 + 0.2,
}


def scenario(*pieces: str, text: str = TINY) -> Scenario:
    return loads(text + ("".join(f"  - {piece[:-1]}, source: a test}}\n" for piece in pieces) or "  []\n"))


@pytest.mark.parametrize("piece", TOLD)
def test_evidence_counts_both_ways_to_keep(piece: str):
    told = scenario(piece)
    game = compile(told)
    path = follow(told, game, solve(game))
    probability = PRIOR @ TOLD[piece]
    assert np.exp(path.log_likelihood) == pytest.approx(probability, rel=1e-9)
    np.testing.assert_allclose(path.now.belief(), PRIOR * TOLD[piece] / probability, rtol=1e-9)


def test_pieces_of_one_step_and_of_several_periods():
    """A report that it was cut and the certainty that it was kept; then that it was cut, thought over."""
    kept, cut = "{on: 1, move: aid_decision, took: keep}", "{on: 2, move: aid_decision, took: cut}"
    told = scenario("{on: 1, move: aid_decision, took: cut, p: 80 %}", kept, cut)
    game = compile(told)
    path = follow(told, game, solve(game))
    assert np.exp(path.log_likelihood) == pytest.approx(PRIOR @ (0.2 * KEPT * (1 - KEPT)), rel=1e-9)


def test_what_was_counted_by_others_counts_both_ways():
    """A column that tells of the move, as an estimate reads it, means the same as evidence."""
    seen = seen_in(scenario(), (Evidence.model_validate({"on": 1, "move": "aid_decision", "took": "keep"}),))
    assert [(one.step, one.options, one.last) for one in seen] == [(0, (1,), False), (1, (0,), True)]


def test_what_it_stands_for():
    steps = steps_of(scenario())
    assert [(step.name, step.kind) for step in steps] == [("aid_decision.habit", "chance"), ("aid_decision", "move")]
    assert [[(o.name, o.next) for o in step.options] for step in steps] == [
        [("thought_over", 1), ("stays_as_it_was", 2)],
        [("keep", 2), ("cut", 2)],
    ]


# Two who answer each other, over a hidden aim: play rests on beliefs and on what is to come.
PLAY = """title: A line and its answer
clock: {periods: 3}
actors:
  host: {lambda: 3, discount: 0.9}
  guest: {lambda: 3, discount: 0.9}
assumptions:
  habit: {value: 0, range: [0, 1], unit: probability, source: judgement, because: A test.}
state:
  line: {values: [soft, hard], start: soft}
  trust: {values: [no, yes], start: no}
hidden:
  aim: {known_to: [host], values: {peace: 0.4, war: 0.6}, source: a test}
period:
  - move: course
    by: host
    when: trust == no%s
    options:
      hold: {pay: {host: 0.1}, then: answer}
      harden: {when: line == soft, set: {line: hard}, pay: {host: aim == war}}
      relent: {when: line == hard, set: {line: soft}, becomes: {aim: {peace: 0.3}}}
  - chance: luck
    outcomes: {good: {p: 0.5, set: {trust: yes}}, bad: {p: rest}}
  - move: answer
    by: guest
    options: {wait: {}, trust: {set: {trust: yes}, pay: {guest: 1 if aim == peace else -1}}}
payoffs:
  host: (trust == yes) - 0.3 * (line == hard)
  guest: 0.5 * (line == soft) - (line == hard) * (trust == yes)
"""


def start_values(text: str, **set_to: float) -> np.ndarray:
    game = compile(loads(text))
    theta = np.array([set_to.get(name, base) for name, base in zip(game.assumptions, game.base, strict=True)])
    start = int(game.tables(theta, 0).start_index[0])
    return np.asarray(solve(game, theta).U[0][start])


def test_without_inertia_it_is_the_game_without_it():
    np.testing.assert_allclose(start_values(PLAY % "\n    inertia: habit"), start_values(PLAY % ""), atol=1e-9)


BY_HAND = (PLAY % "").replace("  - move: course\n", """  - chance: thought
    when: trust == no
    outcomes: {over: {p: 1 - habit}, not_over: {p: habit, pay: {host: 0.1}, then: answer}}
  - move: course
""")


@pytest.mark.parametrize("chance", [0.3, 0.9])
def test_it_is_what_would_be_written_by_hand(chance: float):
    """What the option that stays pays is paid, and the step to which it leads follows."""
    ours = start_values(PLAY % "\n    inertia: habit", habit=chance)
    np.testing.assert_allclose(ours, start_values(BY_HAND, habit=chance), atol=1e-9)
    assert np.abs(ours - start_values(PLAY % "")).max() > 0.01


@pytest.mark.parametrize("chance", [0.5, 0.99, 0.9999])
def test_the_nearer_to_one_the_surer_it_stays(chance: float):
    """The line is hard at the end of the first period with at most the chance that it is thought over."""
    text = (PLAY % f"\n    inertia: {chance}").replace("periods: 3", "periods: 1")
    hard = longgame.ask(loads(text), "chance(line == hard, by=1)")["value"]
    assert 0 < hard <= 1 - chance


def test_where_the_option_that_stays_is_closed_it_is_thought_over():
    """Who does not look ahead cuts as before; from there it can only restore."""
    text = TINY.replace("discount: 0.5", "discount: 0.000000001").replace("cut: {set", "cut: {when: aid == full, set")
    text = text.replace("keep: {", "restore: {when: aid == cut, set: {aid: full}}\n      keep: {when: aid == full, ")
    told = scenario("{on: 1, move: aid_decision, took: cut}", "{on: 2, move: aid_decision, took: restore}", text=text)
    game = compile(told)
    assert np.exp(follow(told, game, solve(game)).log_likelihood) == pytest.approx(PRIOR @ (1 - KEPT), rel=1e-7)


def test_who_breaks_a_deal_by_habit_pays_for_it():
    """The option that stays is named; it sets a clause to something else, and its mover pays the price."""
    (habit,) = (step for step in steps_of(loads("""title: A pause
clock: {periods: 2}
actors: {host: {lambda: 1, discount: 0.9}, army: {lambda: 1, discount: 0.9}}
state: {truce: {values: [none, full], start: none}}
period:
  - {offer: talks, by: host, to: [army], deals: {pause: {truce: full, lasts: 2 periods, breach: {army: 0.7}}}}
  - {move: raid, by: army, inertia: 0.5, stays: raid, options: {wait: {}, raid: {set: {truce: none}}}}
payoffs: {host: 0, army: 0}
""")) if step.habit)
    assert set(habit.options[1].pay) == {"army"}


KEEP, CUT = "keep: {}", "cut: {set: {aid: cut}}"
WRONG = [
    ("inertia: 1", [KEEP, CUT], "inertia-range", "a chance from 0 to below 1"),
    ("inertia: -0.1", [KEEP, CUT], "inertia-range", "a chance from 0 to below 1"),
    ("inertia: aid == full", [KEEP, CUT], "not-allowed-here", "the chance that a move is not thought over"),
    ("{inertia: 0.5, stays: kep}", [KEEP, CUT], "unknown-option", "keep"),
    ("stays: keep", [KEEP, CUT], "stays-alone", "inertia: 0.7"),
    ("inertia: 0.5", ["keep: {set: {aid: full}}", CUT], "unclear-stays", "stays: keep"),
    ("inertia: 0.5", [KEEP, CUT, "more: {}"], "unclear-stays", "2 of them: keep, more"),
    ("{inertia: 0.5, stays: keep}", ["keep: {lottery: {a: {p: 0.5}, b: {p: rest}}}", CUT], "stays-by-lot", "a lottery"),
    ("inertia: 0.5", [KEEP, "cut: {signal: keep, becomes: {taste: cold}}"], "stays-secret", "looks like `cut`"),
]


@pytest.mark.parametrize(("keys", "options", "code", "words"), WRONG)
def test_what_is_wrong_is_told_with_its_place(keys: str, options: list[str], code: str, words: str):
    head, _ = TINY.split("    inertia:")
    own = "".join(f"    {key}\n" for key in keys.strip("{}").split(", "))
    text = f"{head}{own}    options: {{{', '.join(options)}}}\npayoffs: {{patron: 0}}\n"
    (problem,) = (problem for problem in all_problems(text) if problem.severity == "error")
    assert (problem.code, words in str(problem)) == (code, True), str(problem)
    assert problem.where.line is not None
    assert text.splitlines()[problem.where.line - 1].strip() in own


def test_round_trip():
    named = TINY.replace("habit\n", "habit\n    stays: keep\n")
    given = scenario("{on: 1, move: aid_decision, took: keep}", text=named)
    assert loads(dump(given)) == given
    assert "    inertia: habit\n    stays: keep\n    options:" in formatted(dump(given))


def test_it_is_told_in_words():
    shown = picture(scenario()).steps[0]
    assert "With chance habit it is not thought over, and keep stands." in step_words(shown)
    naming = Naming(Study.of(scenario()).binder.setting)
    assert naming.step(0) == "whether Patron thinks its aid decision over"
    assert naming.taken(0, 0) == "Patron thinks its aid decision over"
    assert naming.taken(0, 1) == "Patron does not think its aid decision over, and “keep” stands"
    told = longgame.ask(scenario(), "choice(aid_decision.habit.stays_as_it_was)")
    assert told["value"] == pytest.approx(0.4)
    shown = paths_text(longgame.play(scenario(), longgame.Seen(at="start")))
    assert "aid_decision thought over" in shown and "aid_decision stays as it was" in shown and "habit" not in shown


def test_precision_of_which_the_order_of_magnitude_is_known():
    """Precision as an assumption with a log-uniform range, beside inertia."""
    wide = "  precision: {value: 20, distribution: {loguniform: [5, 80]}, source: judgement, because: A test.}\n"
    text = TINY.replace("lambda: log(3)", "rationality: precision, per: stake").replace("state:\n", f"{wide}state:\n")
    text += "  []\n"
    asked = "choice(aid_decision.keep, given=taste == warm)"
    kept = [longgame.ask(loads(text, overrides={"precision": p}), asked)["value"] for p in (5, 10)]
    odds = [np.log(p / (1 - p)) for p in kept]
    assert odds[1] == pytest.approx(2 * odds[0], rel=1e-6)


OFFERED = """
title: An offer that seldom comes up
clock: {periods: 2}
actors: {one: {lambda: 1, discount: 0.5}, other: {lambda: 1, discount: 0.5}}
state: {ground: {grid: [0, 2, 1], start: 1}}
period:
  - offer: truce
    by: one
    to: [other]
    deals: {half: {ground: 2}}
payoffs: {one: ground, other: 2 - ground}
"""


def test_offers_have_no_inertia_and_the_way_out_that_is_told_is_sound():
    (problem,) = all_problems(OFFERED.replace("    deals:", "    inertia: 0.7\n    deals:"))
    assert problem.code == "unknown-key" and "Put a `chance` step before this one" in problem.fix
    chance = "  - chance: habit\n    outcomes: {up: {p: 0.3}, not_up: {p: rest, then: end of period}}\n  - offer"
    game = compile(loads(OFFERED.replace("  - offer", chance)))
    assert solve(game).residual.max() < 1e-9 and game.steps[1].name == "truce"


TOGETHER = """title: Strikes that are seldom thought over
clock: {periods: 2}
actors: {one: {lambda: 1.5, discount: 0.8}, other: {lambda: 2, discount: 0.7}}
assumptions: {habit: {value: 0.4, range: [0, 0.9], unit: probability, source: judgement, because: A test.}}
state: {ground: {grid: [0, 2, 1], start: 1}}
hidden: {will: {known_to: [one], values: {firm: 0.4, faint: rest}, source: a test}}
period:
  - together: strikes
    inertia: habit
    stays: {one: hold, other: hold}
    moves:
      one: {strike: {pay: {one: -0.3}}, hold: {}}
      other: {strike: {pay: {other: -0.3}}, hold: {}}
    set: {ground: ground - (other == strike) + (one == strike)}
payoffs: {one: ground * (1.5 if will == firm else 0.3), other: 2 - ground}
solver: {lattice: 8}
"""
IN_FRONT = """  - chance: strikes_habit
    outcomes: {asleep: {p: habit, then: end of period}, awake: {p: rest}}
"""


def test_what_several_choose_is_not_thought_over_as_a_whole():
    """The same as a chance step that leads past it, where all that stands does nothing; evidence counts both ways."""
    spelled = TOGETHER.replace("    inertia: habit\n    stays: {one: hold, other: hold}\n", "")
    spelled = spelled.replace("period:\n", "period:\n" + IN_FRONT)
    one, other = (solve(compile(loads(text))) for text in (TOGETHER, spelled))
    np.testing.assert_allclose(one.U[0], other.U[0], atol=1e-9)
    piece = "evidence:\n  - {on: 1, move: strikes, by: one, TOOK, source: a test}\n"
    chances = []
    for took in ("took: hold", "took: strike", "not: hold"):
        told = loads(TOGETHER + piece.replace("TOOK", took))
        game = compile(told)
        chances.append(np.exp(follow(told, game, solve(game)).log_likelihood))
    game = compile(loads(TOGETHER))
    play = solve(game)
    k = game.step("strikes")
    at = int(np.asarray(play.tables(0).start_index)[0])
    rows = play.choice_at(0, k, at, play.prior)  # [C, A] by what both know: all that one knows
    holds = np.array([side == 1 for side in game.steps[k].sides[0].taken])
    cells = game.rows(k)
    held = sum(play.prior[w] * rows[cells[w]][holds].sum() for w in range(2))
    assert chances == pytest.approx([0.4 + 0.6 * held, 0.6 * (1 - held), 0.6 * (1 - held)], rel=1e-9)


def test_what_each_does_without_thinking_has_to_be_clear():
    assert loads(dump(loads(TOGETHER))) == loads(TOGETHER)
    for old, new, said in (
        ("{one: hold, other: hold}", "{one: hold}", "unclear-stays"),
        ("{one: hold, other: hold}", "{one: hold, other: held}", "Did you mean `hold`?"),
        ("{one: hold, other: hold}", "{one: hold, others: hold}", "Did you mean `other`?"),
        ("    inertia: habit\n", "", "expected `inertia` beside it"),
    ):
        assert any(said in str(problem) for problem in all_problems(TOGETHER.replace(old, new))), said
    naming = Naming(Study.of(loads(TOGETHER)).binder.setting)
    steps = steps_of(loads(TOGETHER))
    assert naming.taken(0, 0) == "strikes is thought over" and len(steps) == 2
    assert naming.taken(0, 1) == "strikes is not thought over, and “hold” and “hold” stand"
    shown = step_words(picture(loads(TOGETHER)).steps[0])
    assert "With chance habit it is not thought over, and one: hold and other: hold stands." in shown
