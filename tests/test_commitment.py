"""Deals that may be broken: against closed forms, every history of a small game, and questions asked one by one."""

from __future__ import annotations

import csv
import io
import json
from functools import cache

import numpy as np
import pytest

import longgame
from longgame.answers.commitment import COMMITMENT, fate_of, standing_to_the_end
from longgame.cli import main
from longgame.queries.commitment import Fate, first_tempted
from longgame.run.study import Study
from longgame.solver.solution import Solution
from tests import closed_forms
from tests.closed_forms import Promise
from tests.sample_answers import sample

EXACT = 1e-9

# Of a truce that a spoiler may break, chance may break, the host may mend at once, and a wider one may replace.
SPOILER = """
title: A truce and a spoiler
clock: {periods: 3}
actors:
  host: {lambda: 2, discount: 0.9}
  army: {lambda: 2, discount: 0.8}
state:
  truce: {values: [none, local, full], start: none}
hidden:
  army_is: {known_to: army, values: {hawk: 0.4, dove: 0.6}, source: judgement, because: A test.}
period:
  - offer: talks
    by: host
    to: army
    when: truce == local
    deals:
      wider: {truce: full}
  - move: raid
    by: army
    options:
      wait: {}
      raid: {when: truce != none, set: {truce: none}, pay: {army: 0.6 if army_is == hawk else -0.2}}
  - chance: border
    when: truce == local
    outcomes:
      clash: {p: 0.1, set: {truce: none}}
      quiet: {p: rest}
  - move: repair
    by: host
    when: truce == none
    options: {leave: {}, mend: {set: {truce: local}, pay: {host: -0.3}}}
payoffs:
  host: (truce == full) + 0.5 * (truce == local)
  army: 0.4 * (truce == local) + (0.2 if army_is == hawk else 0.6) * (truce == full)
deals: {lull: {truce: local}}
solver: {lattice: 4}
"""


@cache
def solved(text: str, lattice: bool = False):
    study = Study.of(longgame.load(text) if "\n" not in text else longgame.loads(text))
    study = study.on_lattice if lattice else study
    return study, study.draw()


def followed(text: str, deal: str, lattice: bool = False) -> Fate:
    found = fate_of(*solved(text, lattice), deal)
    assert found is not None
    return found


# --- Fearon's commitment problem --------------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", [1.0, 50.0])
@pytest.mark.parametrize("game", [Promise(), Promise(odds_later=0.31, promised=0.6)])
def test_a_promise_is_kept_and_stands_as_the_recursion_has_it(game: Promise, precision: float) -> None:
    turned = game._asdict() | {"precision": precision}
    turned.pop("periods")
    by_hand = closed_forms.promise(game, precision)
    study, _ = solved("preventive-war")
    found = fate_of(study, study.draw(study.game.theta(turned)), "promise")
    assert found is not None
    striker, *rising = found.temptations
    assert study.game.actors[striker.mover] == "declining" and -striker.gain == pytest.approx(by_hand.waits, abs=EXACT)
    assert [-one.gain for one in rising] == pytest.approx(by_hand.keeps, abs=EXACT)
    np.testing.assert_allclose([found.stands[t] for t in range(4)], by_hand.stands, rtol=1e-6, atol=1e-300)
    assert striker.kept[study.game.actors.index("rising")] > 0


def test_the_declining_state_strikes_at_fearon_s_boundary() -> None:
    for shift, strikes in ((-2e-4, False), (2e-4, True)):
        boundary = (0.3 + 0.5 * 0.1**2) / 0.9 + shift
        game = Promise(odds_later=boundary, promised=0, margin=1e-6)
        assert game.strikes() is strikes
        # Promised nothing, the rising state always asks for what war would bring it: what is left is Fearon's game.
        assert (closed_forms.promise(game, 1e8).waits < 0) is strikes
        turned = game._asdict() | {"precision": 20000.0}
        turned.pop("periods")
        study, _ = solved("preventive-war")
        found = fate_of(study, study.draw(study.game.theta(turned)), "promise")
        assert found is not None and (found.temptations[0].gain > 0) is strikes


def test_penalty_and_payment_are_the_last_temptation() -> None:
    """At the smallest penalty the rising state is as well off either way at every date, so none of them needs more."""
    (row,) = longgame.commitment("preventive-war").commitment
    by_hand = closed_forms.promise(Promise(), 50.0)
    penalty, payment = (one for one in row.remedies if one.actor == "rising")
    assert (penalty.kind, payment.kind) == ("penalty", "payment")
    stake = 7.4
    for one in (penalty, payment):
        assert one.amount == pytest.approx(-by_hand.keeps[-1], abs=2e-4 * stake)
        assert one.amount and one.share == pytest.approx(one.amount / stake, rel=1e-6)
        # With twice as much it waits, and so does the other.
        assert one.first is None and one.stands and one.stands > 0.99
    assert row.first is not None and (row.first.by, row.first.on) == ("declining", "1")
    alone = next(one for one in row.remedies if (one.kind, one.actor) == ("penalty", "declining"))
    assert alone.first is not None and alone.first.by == "rising"


# --- Powell's shifting power ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [0.05, 0.1, 0.2])
def test_peace_is_worth_what_it_saves_less_the_coming_shift(shift: float) -> None:
    turned = {"shift": shift, "precision": 20000.0}
    asked = [longgame.ask(longgame.load("powell", overrides=turned), text)["value"] for text in (
        "keeps(declining, peace, on=1)", "saved_by_peace - coming_shift", "holds_until(peace, 2)")]  # fmt: skip
    assert asked[0] == pytest.approx(asked[1], abs=1e-3)
    assert asked[2] == pytest.approx(float(asked[1] > 0), abs=1e-6)


# --- every history of a small game ------------------------------------------------------------------------------------


def by_histories() -> tuple[list[float], dict[tuple[str, str], float]]:
    """How likely the lull stands after each period, and what ended it, by following every history in every world."""
    study, draw = solved(SPOILER, lattice=True)
    solution = draw.case.solution()
    assert isinstance(solution, Solution)
    game = study.game
    words = [str(game.states.variables[0].points[code]) for (code,) in game.states.codes]
    state = {word: s for s, word in enumerate(words)}
    stands, ends = [0.0] * 3, dict[tuple[str, str], float]()

    def go(t: int, k: int, truce: str, belief: np.ndarray, chance: float, world: int, lost: tuple[str, str] | None):
        if k == len(game.steps):
            if truce != "local":
                assert lost is not None
                ends[lost] = ends.get(lost, 0.0) + chance
                return
            stands[t] += chance
            if t < 2:
                go(t + 1, 0, truce, belief, chance, world, None)
            return
        step, tables = game.steps[k], solution.tables(t).steps[k]
        s = state[truce]
        if not tables.active[s]:
            go(t, k + 1, truce, belief, chance, world, lost)
            return
        if step.mover == -1:
            odds = np.asarray(tables.chance)[s].T
        else:
            odds = solution.choice_at(t, k, s, belief)[game.cells[step.mover]]
        for a, option in enumerate(step.options):
            if not odds[world, a] > 0:
                continue
            after = words[int(tables.successor[s, a][np.argmax(tables.weight[s, a])])]
            learned = belief * odds[:, a]
            into = None if after == "local" else (step.name, option) if truce == "local" else lost
            further = step.next[a] if step.next[a] >= 0 else len(game.steps)
            go(t, further, after, learned / learned.sum(), chance * odds[world, a], world, into)

    for world, prior in enumerate(solution.prior):
        go(0, 0, "local", np.asarray(solution.prior), float(prior), world, None)
    return stands, ends


def test_survival_and_what_ends_it_are_those_of_every_history() -> None:
    found = followed(SPOILER, "lull", lattice=True)
    stands, ends = by_histories()
    assert list(found.stands.values()) == pytest.approx(stands, abs=1e-12)
    names = {}
    game = solved(SPOILER)[0].game
    for event, chance in found.ends.items():
        step = game.steps[event.step]
        names[step.name, step.options[event.option]] = names.get((step.name, step.options[event.option]), 0) + chance
    assert names == pytest.approx(ends, abs=1e-12)
    assert sum(names.values()) + stands[-1] == pytest.approx(1, abs=1e-12)
    assert stands[0] > 0.5 > stands[-1]  # mending counts, and little is left


def test_worth_of_keeping_and_breaking_is_that_of_the_option_taken() -> None:
    # No wider truce is offered before the raid, and of each kind there is one option, which the army takes anyway.
    text = SPOILER.replace("when: truce == local\n    deals", "when: truce == full\n    deals")
    first, scenario = followed(text, "lull").temptations[0], longgame.loads(text)
    army = solved(text)[0].game.actors.index("army")
    for worth, option in ((first.kept, "wait"), (first.broken, "raid")):
        asked = f"value(army, after=[lull, raid.{option}])"
        assert worth[army] == pytest.approx(longgame.ask(scenario, asked)["value"], abs=1e-9)
    kinds = [f"keeps(army, lull, given=army_is == {kind})" for kind in ("hawk", "dove")]
    hawk, dove = (longgame.ask(scenario, asked)["value"] for asked in kinds)
    assert hawk < 0 < dove and -first.gain == pytest.approx(0.4 * hawk + 0.6 * dove, abs=1e-9)
    assert first.tempted == pytest.approx(0.4)


def test_questions_and_the_fate_say_the_same() -> None:
    scenario, found = longgame.loads(SPOILER), followed(SPOILER, "lull")
    for t, chance in found.stands.items():
        assert longgame.ask(scenario, f"holds_until(lull, {t + 1})")["value"] == pytest.approx(chance, abs=1e-9)
    assert longgame.ask(scenario, "keeps(host, lull)")["value"] is None  # it mends, but never breaks
    study, draw = solved(SPOILER, lattice=True)
    (standing,) = standing_to_the_end(study, "lull")
    assert draw.look_up([standing]).number(standing) == pytest.approx(by_histories()[0][-1], abs=0.01)


# --- kinds of breaking ------------------------------------------------------------------------------------------------

BOTH = """
title: Both at once
clock: {periods: 2}
actors:
  ann: {lambda: 1, discount: 0.5}
  ben: {lambda: 3, discount: 0.5}
state: {truce: {values: [no, yes], start: no}}
period:
  - together: strikes
    when: truce == yes
    moves:
      ann: {strike: {pay: {ann: 0.5}}, hold: {}}
      ben: {strike: {pay: {ben: 0.1}}, hold: {}, parade: {}}
    set: {truce: no if ann == strike or ben == strike else yes}
payoffs: {ann: truce == yes, ben: truce == yes}
deals: {truce: {truce: yes}, gift: {pay: {ann: 1, ben: -1}}}
"""


def test_of_several_who_choose_at_once_each_breaks_by_its_own_option() -> None:
    found, scenario = followed(BOTH, "truce"), longgame.loads(BOTH)
    game = solved(BOTH)[0].game
    assert {(game.actors[mover], game.written(k, a)) for k, a, mover in found.moves} == {
        ("ann", "ann.strike"), ("ben", "ben.strike"),
    }  # fmt: skip
    strikes = [longgame.ask(scenario, f"choice(strikes.{who}.strike, after=truce)")["value"] for who in ("ann", "ben")]
    assert found.stands[0] == pytest.approx((1 - strikes[0]) * (1 - strikes[1]), abs=1e-9)
    first = [one for one in found.temptations if one.t == 0]
    assert [one.breaks for one in first] == pytest.approx(strikes, abs=1e-9)
    # By striking ann has 0.5 for sure; ben's holding is what its own keeping is worth to it: one truce now, and later.
    assert first[0].broken[0] == pytest.approx(0.5)
    both = longgame.ask(scenario, "keeps(ann, truce) - 2 * keeps(ben, truce)")["value"]
    assert both == pytest.approx(2 * first[1].gain - first[0].gain, abs=1e-9)
    assert first_tempted(found, [-np.inf, np.inf]) is first[0] and first_tempted(found, [np.inf, -np.inf]) is first[1]
    assert first_tempted(found, [np.inf, np.inf]) is None
    last = [one for one in found.temptations if one.t == 1]
    assert [one.chance for one in (*first, *last)] == pytest.approx([1.0] * 4)  # of coming to it, if the truce stands
    hold = 1 - last[1].breaks
    assert last[0].kept[0] == pytest.approx(hold * (1 + 0.5 / 0.5))


LASTS = """
title: A pause
clock: {start: 2025-01, step: 1 month, periods: 4}
actors:
  host: {lambda: 3, discount: 0.9}
  army: {lambda: 2, discount: 0.9}
state: {truce: {values: [none, full], start: none}}
period:
  - offer: talks
    by: host
    to: army
    when: truce == none and period == 1
    deals:
      pause: {truce: full, lasts: 2 months, breach: {army: PRICE}}
  - move: raid
    by: army
    options:
      wait: {}
      raid: {when: truce != none, set: {truce: none}, pay: {army: 0.5}}
payoffs: {host: truce == full, army: -0.1 * (truce == full)}
"""


def test_a_deal_that_lasts_lapses_and_its_breach_is_paid() -> None:
    free, dear = (followed(LASTS.replace("PRICE", price), "pause") for price in ("0", "0.7"))
    for found in (free, dear):
        assert found.stands[1] > 0 and found.stands[2] == 0  # two months, then it lapses
        assert [one.t for one in found.temptations] == [0, 1]
        assert found.temptations[1].tempted == (found is free)  # whatever the chance that it comes to that
    # In the last month nothing follows: raiding brings 0.5 less the price, and spares 0.1 of the truce.
    assert [found.temptations[1].gain for found in (free, dear)] == pytest.approx([0.6, -0.1])
    row = longgame.commitment(longgame.loads(LASTS.replace("PRICE", "0.7")), at="start", remedies=False).commitment[0]
    assert {one.how for one in row.ends} == {"broken", "lapsed"}
    # In the first month raiding costs 0.2; keeping the pause costs 0.1, and the next month 0.1, or 0.2 if it errs.
    assert row.first is not None and row.first.on == "2025-01"
    keeping = -0.1 - 0.9 * (0.1 + 0.1 * dear.temptations[1].breaks)
    assert row.temptations[0].gain == pytest.approx(-0.2 - keeping)
    asked = 'agreement(pause, on="2025-02", after=pause)'
    standing = longgame.ask(longgame.loads(LASTS.replace("PRICE", "0.7")), asked)
    assert standing["value"] == pytest.approx(dear.stands[1], abs=1e-9)


GALE = """
title: A truce at sea
clock: {periods: 1}
actors: {army: {lambda: 2, discount: 0.9}}
state: {truce: {values: [none, full], start: none}, gale: {values: [no, yes], start: no}}
period:
  - chance: weather
    outcomes: {gale: {p: 0.9, set: {gale: yes}}, calm: {p: rest}}
  - move: raid
    by: army
    when: truce == full
    options:
      wait: {when: gale == no}
      raid: {set: {truce: none}, pay: {army: 0.5}}
payoffs: {army: 0.8 * (truce == full)}
end_values: {army: 0}
deals: {truce: {truce: full}}
"""


def test_who_has_no_choice_does_not_break_it() -> None:
    """In a gale the army can only raid; without one it raids with 1 / (1 + e^0.6)."""
    found = followed(GALE, "truce")
    [one] = found.temptations
    raids = 1 / (1 + np.exp(2 * 0.3))
    assert (one.chance, one.breaks, one.gain) == pytest.approx((0.1, raids, -0.3))
    assert found.stands[0] == pytest.approx(0.1 * (1 - raids))


def test_what_nobody_can_break_is_said_to_be_so() -> None:
    text = BOTH.replace("truce: {truce: yes}", "dry: {truce: no}")
    rows = {row.deal: row for row in longgame.commitment(longgame.loads(text)).commitment}
    assert rows["dry"].followed and rows["dry"].moves == [] and rows["dry"].stands[-1].chance == 1.0
    assert not rows["gift"].followed  # carried out at once


def test_what_undoing_would_be_worth_is_told_where_nobody_can() -> None:
    """It is what the deal is worth, the other way round: whoever loses by it has a move that is missing."""
    text = SPOILER.replace("raid: {when: truce != none, set: {truce: none}", "raid: {when: truce == full, set: {}")
    text = text.replace("clash: {p: 0.1, set: {truce: none}}", "clash: {p: 0.1}")
    scenario = longgame.loads(text)
    [row] = (row for row in longgame.commitment(scenario, deals=("wider",), at="start").commitment)
    assert row.followed and row.moves == []
    for one in row.undone:
        worth = longgame.ask(scenario, f"worth({one.actor}, set(truce=full))", at="start")["value"]
        assert one.gain == pytest.approx(-worth, abs=EXACT) and one.gain != 0.0 and one.share is not None
    assert longgame.commitment(longgame.loads(SPOILER), deals=("lull",), remedies=False).commitment[0].undone == []


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "spoiler.yaml"
    known = SPOILER.split("hidden:")[0] + "period:" + SPOILER.split("period:")[1]
    known = known.replace("0.6 if army_is == hawk else -0.2", "0.6").replace("(0.2 if army_is == hawk else 0.6)", "0.2")
    postures = "postures: {army: {still: {raid: wait}}, host: {mender: {repair: mend}}}\n"
    path.write_text(known + postures, encoding="utf-8")
    return path


def test_tables_json_and_csv(file, capsys) -> None:
    assert main(["commitment", str(file), "--deal", "lull"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "It is broken if Army takes “raid” at its raid." in shown
    assert "Army accepts wider" in shown and "Army keeps to “still”" in shown
    assert main(["commitment", str(file), "--json", "--quick"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [row["deal"] for row in found["commitment"]] == ["lull", "wider"]
    assert main(["commitment", str(file), "--csv", "--quick"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    first = found["commitment"][0]["temptations"][0]
    assert float(rows[0]["army if kept"]) == pytest.approx(first["kept"]["army"])


def test_of_a_finished_run_the_deals_that_are_asked_for_are_shown(tmp_path, capsys) -> None:
    (tmp_path / "answers.json").write_text(json.dumps(sample()), encoding="utf-8")
    assert main(["commitment", str(tmp_path), "--deal", "full_truce"]) == 0
    shown = capsys.readouterr().out
    assert "Nobody can break it" in shown and "energy truce" not in shown
    assert main(["commitment", str(tmp_path), "--at", "2025-04"]) != 0
    compared = dict(COMMITMENT.compared(sample()))
    assert compared["commitment", "energy_truce would be broken first by"] == "attacker"
    assert compared["commitment", "full_truce stands to the end"] == 1.0


def test_with_a_posture_that_does_not_break_it_nobody_does(file) -> None:
    (row, _) = longgame.commitment(longgame.load(file)).commitment
    penalty, payment, still, mender = row.remedies
    assert (penalty.kind, payment.kind) == ("penalty", "payment") and penalty.first is payment.first is None
    assert (still.posture, still.first) == ("still", None)
    assert mender.stands and mender.stands > row.stands[-1].chance  # a raid is made good at once


def test_a_deal_that_is_not_there_and_one_that_leaves_nothing(file, capsys) -> None:
    assert main(["commitment", str(file), "--deal", "lul"]) == 2
    assert "Did you mean `lull`?" in capsys.readouterr().err
    with pytest.raises(longgame.QuestionError, match="leaves nothing that could be kept or broken"):
        longgame.ask(longgame.loads(BOTH), "holds_until(gift, 1)")
    with pytest.raises(longgame.ScenarioError, match="deals that have a name"):
        longgame.commitment("beer-quiche")


def test_of_deals_that_nobody_can_break_csv_has_no_rows(capsys) -> None:
    assert main(["commitment", "take-it-or-leave-it", "--csv", "--quick"]) == 0
    assert capsys.readouterr().out == ""
