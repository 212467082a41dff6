"""Deals that last: their time runs down, they lapse to what was before, and who breaks one pays for it."""

from __future__ import annotations

from math import exp

import pytest

import longgame
from longgame.cli import main
from longgame.game.compile import compile
from longgame.scenario.dump import dump
from longgame.scenario.expand import steps_of
from longgame.scenario.lasting import periods_of
from longgame.scenario.layout import formatted
from longgame.scenario.load import all_problems, loads
from longgame.solver.solve import solve

HEAD = """title: A pause
clock: {start: 2025-01, step: 1 month, periods: 4}
actors:
  host: {lambda: 3, discount: 0.9}
  rebels: {lambda: 3, discount: 0.9}
  army: {lambda: 2, discount: 0.9}
state:
  truce: {values: [none, local, full], start: local}
  roads: {values: [shut, open], start: shut}
"""
RAID = """  - move: raid
    by: army
    options:
      wait: {}
      raid: {when: truce != none, set: {truce: none}, pay: {army: 0.5}}
"""
TAIL = """payoffs:
  host: (truce == full) + 0.5 * (truce == local) + 0.2 * (roads == open)
  rebels: 0.8 * (truce == full) - 0.3 * (roads == open)
  army: 0.3 * (truce != none) - 0.2 * (truce == full) + 0.1 * (roads == open)
"""
SHORT = f"""{HEAD}period:
  - offer: talks
    by: host
    to: rebels
    when: truce != none
    deals:
      pause: {{truce: full, roads: open, pay: {{rebels: 0.1}}, lasts: 2 months, breach: {{army: 0.7}}}}
{RAID}{TAIL}"""
# The same, with what is remembered and what follows from it written out.
LONG = f"""{HEAD}  left: {{grid: [0, 2, 1], start: 0}}
  before: {{values: [none, local, full], start: local}}
  shut_before: {{values: [shut, open], start: shut}}
period:
  - chance: time
    when: left > 0
    outcomes:
      lasts: {{p: left > 1, set: {{left: left - 1}}}}
      lapses: {{p: rest, set: {{left: 0, truce: before, roads: shut_before, before: local, shut_before: shut}}}}
  - move: talks
    by: host
    when: truce != none
    options: {{no_offer: {{then: raid}}, pause: {{}}}}
  - move: reply
    by: rebels
    when: truce != none
    options:
      accept:
        set:
          truce: full
          roads: open
          left: 2
          before: before if left > 0 else truce
          shut_before: shut_before if left > 0 else roads
        pay: {{rebels: 0.1}}
      reject: {{}}
  - move: raid
    by: army
    options:
      wait: {{}}
      raid:
        when: truce != none
        set:
          truce: none
          left: 0
          before: local
          roads: shut_before if left > 0 else roads
          shut_before: shut
        pay: {{army: 0.5 - 0.7 * (left > 0)}}
{TAIL}"""


def start_values(text: str) -> list[float]:
    game = compile(loads(text))
    tables = game.tables(game.base, 0)
    return list(solve(game).U[0][int(tables.start_index[0]), :, 0, 0])


def test_it_is_what_would_be_written_by_hand():
    assert start_values(SHORT) == pytest.approx(start_values(LONG), abs=1e-9)


def test_of_what_is_over_nothing_is_remembered():
    """A local truce comes by chance and is what a pause goes back to; else what is remembered rests where it began."""
    calm = "  - {chance: calm, when: truce == none, outcomes: {yes: {p: 0.5, set: {truce: local}}, no: {p: rest}}}"
    text = SHORT.replace("start: local", "start: none").replace("period:\n", f"period:\n{calm}\n", 1)
    states = compile(loads(text)).states
    values = {v.name: [v.points[code] for code in states.codes[:, n]] for n, v in enumerate(states.variables)}
    seen = set(zip(values["pause_left"], values["pause_was_truce"], strict=True))
    assert {was for left, was in seen if left == 0} == {"none"} and (2, "local") in seen


def test_a_price_of_breaking_changes_play():
    free = SHORT.replace(", breach: {army: 0.7}", "")
    asked = "choice(raid.raid, after=pause)"
    dear, cheap = (longgame.ask(loads(text), asked)["value"] for text in (SHORT, free))
    assert dear < 0.5 * cheap


TOGETHER = """  - together: raid
    moves:
      army: {wait: {}, raid: {when: truce != none, set: {truce: none}, pay: {army: 0.5}}}
      host: {sit: {}, stand: {}}
"""


@pytest.mark.parametrize(
    ("alone", "together"),
    [("", ""), ("    inertia: 0.3\n    stays: raid\n", "    inertia: 0.3\n    stays: {army: raid, host: sit}\n")],
)
def test_who_breaks_it_pays_where_several_choose_at_the_same_time(alone: str, together: str):
    """What the other chooses matters to nobody, so it is as if the army chose by itself."""
    by_itself, beside = SHORT.replace(RAID, RAID + alone), SHORT.replace(RAID, TOGETHER + together)
    assert start_values(beside) == pytest.approx(start_values(by_itself), abs=1e-9)
    free = beside.replace(", breach: {army: 0.7}", "")
    assert start_values(free) != pytest.approx(start_values(beside), abs=1e-3)


JOINTLY = """  - together: raid
    moves: {army: {wait: {}, raid: {}}, host: {sit: {}, stand: {}}}
    set: {truce: none if army == raid else truce}
"""


@pytest.mark.parametrize(
    ("raid", "warned"),
    [
        (JOINTLY, True),
        (JOINTLY + "    pay: {army: -0.7 * (army == raid and pause_left > 0)}\n", False),  # the step has its own price
        (JOINTLY.replace("set: {truce", "set: {beside").replace("else truce", "else beside"), False),
        (TOGETHER, False),  # an option ends it, and its mover pays
    ],
)
def test_what_all_choices_together_end_costs_nothing_and_check_says_so(raid: str, warned: bool):
    text = SHORT.replace(RAID, raid).replace("state:\n", "state:\n  beside: {values: [none, some], start: some}\n")
    said = [problem for problem in all_problems(text) if problem.code == "joint-breach"]
    assert [problem.severity for problem in said] == ["warning"] * warned
    assert not warned or ("`pause`" in said[0].expected and "set by all choices together" in said[0].found)


RENEWED = """title: A pause that is priced, and may be followed by a longer one
clock: {periods: 3}
actors: {host: {lambda: 1, discount: 0.9}, rebels: {lambda: 1, discount: 0.9}}
state: {truce: {values: [none, full], start: none}}
period:
  - offer: talks
    by: host
    to: [rebels]
    deals:
      short: {truce: full, lasts: 2 periods}
      long: {truce: full, lasts: 3 periods}
payoffs: {host: 0, rebels: 0}
"""


def test_play_goes_on_from_a_deal_that_is_priced_to_where_free_play_cannot_come():
    """Only a pause that was made before the talks of the period has two periods left when a longer one is agreed."""
    found = longgame.ask(loads(RENEWED), "chance(truce == full, on=3, after=short)")["value"]
    # One of six agrees on the longer one in the first period, one of three on any in the second and in the third.
    assert found == pytest.approx(1.0 - 5 / 6 * 2 / 3 * 2 / 3, abs=1e-12)


def test_its_worth_counts_that_it_lapses():
    """Made before the first step, it counts in as many periods as if it were struck in the course of the period."""
    long = SHORT.replace("truce != none", "truce == full and pause_left == 0", 1)  # there is no other offer of it
    state = "truce=full, roads=open, pause_left=2, pause_was_truce=local, pause_was_roads=shut"
    made = [f"value(host, after={change})" for change in ("pause", f"set({state})")]
    one, two = (longgame.ask(loads(long), asked)["value"] for asked in made)
    assert one > two + 0.1, "set as things are, a period of the two is over at once"
    longer = long.replace("2 months", "3 months")
    set_longer = f"value(host, after=set({state.replace('left=2', 'left=3')}))"
    assert longgame.ask(loads(longer), set_longer)["value"] == pytest.approx(one, abs=1e-9)
    for_ever = longgame.ask(loads(SHORT), "worth(host, set(truce=full, roads=open))")["value"]
    assert abs(for_ever - longgame.ask(loads(SHORT), "worth(host, pause)")["value"]) > 0.1


def test_what_it_stands_for():
    steps = steps_of(loads(SHORT))
    assert [step.name for step in steps] == ["pause.time", "talks", "talks.pause.rebels", "raid"]
    assert [[option.next for option in step.options] for step in steps] == [[1, 1], [3, 2], [3, 3], [4, 4]]
    assert set(loads(SHORT).state) == {"truce", "roads", "pause_left", "pause_was_truce", "pause_was_roads"}


def test_what_was_before_costs_states_only_where_it_matters():
    game = compile(loads(SHORT))
    assert set(game.states.values("pause_was_truce")) == {1}, "it is only struck from a local truce, or extended"


@pytest.mark.parametrize(
    ("lasts", "step", "periods"),
    [
        ("3 periods", "1 month", 3),
        ("period", "1 month", 1),
        ("30 days", "1 month", 1),
        ("30 days", "1 week", 4),
        ("2 weeks", "1 month", 1),
        ("1 year", "1 month", 12),
        ("6 months", "1 quarter", 2),
    ],
)
def test_how_long(lasts: str, step: str, periods: int):
    assert periods_of(lasts, step) == periods


def test_it_round_trips():
    made = loads(SHORT)
    assert loads(dump(made)) == made and "pause_left" not in dump(made)
    text = formatted(SHORT)
    assert loads(text) == made and formatted(text) == text


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("lasts: 2 months", "lasts: two months", "bad-time", "found `two months`. Write `3 periods` or `30 days`."),
        ("lasts: 2 months, ", "", "breach-alone", "`lasts` beside it"),
        ("breach: {army", "breach: {arm", "unknown-actor", "found `arm`. Did you mean `army`?"),
        ("{truce: full,", "{truce: full if roads == open else truce,", "lasting-clause", "set a number or a word"),
        ("truce: {values", "pause_left: {grid: [0, 1, 1], start: 0}\n  truce: {values", "name-clash", "`pause_left`"),
        ("period:\n", "deals:\n  hush: {truce: full, lasts: 1 month}\nperiod:\n", "deal-key", "found `lasts`"),
    ],
)
def test_mistakes(old: str, new: str, code: str, said: str):
    text = SHORT.replace(old, new, 1)
    assert text != SHORT
    assert any(problem.code == code and said in str(problem) for problem in all_problems(text))


def test_whether_it_is_in_force_is_told_by_the_time_that_is_left():
    for by in (1, 2, 4):
        found = longgame.ask(loads(SHORT), f"agreement(pause, by={by}) - chance(pause_left > 0, by={by})")
        assert found["value"] == pytest.approx(0.0, abs=1e-12)
    assert longgame.ask(loads(SHORT), "agreement(pause, by=1)")["value"] > 0.1


def test_what_it_remembers_is_shown_only_where_it_says_something(tmp_path, capsys):
    game = compile(loads(SHORT))
    labels = {game.states.label(s) for s in range(len(game.states))}
    assert {"truce=local, roads=shut", "truce=full, roads=open, pause_left=1"} <= labels
    file = tmp_path / "pause.yaml"
    file.write_text(SHORT, encoding="utf-8")
    assert longgame.timeline(file).variables == ("truce", "roads")
    assert main(["play", str(file), "--until", "2"]) == 0
    assert "pause_was" not in capsys.readouterr().out


TWO = """title: One truce, then another
clock: {periods: 5}
actors: {host: {lambda: 1, discount: 0.9}, rebels: {lambda: 1, discount: 0.9}}
state: {truce: {values: [none, energy, full], start: none}}
period:
  - offer: talks
    by: host
    to: [rebels]
    deals:
      small: {truce: energy, lasts: 2 periods}
      large: {truce: full, lasts: 2 periods}
payoffs: {host: truce == full, rebels: truce == energy}
evidence:
  - {on: 1, move: talks, took: small}
  - {on: 1, move: talks, by: rebels, took: accept}
"""
SECOND = """  - {on: 2, move: talks, took: large}
  - {on: 2, move: talks, by: rebels, took: accept}
"""
QUIET = "".join(f"  - {{on: {t}, move: talks, took: no_offer}}\n" for t in (3, 4))


def test_what_was_before_a_deal_that_another_ends_is_what_was_before_both():
    found = longgame.ask(loads(TWO + SECOND + QUIET), "present(truce == none) + present(truce == full)")
    assert found["value"] == pytest.approx(1.0), "no truce is left that nobody agreed to for so long"
    assert longgame.ask(loads(TWO + SECOND), "present(small_left == 0 and large_was_truce == none)")["value"] == 1.0


def test_a_deal_that_is_priced_ends_what_it_would_end_if_it_were_struck():
    priced = longgame.ask(loads(TWO), "value(host, after=large)")["value"]
    state = "set(truce=full, small_left=0, small_was_truce=none, large_left=2, large_was_truce=none)"
    assert priced == pytest.approx(longgame.ask(loads(TWO), f"value(host, after={state})")["value"], abs=1e-9)


SHARED = """title: Deals that share what they set
clock: {periods: 5}
actors: {host: {lambda: 1, discount: 0.9}, rebels: {lambda: 1, discount: 0.9}}
state:
  truce: {values: [none, local, full], start: local}
  roads: {values: [shut, open], start: shut}
period:
  - chance: drift
    when: truce == local
    outcomes: {worsens: {p: 0.5, set: {truce: none}}, stays: {p: rest}}
  - offer: talks
    by: host
    to: [rebels]
    deals:
      a: {truce: full, lasts: 2 periods}
      b: {truce: full, roads: open, lasts: 2 periods}
      c: {truce: full, roads: open, lasts: 3 periods}
      d: {truce: full}
  - chance: fate
    outcomes:
      quiet: {p: 0.5}
      closure: {p: 0.25, set: {roads: shut}}
      storm: {p: rest, set: {truce: local}}
payoffs: {host: 0, rebels: 0}
"""


WEIGHTS = {  # of what may be at the end of a period
    "none": {"shut": 1.0, "open": 2.7},
    "local": {"shut": 7.1, "open": 18.3},
    "full": {"shut": 51.9, "open": 131.3},
}


def by_hand(periods: int) -> list[float]:
    """The expected weight of what is at the end of each period, where all options are as likely.

    What things are without deals is kept apart from the deals that are on: each state variable is what a deal that is
    on has it be, or else what it is without.
    """
    lasts = {"a": 2, "b": 2, "c": 3}
    sets = {"a": {"truce": "full"}, "b": {"truce": "full", "roads": "open"}, "c": {"truce": "full", "roads": "open"}}

    def now(without, on):
        return dict(without) | {v: value for deal, _ in on for v, value in sets[deal].items()}

    def changed(without, on, to):
        """What is set for good: it ends every deal that has it otherwise."""
        kept = tuple((deal, left) for deal, left in on if all(to.get(v, x) == x for v, x in sets[deal].items()))
        return tuple(sorted((dict(without) | to).items())), kept

    likely = {((("roads", "shut"), ("truce", "local")), ()): 1.0}
    found = []
    for _ in range(periods):
        after: dict = {}
        for (without, on), p in likely.items():
            on = tuple((deal, left - 1) for deal, left in on if left > 1)
            drifts = [(0.5, {"truce": "none"}), (0.5, {})] if now(without, on)["truce"] == "local" else [(1.0, {})]
            for q, drift in drifts:
                for struck in (None, "a", "b", "c", "d"):
                    for r, fate in ((0.5, {}), (0.25, {"roads": "shut"}), (0.25, {"truce": "local"})):
                        here = changed(without, on, drift)
                        if struck == "d":
                            here = changed(*here, {"truce": "full"})
                        elif struck is not None:
                            others = {deal: left for deal, left in here[1] if deal != struck}
                            here = here[0], tuple(sorted((others | {struck: lasts[struck]}).items()))
                        here = changed(*here, fate)
                        # Of five proposals each is as likely, and half of what is proposed is accepted.
                        odds = p * q * r * (0.1 if struck else 0.6)
                        after[here] = after.get(here, 0.0) + odds
        likely = after
        ends = [(now(*one), p) for one, p in likely.items()]
        found.append(sum(p * WEIGHTS[end["truce"]][end["roads"]] for end, p in ends))
    return found


def test_deals_that_share_what_they_set_lapse_to_what_was_before_all_of_them():
    weighed = " + ".join(
        f"{weight} * (truce == {truce}) * (roads == {roads})"
        for truce, weights in WEIGHTS.items()
        for roads, weight in weights.items()
    )
    rows = longgame.ask(loads(SHARED), f"expected({weighed})", every_period=True)["series"]
    assert [row["value"] for row in rows] == pytest.approx(by_hand(5), abs=1e-9)


AGAIN = """
title: A truce that is extended again and again
clock: {periods: 6}
actors:
  north: {lambda: 1, discount: 0.9}
  south: {lambda: 1, discount: 0.9}
state:
  truce: {values: [none, full], start: none}
period:
  - move: rest
    by: north
    options: {sleep: {}}
payoffs:
  north: 0.4 * (truce == full)
  south: -0.7 * (truce == full)
end_values: {north: 0.3 * (truce == full), south: 0}
clauses:
  truce: {values: [full], lasts: [TIME], extend: [north, south]}
"""


def extended(length: int) -> tuple[float, float]:
    """What the truce is worth to each, by a recursion of its own: who must agree is asked whenever its time is over."""

    def begins(t: int, left: int) -> tuple[float, float]:
        if t == 6 or left == 0:
            return (0.3 * (left > 0), 0.0) if t == 6 else (0.0, 0.0)
        if left > 1:
            return goes_on(t, left - 1)
        on = goes_on(t, length)
        yes = 1 / (1 + exp(-on[1]))  # of the south, who is asked last; a lapse is worth nothing
        asked = yes * on[0], yes * on[1]
        yes = 1 / (1 + exp(-asked[0]))
        return yes * asked[0], yes * asked[1]

    def goes_on(t: int, left: int) -> tuple[float, float]:
        later = begins(t + 1, left)
        return 0.4 + 0.9 * later[0], -0.7 + 0.9 * later[1]

    return goes_on(0, length)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_it_is_extended_as_often_as_all_agree(length: int):
    scenario = loads(AGAIN.replace("TIME", f"{length} periods"))
    [row] = longgame.clauses(scenario, between=["north", "south"]).rows()
    assert (row["north"], row["south"]) == pytest.approx(extended(length), abs=1e-9)


def test_it_is_said_that_a_deal_counts_for_ever_where_there_is_no_end_value():
    def warned(text: str) -> list[str]:
        return [problem.found for problem in all_problems(text)]

    text = AGAIN.replace("TIME", "2 periods")
    assert warned(text) == []  # and the clauses are what sets the truce
    [found] = warned(text.replace("{north: 0.3 * (truce == full), south: 0}", "{north: 0}"))
    assert "`south`, to whom `truce_full` then counts for ever if it is on when the clock runs out" in found
    named = text.replace("south: -0.7 * (truce == full)", "south: -0.7 * calm").replace(", south: 0}", "}")
    assert len(warned(named + "definitions: {calm: truce == full}\n")) == 1
    assert warned(text.replace("  south: -0.7 * (truce == full)", "  south: 1").replace(", south: 0}", "}")) == []
    assert warned(text.replace(", lasts: [2 periods], extend: [north, south]", "").replace(", south: 0}", "}")) == []
