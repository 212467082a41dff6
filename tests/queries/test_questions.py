"""Every function of the question language, against the hand-made answers of the tiny game (tests/tiny.py)."""

from __future__ import annotations

import math

import pytest

import longgame
from longgame.errors import QuestionError, ScenarioError
from longgame.queries.atoms import Belief, by_solution
from longgame.queries.places import View
from longgame.queries.questions import answer, look_up, which_solutions
from longgame.run.study import Study
from longgame.scenario.formulas import Question
from longgame.scenario.load import loads
from longgame.scenario.questions.grammar import QUESTIONS, Kind
from longgame.scenario.questions.understand import understand
from tests.tiny import tiny

SCENARIO = tiny("ladders: {giving: [calm, boost, bribe], losing: [calm, boost]}\n")

# question, when, answer
KNOWN = [
    # what A can expect: goes with 3/4 for an expected 1; 2 if yes, -2 if no
    ("value(a)", "now", 0.75),
    ("value(a)", "start", 0.25),  # loud (1/2): 3/4; quiet (1/2): goes with 1/4 for an expected -1
    ("value(a, given=h == yes)", "now", 1.5),
    ("value(a, given=h == no)", "now", -1.5),
    ("value(a, under=a.bold)", "now", 1.0),
    ("value(a, under=a.safe)", "now", 0.0),
    ("value(a, under=a.bold, given=h == yes)", "now", 2.0),
    ("value(a, after=pick.go)", "now", 1.0),
    ("value(a, after=boost)", "now", 1.0),
    ("value(c)", "now", -1.5),
    # worth: what a change adds
    ("worth(a, pick.go)", "now", 0.25),
    ("worth(a, pick.stay)", "now", -0.75),
    ("worth(a, pick.go, than=pick.stay)", "now", 1.0),
    ("worth(a, boost)", "now", 0.25),
    ("worth(a, calm)", "now", 0.0),
    ("worth(a, set(x=high))", "now", 0.25),
    ("worth(a, [calm, pick.go])", "now", 0.25),
    ("worth(a, boost, than=calm)", "now", 0.25),
    ("worth(a, bribe)", "now", 0.5),  # pays 1 if yes and -1 if no, and changes nothing
    ("value(a, after=bribe)", "now", 1.25),
    ("worth(a, boost, given=h == no)", "now", -0.5),
    ("worth(a, boost, under=a.safe)", "now", 1.0),
    ("worth(c, boost)", "now", -0.5),
    ("worth(c, pick.go)", "now", -0.5),
    # how far an actor would go: to C, calm is worth 0 and boost -0.5; to A, going is worth 1/4 and staying -3/4
    ("reservation(c, losing)", "now", 1.0),
    ("reservation(a, losing)", "now", 2.0),
    ("reservation(c, [boost, calm])", "now", 2.0),  # the last that it would take
    ("reservation(c, [boost])", "now", 0.0),
    ("reservation(a, [pick.go, pick.stay])", "now", 1.25),
    ("reservation(a, [boost, calm], than=pick.stay)", "now", 2.0),
    ("reservation(a, losing, given=h == no)", "now", 1.0),  # there calm changes nothing, and boost costs A a half
    ("reservation(a, giving, under=a.safe)", "now", 3.0),
    # what C loses if A is bold: from -1.5 to -2; A gains a quarter by it, and loses 3/4 if it is safe
    ("withhold(a, c)", "now", 0.5),
    ("withhold(a, c, to=a)", "now", -0.25),
    ("withhold(a, c, posture=safe)", "now", -1.5),
    ("withhold(a, c, posture=safe, to=a)", "now", 0.75),
    ("withhold(a, a, given=h == no)", "now", 0.5),  # bold is the worse of the two then
    ("withhold(a, c, after=boost)", "now", 0.0),
    ("stake(a)", "now", 2.0),
    ("worth_share(a, boost)", "now", 0.125),
    ("worth_share(b, boost)", "now", 0.0),  # B has nothing at stake
    # what will be done, and what will be
    ("choice(pick.go)", "now", 0.75),
    ("choice(pick.go)", "start", 0.5),
    ("choice(tell.loud)", "start", 0.5),
    ("choice(tell.loud, given=h == yes)", "start", 0.75),
    ("choice(pick.go, given=h == yes)", "start", 0.625),
    ("choice(pick.go, under=a.bold)", "now", 1.0),
    ("choice(pick.go, after=tell.quiet)", "start", 0.25),
    ("chance(x == high)", "now", 0.75),
    ("chance(x == high, by=1)", "start", 0.5),
    ("chance(x == high, on=1)", "start", 0.5),
    ("chance(x == high, given=h == yes)", "start", 0.625),
    ("chance(x == high, after=boost)", "now", 1.0),
    ("chance(x == high, under=a.safe)", "now", 0.0),
    ("agreement(boost)", "now", 0.75),
    ("agreement([boost, calm])", "now", 1.0),
    ("agreement(boost, on=1, given=h == yes)", "start", 0.625),
    ("agreement(boost, under=a.safe)", "now", 0.0),
    ("present(x == high)", "now", 0.0),
    ("present(x == low and prize > 0.5)", "start", 1.0),
    ("expected(3 * (x == high) + fixed)", "now", 4.25),
    ("expected(x == high, on=1)", "now", 0.75),
    # what is believed, and what the evidence says
    ("belief(h == yes)", "now", 0.75),
    ("belief(h == yes)", "start", 0.5),
    ("belief(not h == yes)", "now", 0.25),
    ("belief(h == yes, given=h == yes)", "now", 1.0),
    ("prior(h == yes)", "now", 0.5),
    ("likelihood(tell_loud)", "now", 0.5),
    ("likelihood(tell_loud, given=h == yes)", "now", 0.75),
    ("prior_predictive(tell_loud)", "now", 0.5),
    ("prior_predictive(tell_loud, given=h == no)", "now", 0.25),
    ("bayes_factor(tell_loud, h == yes, h == no)", "now", 3.0),
    ("gain(a, tell_loud)", "now", 0.5),
    ("gain(a, [tell_loud])", "now", 0.5),
    ("gain(b, tell_loud)", "now", 0.25),  # it was paid 3/4 - 1/4 by those who heard it, against 3/8 - 1/8
    ("gain_share(a, tell_loud)", "now", 0.25),
    # postures: bold is worth 2 if yes, -2 if no; safe nothing
    ("lead(a, bold)", "now", 1.0),
    ("lead(a, safe)", "now", -1.0),
    ("lead(a, bold)", "start", 0.0),
    ("lead(a, bold, rule=maximin)", "now", -2.0),
    ("lead(a, bold, rule=regret)", "now", 0.0),
    ("lead(a, bold, given=h == no)", "now", -2.0),
    ("lead(a, bold, after=boost)", "now", 0.0),  # nobody can take it back
    ("best_posture(a) == bold", "now", 1.0),
    ("best_posture(a) != bold", "now", 0.0),
    ("best_posture(a, rule=maximin) == bold", "now", 0.0),
    ("best_posture(a, given=h == no) == safe", "now", 1.0),
    ("information_value(a, after=boost)", "now", 0.0),
    ("information_value(a)", "now", 0.5),
    ("information_value(a, about=h)", "now", 0.5),
    ("information_value(a)", "start", 1.0),
    ("turning_belief(a, bold, h == yes)", "now", 0.5),
    ("turning_belief(a, safe, h == yes)", "now", 0.0),
    ("turning_belief(a, safe, h == no)", "now", 0.5),
    ("turning_chance(a, bold)", "now", 1.0),
    ("turning_chance(a, safe)", "now", 0.0),
    ("turning_chance(a, safe, after=boost)", "now", 0.0),  # all are alike then, and none is the best
    # a deal that keeps x low is broken where A goes, which is worth 1 to it
    ("holds_until(bribe, 1)", "now", 0.25),
    ("holds_until(bribe, 1, under=a.safe)", "now", 1.0),
    ("keeps(a, bribe)", "now", -1.0),
    ("keeps(a, bribe, given=h == no)", "now", 2.0),
    # deals: A gains by two, C loses by one of these; the third changes nothing, and nobody accepts it for that
    ("deal_share(accepted_by=a, harms=c)", "now", 1 / 2),
    ("deal_share(accepted_by=[a, c], harms=[b])", "now", math.nan),  # there is no deal by which both gain
    # bundles: x high is worth 1/4 to A and -1/2 to C, the others what they pay; A gains by all seven, C loses by four
    ("menu_share(accepted_by=a, harms=c)", "now", 4 / 7),
    ("menu_share(accepted_by=[a, c], harms=b)", "now", 0.0),
    ("1 if would_sign(a, boost) else 0", "now", 1.0),
    ("1 if would_sign(c, boost) else 0", "now", 0.0),
    ("1 if would_sign(a, boost, given=h == no) else 0", "now", 0.0),
    ("1 if in_zone(boost, between=[a, b]) else 0", "now", 1.0),  # B is indifferent
    ("1 if in_zone(boost, between=[a, c]) else 0", "now", 0.0),
    ("1 if in_zone(boost, between=b) else 0", "now", 0.0),
    # what is paid adds what it is whatever comes before it, and so does a high x
    ("shapley(a, x, [x == high, bonus, treat])", "now", 0.25),
    ("shapley(a, x, [x == high, bonus], given=h == no)", "now", -0.5),
    ("shapley(c, bonus, [bonus, treat])", "now", -1.0),
    ("account_worth(a, told)", "now", 0.25),
    ("account_worth(c, told, than=denied)", "now", -0.5),
    ("account_worth(a, told, given=h == no)", "now", -0.5),
    # and arithmetic over all of it
    ("2 * value(a) - fixed / 4", "now", 1.0),
    ("doubled", "now", 4.0),
    ("max(worth(a, pick.go), worth(a, pick.stay))", "now", 0.25),
    ("2 * rich", "now", 2.0),  # a definition that is true counts as 1
    ("1 if rich else 2", "now", 1.0),
    ("1 if chance(x == high) > 0.5 else 2", "now", 1.0),
]


@pytest.fixture(scope="module")
def study() -> Study:
    return Study.of(SCENARIO, questions=[understand(SCENARIO, Question(text), at) for text, at, _ in KNOWN])


def bound(study, text, at="now"):
    return study.binder.bind(understand(study.scenario, Question(text), at))


@pytest.fixture(scope="module")
def case(study):
    return study.draw().case


@pytest.fixture(scope="module")
def answers(study, case):
    """All known questions asked in one batch."""
    questions = [bound(study, text, at) for text, at, _ in KNOWN]
    return dict(zip([(text, at) for text, at, _ in KNOWN], answer(case, questions), strict=True))


@pytest.mark.parametrize(("text", "at", "expected"), KNOWN, ids=[f"{text} at {at}" for text, at, _ in KNOWN])
def test_known_answers(answers, text, at, expected):
    assert answers[text, at].value == pytest.approx(expected, abs=1e-9, nan_ok=True)


def test_every_function_of_the_language_has_a_known_answer():
    asked = " ".join(text for text, _, _ in KNOWN)
    assert [name for name in QUESTIONS if f"{name}(" not in asked] == []


def ask(study, case, text, at="now"):
    [found] = answer(case, [bound(study, text, at)])
    return found


@pytest.mark.parametrize(
    ("text", "holds", "margin"),
    [
        ("value(a) > 0.5", True, 0.25),
        ("value(a) < 0.5", False, -0.25),
        ("value(a) > 0.5 and worth(a, boost) > 0.2", True, 0.05),
        ("value(a) > 0.5 and worth(a, boost) > 0.3", False, -0.05),
        ("value(a) > 1 or belief(h == yes) >= 0.5", True, 0.25),
        ("not (value(a) > 0.5)", False, -0.25),
        ("0 < value(a) < 1", True, 0.25),
        ("value(a) > 0 if belief(h == yes) > 0.5 else value(a) < 0", True, 0.75),
        ("abs(value(a) - 0.75) < 0.01", True, 0.01),
    ],
)
def test_truth_and_margin(study, case, text, holds, margin):
    found = ask(study, case, text)
    assert found.truth is holds
    assert found.margin == pytest.approx(margin, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("value(a)", Kind.PAYOFF),
        ("worth_share(a, boost)", Kind.SHARE),
        ("belief(h == yes) - prior(h == yes)", Kind.PROBABILITY),
        ("bayes_factor(tell_loud, h == yes, h == no)", Kind.FACTOR),
        ("fixed", Kind.NUMBER),
        ("value(a) > 0", Kind.TRUTH),
    ],
)
def test_kinds(study, case, text, kind):
    assert ask(study, case, text).kind is kind


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("choice(tell.loud)", "cannot come up"),
        ("worth(a, tell.loud)", "cannot come up"),
        ("value(a, given=h == yes and h == no)", "none of these worlds"),
        ("belief(h == yes, given=h == yes and h == no)", "none of these worlds"),
        ("lead(a, bold, given=h == yes and h == no)", "none of these worlds"),
        ("bayes_factor(tell_loud, h == yes and h == no, h == no)", "could not be true"),
        ("likelihood(tell_loud, given=h == yes and h == no)", "could not be true"),
        ("prior_predictive(tell_loud, given=h == yes and h == no)", "could not be true"),
        ("value(a) / (fixed - 2)", "divides by zero"),
        ("log(value(a) - 5)", "logarithm"),
        ("deal_share(accepted_by=[a, c], harms=b)", "no deal by which a and c gain"),
    ],
)
def test_what_has_no_answer_says_why(study, case, text, reason):
    question = bound(study, f"{text} > 0")
    found = look_up(case, question.atoms)
    result = question.work_out(found)
    assert result.truth is None and math.isnan(result.value)
    [said] = question.reasons(found)
    assert reason in said


@pytest.mark.parametrize(
    ("text", "column", "expected", "found", "fix"),
    [
        ("wroth(a, boost)", 1, "a question", "`wroth`", "`worth`"),
        ("value(aa)", 7, "an actor", "`aa`", "`a`"),
        ("worth(a, bost)", 10, "a deal", "`bost`", "`boost`"),
        ("worth(a, pick.og)", 10, "one of pick.stay, pick.go", "`pick.og`", "`pick.go`"),
        ("worth(a, 3)", 10, "a deal", "`3`", ""),
        ("worth(a, set(y=high))", 16, "a state variable", "`y=`", "Known: x."),
        ("worth(a, set(x=hihg))", 16, "words of `x`", "`hihg`", "`high`"),
        ("choice(boost)", 8, "MOVE.OPTION", "`boost`", ""),
        ("belief(h == yse)", 13, "words of `h`", "`yse`", "`yes`"),
        ("belief(x == high)", 8, "hidden", "`x`", ""),
        ("chance(x == hihg)", 13, "words of `x`", "`hihg`", "`high`"),
        ("chance(h == yes)", 8, "state", "`h`", ""),
        ('chance(x == high, by="2025-03")', 22, "a period", "", ""),
        ("chance(x == high, by=2)", 22, "a period from 1 to 1", "2", ""),
        ("chance(x == high, by=1, on=1)", 1, "`by=` or `on=`", "both", ""),
        ("chance(x == high, by=boost)", 22, "a date", "`boost`", ""),
        ("gain(a, tell_lowd)", 9, "evidence", "`tell_lowd`", "`tell_loud`"),
        ("reservation(a, lossing)", 16, "a ladder", "`lossing`", "`losing`"),
        ("reservation(a, [calm, bost])", 23, "a deal", "`bost`", "`boost`"),
        ("reservation(a, [])", 16, "a ladder", "an empty list", ""),
        ("withhold(a, c, posture=brave)", 24, "posture", "`brave`", "bold"),
        ("agreement(bost)", 11, "a deal", "`bost`", "`boost`"),
        ("best_posture(a)", 1, "a comparison with a posture", "`best_posture(a)`", "best_posture(actor) == posture"),
        ("best_posture(a) == brave", 20, "posture", "`brave`", "bold"),
        ("lead(a, brave)", 9, "posture", "`brave`", "bold"),
        ("lead(c, bold)", 9, "posture", "`bold`", ""),
        ("lead(a, bold, rule=best)", 20, "a rule", "`best`", "maximin"),
        ("value(a, under=a.brave)", 16, "ACTOR.POSTURE", "`a.brave`", "`a.safe`"),
        ("value(a, under=bold)", 16, "ACTOR.POSTURE", "`bold`", ""),
        ("value(a, gvien=h == yes)", 16, "given=", "`gvien=`", "`given`"),
        ("information_value(a, about=hh)", 28, "hidden", "`hh`", "`h`"),
        ("value()", 1, "1 argument", "0", "value(actor, given=..."),
        ("value(a, b)", 1, "1 argument", "2", "value(actor, given=..."),
        ("prise + 1", 1, "assumption", "`prise`", "`prize`"),
        ("x", 1, "a question", "`x`", "chance"),
        ("value > 1", 1, "a question", "`value`", "write `value(actor)`"),
        ("choice > 0.5", 1, "a question", "`choice`", "write `choice(option)`"),
        ("0.5 < chance", 7, "a question", "`chance`", "write `chance(event)`"),
        ("deal_share > 1", 1, "a question", "`deal_share`", "write `deal_share(...)`"),
        ("max > 1", 1, "a question", "`max`", "write `max(...)`"),
        ("value(a) == 1", 1, "`<`, `<=`", "`==`", "abs"),
        ("value(a) and value(b) > 0", 1, "true or false", "`value(a)`, a number", "Compare"),
        ("(value(a) > 0) + 1", 2, "a number", "`value(a) > 0`, which is true or false", ""),
        ("[value(a)]", 1, "a number or a question", "`[value(a)]`", ""),
        ("pick.go", 1, "a number or a question", "`pick.go`", ""),
        ("withhold(c, a) > 0", 1, "postures of `c`", "none", "postures: {c: "),
        ("information_value(c) > 0", 1, "postures of `c`", "none", "postures: {c: "),
        ("agreement([]) > 0", 11, "a list with something in it", "an empty list", ""),
        ("in_zone(boost, between=[])", 24, "a list with something in it", "an empty list", ""),
        ("gain(a, []) > 0", 9, "a list with something in it", "an empty list", ""),
    ],
)
def test_mistakes_are_named_at_their_place(study, text, column, expected, found, fix):
    with pytest.raises(QuestionError) as caught:
        understand(study.scenario, Question(text))
    [problem] = caught.value.problems
    assert (problem.where.line, problem.where.column) == (1, column)
    assert expected in problem.expected
    assert found in problem.found
    assert fix in problem.fix


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("chance(x == high) - prior(h == yes)", Kind.PROBABILITY),
        ("1 - chance(x == high)", Kind.PROBABILITY),
        ("max(worth(a, boost), 0)", Kind.PAYOFF),
        ("-worth(a, boost)", Kind.PAYOFF),
        ("0.05 * worth(a, boost)", Kind.PAYOFF),
        ("worth(a, boost) / 2", Kind.PAYOFF),
        ("worth(a, boost) / worth(c, boost)", Kind.NUMBER),
        ("worth(a, boost) + chance(x == high)", Kind.NUMBER),
        ("value(a) if rich else value(c)", Kind.PAYOFF),
        ("value(a) > 0 if rich else value(c) > 0", Kind.TRUTH),
        ("rich", Kind.TRUTH),
    ],
)
def test_kinds_follow_the_arithmetic(text, kind):
    assert understand(SCENARIO, Question(text)).term.kind is kind


def test_only_the_solutions_that_are_needed(study):
    def needs(*texts):
        return which_solutions(bound(study, text) for text in texts)

    assert needs("belief(h == yes) > 0.5") == (None,)
    assert needs("value(a, under=a.bold) > value(a)") == (None, ("a", "bold"))
    assert set(needs("value(a)", "lead(a, bold) > 0")) == {None, ("a", "bold"), ("a", "safe")}


def test_equal_atoms_are_asked_once_and_free_play_first(study):
    questions = [
        bound(study, text)
        for text in ("lead(a, bold) > 0", "value(a) + value(a) > 0", "lead(a, safe) < 0", "belief(h == yes) > 0")
    ]
    groups = by_solution(atom for question in questions for atom in question.atoms)
    assert list(groups) == [None, ("a", "bold"), ("a", "safe")]
    assert sum(len(atoms) for atoms in groups.values()) == 4
    assert Belief(View()) in groups[None]


def test_each_posture_is_let_go_when_it_is_done(study):
    draw = study.draw()
    question = bound(study, "lead(a, bold) + value(a, under=a.safe)")
    released = []
    look_up(draw.case, question.atoms, release=lambda under: (released.append(under), draw.case.release(under)))
    assert released == [("a", "bold"), ("a", "safe")]
    assert list(draw.case.solved) == [None]
    assert set(draw.solved) == {None, ("a", "bold"), ("a", "safe")}


ICE = """
title: Ice
clock: {periods: 4}
actors: {a: {lambda: 1, discount: 0.5}, b: {lambda: 1, discount: 0.5}}
state: {ice: {values: [open, closed], start: open}, freight: {grid: [0, 1, 0.5], start: 0.25}}
hidden: {cold: {known_to: [b], values: {yes: 0.5, no: 0.5}, source: a test}}
period:
  - chance: weather
    when: ice == open
    outcomes:
      frost: {p: 0.4 if cold == yes else 0.2, set: {ice: closed}}
      thaw: {p: rest}
  - move: sail
    by: a
    options: {go: {when: ice == open}, stay: {}}
payoffs: {a: 0, b: 0}
evidence:
  - {on: 2, move: sail, took: stay, source: a test}
"""


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("present(ice == closed)", "start", 0.0),
        ("present(freight > 0.25)", "start", 0.5),  # between two grid points it is one or the other
        # Two winters have passed; whoever may sail stays half of the time, who may not, always.
        ("present(ice == closed, given=cold == yes)", "now", 0.64 / (0.64 + 0.36 / 2)),
        ("present(ice == closed, given=cold == no)", "now", 0.36 / (0.36 + 0.64 / 2)),
        ("present(ice == closed)", "now", (0.64 + 0.36) / (0.64 + 0.36 / 2 + 0.36 + 0.64 / 2)),
    ],
)
def test_what_the_evidence_leaves_open_of_the_present(text, at, expected):
    scenario = loads(ICE)
    understood = understand(scenario, Question(text), at)
    study = Study.of(scenario, questions=[understood])
    assert answer(study.draw().case, [study.binder.bind(understood)])[0].value == pytest.approx(expected, abs=1e-12)


def asked_of(scenario, *texts):
    """The answers to some questions, now."""
    understood = [understand(scenario, Question(text)) for text in texts]
    study = Study.of(scenario, questions=understood)
    return [found.value for found in answer(study.draw().case, [study.binder.bind(one) for one in understood])]


def test_a_prior_predictive_knows_nothing_of_other_evidence():
    """Frost is seen first: to stay in port is then sure. At the start it is, after two winters, as likely as this."""
    frost = "evidence:\n  - {on: 1, chance: weather, happened: frost, source: a test}"
    scenario = loads(ICE.replace("evidence:", frost))
    likelihood, before, if_cold = asked_of(
        scenario,
        "likelihood(sail_stay)",
        "prior_predictive(sail_stay)",
        "prior_predictive(sail_stay, given=cold == yes)",
    )
    assert likelihood == pytest.approx(1.0)
    assert if_cold == pytest.approx(0.64 + 0.36 / 2)
    assert before == pytest.approx((0.64 + 0.36 / 2 + 0.36 + 0.64 / 2) / 2)


CLIMB = """
title: A climb
clock: {periods: 3}
actors: {a: {lambda: 0, discount: 0.5}}
state: {x: {grid: [0, 3, 1], start: 0}}
period:
  - move: push
    by: a
    options: {up: {set: {x: x + 1}, pay: {a: -1}}, stay: {}}
payoffs: {a: x}
end_values: {a: 0}
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Up in the first period costs 1 and brings 1; in the second the same with 2; then up or not: -1/2 + 5/2.
        ("value(a, after=[push.up, push.up])", 0.0 + 0.5 * 1 + 0.25 * 2),
        # Anything may be done: what each period's push costs and what stands then, on average.
        ("value(a)", 0.0 + 0.5 * 0.5 + 0.25 * 1),
        ("worth(a, [push.up, push.up])", 0.5),
        ("worth(a, [push.up, push.stay], than=[push.stay, push.up])", 0.5 * 1 - 0.5 * 0),
        # One is set in between: in the second period x is 2 where it would have been 1 and a push.
        ("worth(a, [push.up, set(x=3), push.stay], than=[push.up, push.stay])", 2 + 0.5 * 2 + 0.25 * (2.5 - 1)),
    ],
)
def test_the_worth_of_a_sequence(text, expected):
    assert asked_of(loads(CLIMB), text) == [pytest.approx(expected, abs=1e-12)]


@pytest.mark.parametrize(
    ("steps", "column", "expected", "fix"),
    [
        ("[calm, bost]", 18, "a deal", "`boost`"),
        ("[pick.og]", 12, "one of pick.stay, pick.go", "`pick.go`"),
        ('["set(y=1)"]', 19, "a state variable", "Known: x."),
    ],
)
def test_mistakes_in_a_ladder_have_their_place(steps, column, expected, fix):
    with pytest.raises(ScenarioError) as caught:
        tiny(f"ladders:\n  losing: {steps}\n")
    [problem] = caught.value.problems
    assert problem.where.path.startswith("ladders.losing") and problem.where.column == column
    assert expected in problem.expected and fix in problem.fix


def test_a_deal_that_moves_on_from_where_things_are_is_never_told_to_be_in_force():
    scenario = loads(CLIMB + "deals: {step: {x: x + 1}, top: {x: 2.6}}\n")
    with pytest.raises(QuestionError) as caught:
        understand(scenario, Question("agreement(step)"))
    assert caught.value.problems[0].code == "untold-deal"
    [top] = asked_of(scenario, "agreement(top)")
    assert top == pytest.approx(1 / 8)  # the nearest point of the grid is 3


def test_who_has_no_stake_gains_or_loses_all_the_same():
    """Play never opens the road, and so nothing that can happen matters to the farmer; an agreement would open it."""
    road = loads(
        """
title: A road
clock: {periods: 1}
actors: {builder: {lambda: 1, discount: 0.5}, farmer: {lambda: 1, discount: 0.5}}
state: {road: {values: [shut, open], start: shut}, camp: {values: ["no", "yes"], start: "no"}}
period:
  - move: build
    by: builder
    options: {wait: {}, camp: {set: {camp: "yes"}}}
payoffs: {builder: 0.1 * (camp == yes) + (road == open), farmer: -0.7 * (road == open)}
deals: {opening: {road: open}}
"""
    )
    worth = -0.7 / (1 - 0.5)  # in the period and for ever
    for text in ("worth(farmer, opening)", "worth_share(farmer, opening)"):
        assert longgame.ask(road, text)["value"] == pytest.approx(worth)
    assert longgame.ask(road, "stake(farmer)")["value"] == 0.0
    share = longgame.ask(road, "worth_share(farmer, opening)")
    assert share["note"].startswith("Nothing that play can come to matters to farmer, which has no stake:")
    for text, holds in {
        "in_zone(opening)": False,
        "in_zone(opening, between=builder)": True,
        "would_sign(farmer, opening)": False,
        "would_sign(builder, opening)": True,
    }.items():
        assert longgame.ask(road, text)["holds"] is holds
