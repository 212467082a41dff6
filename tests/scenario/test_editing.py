"""Help in an editor: completion, the meaning of words, where they are defined, mistakes with their stretches."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longgame.scenario import library
from longgame.scenario.context import Context
from longgame.scenario.editing import Stretch, complete, diagnose, find
from longgame.scenario.editing.cursor import cursor_at
from longgame.scenario.editing.names import names_in
from longgame.scenario.editing.offers import entries_at
from longgame.scenario.formulas import leaves
from longgame.scenario.kinds import role_at, target_at
from longgame.scenario.language.expressions import names_in as names_of
from longgame.scenario.load import load, loads
from longgame.scenario.questions.grammar import QUESTIONS
from longgame.scenario.yaml_tree import Keys, Scalar, compose, walk

TRUCE = library.read("truce-on-offer")
MARK = "¦"


def at(text: str) -> tuple[str, int, int]:
    """The text without its mark, and the line and column of the mark."""
    before, after = text.split(MARK)
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")


def changed(old: str, new: str) -> tuple[str, int, int]:
    assert TRUCE.count(old) >= 1
    return at(TRUCE.replace(old, new, 1))


def offered(old: str, new: str) -> list[str]:
    return [entry.name for entry in complete(*changed(old, new))]


# --- where the cursor stands ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", library.names())
def test_the_cursor_is_where_yaml_says_in_every_shipped_file(name):
    text = library.read(name)
    nodes = list(walk(compose(text, None, [])))
    for path, node in nodes[:: 1 + len(nodes) // 200]:
        if isinstance(node, Keys):
            for key, part in node.entries.items():
                cursor = cursor_at(text, *part.spot.key)
                assert cursor.path == path and cursor.at != "value", (path, key, cursor)
        if isinstance(node, Scalar) and path:
            line, column = node.spot.value
            cursor = cursor_at(text, line, column + (node.spot.raw[:1] in ("'", '"')))
            if node.spot.raw[:1] not in ("|", ">"):
                assert cursor.path == path and cursor.at != "key" and not cursor.before.strip(), (path, cursor)
            if isinstance(path[-1], str):
                assert path[-1] not in cursor.beside


@pytest.mark.parametrize(
    ("text", "path", "due", "before"),
    [
        (MARK, (), "key", ""),
        (f"title: x\nac{MARK}", (), "key", "ac"),
        (f"clock: {{start: 2025-03, pe{MARK}", ("clock",), "key", "pe"),
        (f"actors:\n  a:\n    discount: 1\n    {MARK}\n  b: {{}}", ("actors", "a"), "key", ""),
        (f"actors:\n  a:\n    discount: 1\n  {MARK}", ("actors",), "key", ""),
        (f"period:\n  - move: m\n    by: le{MARK}", ("period", 0, "by"), "value", "le"),
        (f"period:\n  - move: m\n  - {MARK}", ("period", 1), "either", ""),
        (f"x:\n- a\n{MARK}", (), "key", ""),
        (f"hidden:\n  aim: {{known_to: [a, b{MARK}", ("hidden", "aim", "known_to", 1), "value", "b"),
        (f"payoffs:\n  a: 1 +\n    2 * str{MARK}", ("payoffs", "a"), "value", "1 + 2 * str"),
        (f"payoffs:\n  a: >\n    1 - str{MARK}", ("payoffs", "a"), "value", " 1 - str"),
        (f"a: {{b: 'x, y: {MARK}", ("a", "b"), "value", "x, y: "),
        (f"a: {{b: [1, {{c: 2}}], d{MARK}", ("a",), "key", "d"),
        (f"a: {{b: 1\nc:\n  {MARK}", ("c",), "key", ""),
        (f"a: 1 # b: {MARK}", ("a",), "value", "1"),
    ],
)
def test_the_cursor_in_what_is_half_written(text, path, due, before):
    cursor = cursor_at(*at(text))
    assert (cursor.path, cursor.at, cursor.before) == (path, due, before)


# --- what is offered --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", library.names())
def test_roles_are_those_of_the_checks(name):
    for slot in Context(load(name)).slots:
        for path, _ in leaves(slot.formula, slot.path):
            assert role_at(path) is slot.role, path
            assert target_at(path) == slot.target, path


@pytest.mark.parametrize("name", ["truce-on-offer", "take-it-or-leave-it", "cuba-1962"])
def test_everything_that_a_shipped_file_says_is_offered_where_it_stands(name):
    """Every key, every name of an actor, step, option or word, and every name in a formula."""
    text = library.read(name)
    names = names_in(text)
    scenario = loads(text)
    naming = ("by", "to", "known_to", "took", "happened", "move", "chance", "per", "noise", "depends on", "quiet")
    count = 0
    for path, node in walk(compose(text, None, [])):
        if isinstance(node, Keys):
            for key, part in node.entries.items():
                place = names.node((*path, key))
                new = path[:1] != ("evidence",) and place is not None and _names_something_new(path)
                if not new:
                    offers = {entry.name for entry in entries_at(names, cursor_at(text, *part.spot.key), "")}
                    assert key in offers, (path, key)
                    count += 1
        if isinstance(node, Scalar) and path[-1] in naming and not _names_something_new(path[:-1]):
            if path[0] == "period" and path[-1] in ("move", "chance"):
                continue
            if path[0] == "outcomes" and path[-1] == "by":  # a date
                continue
            offers = {entry.name for entry in entries_at(names, cursor_at(text, *node.spot.value), "")}
            assert node.value in offers, path
            count += 1
    for slot in Context(scenario).slots:
        for path, leaf in leaves(slot.formula, slot.path):
            spot = scenario.source.spots.get(path)
            if spot is None or not spot.raw:
                continue
            offers = {entry.name for entry in entries_at(names, cursor_at(text, *spot.value), "")}
            words = {word for variable in names.words for word in names.words[variable]}
            assert {used.id for used in names_of(leaf.tree)} - words <= offers, path
            count += 1
    assert count > 50


def _names_something_new(path) -> bool:
    """Whether the keys of the block at a path are names of the analyst's own."""
    if path[:1] == ("postures",):
        return len(path) == 2
    if path[:1] == ("variants",):  # overlays, whose keys are those of all that they are laid over
        return True
    return path[-1:] in (("options",), ("outcomes",), ("lottery",), ("shows",), ("values",), ("deals",)) or (
        path in {(block,) for block in ("actors", "assumptions", "definitions", "state", "hidden", "ends")}
        or path in {(block,) for block in ("forecasts", "claims", "clauses", "ladders", "families", "accounts")}
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("when: aid == full, set: {aid: cut}", f"when: aid == {MARK}", ["full", "cut"]),
        ("by: patron\n    options", f"by: pa{MARK}\n    options", ["patron"]),
        ("took: cut", f"took: {MARK}", ["keep", "cut", "restore"]),
        ("by: attacker, took: accept", f"by: attacker, took: {MARK}", ["accept", "reject"]),
        ("happened: advance", f"happened: {MARK}", ["advance", "hold"]),
        ("worth(attacker, energy_truce)", f"worth({MARK}", ["attacker", "defender", "patron"]),
        ("worth(attacker, energy_truce)", f"worth(attacker, energy_truce, gi{MARK}", []),
        ("belief(aim == reset) >", f"belief(aim == {MARK}", ["peace", "reset"]),
        ("lead(defender, play_along", f"lead(defender, {MARK}", ["play_along", "defy"]),
        ("lead(defender, play_along", f"lead(defender, play_along, rule={MARK}", ["expected", "maximin", "regret"]),
        ("worth(attacker, set(truce=full)) > 0 and", f"worth(attacker, set(truce=fu{MARK}", ["full"]),
        ("worth(attacker, set(truce=full)) > 0 and", f"worth(attacker, set({MARK}", ["strength", "aid", "truce"]),
        ("chance(truce == full, by", f"chance(truce in [none, {MARK}", ["none", "energy", "full"]),
        ("steady: {aid_decision: [keep, restore]}", f"steady: {{{MARK}", ["aid_decision", "truce_offer"]),
        ("steady: {aid_decision: [keep, restore]}", f"steady: {{aid_decision: [{MARK}", ["keep", "cut", "restore"]),
        ("play_along: {truce_offer: [accept]}", f"play_along: {{truce_offer: [{MARK}", ["accept", "reject"]),
        ("known_to: [patron]", f"kn{MARK}", ["known_to"]),
        ("depends on: aim", f"depends on: {MARK}", ["aim", "aid", "truce"]),
        ("per: stake", f"per: {MARK}", ["decision", "stake"]),
        ("periods: 12}", f"periods: 12, then: [{{{MARK}", ["step", "periods"]),
        ("periods: 12}", f"periods: 12, then: [{{step: {MARK}", ["1 day", "1 week", "1 month", "1 quarter", "1 year"]),
        ("p: rest\n", f"p: 1 - with{MARK}\n", ["within"]),
        ("p: rest\n", f"p: 1 - per{MARK}\n", ["period", "period_length"]),
        ("at: start\n", f"at: {MARK}\n", ["now", "start"]),
        ("source: judgement", f"source: {MARK}", ["judgement"]),
        ("solver: {lattice: 20}", f"solver: {{noise: {MARK}", ["mistakes", "tastes"]),
        ("title: A truce on offer", f"extends: truce-{MARK}", ["truce-on-offer"]),
        ("says: A pause of strikes", f"says: {MARK}", []),
    ],
)
def test_completions(old, new, expected):
    if "gi¦" in new:
        assert offered(old, new) == ["given="]
    else:
        assert offered(old, new) == expected


STRIKES = """
title: Strikes
actors: {one: {lambda: 2, discount: 0.8}, other: {lambda: 2, discount: 0.7}}
state: {ground: {grid: [0, 2, 1], start: 1}}
period:
  - together: strikes
    moves:
      one: {strike: {pay: {one: -0.3}}, hold: {}}
      other: {attack: {}, dig_in: {}, hold: {}}
    set: {ground: ground - (other == attack)}
evidence: [{on: 2025-01, move: strikes, by: other, took: attack}]
postures: {one: {calm: {strikes: hold}}}
claims: {a: {says: It strikes., holds: choice(strikes.one.strike) > 0.5}}
solver: {near: {strikes.one: {strike: 0.5}}}
"""
PROFILES = [f"{one}_{other}" for one in ("strike", "hold") for other in ("attack", "dig_in", "hold")]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{pay: {one: -0.3}}", "{¦", ["when", "set", "pay", "says"]),
        ("      one: {strike: {pay: {one: -0.3}}, hold: {}}\n", "      o¦\n", ["one"]),
        ("other == attack", "other == ¦", ["attack", "dig_in", "hold"]),
        ("ground - (other", "o¦ - (other", ["one", "other", "or"]),
        ("pay: {one: -0.3}", "when: o¦", ["or"]),
        ("move: strikes", "move: ¦", ["strikes"]),
        ("by: other, took: attack", "by: ¦", ["one", "other"]),
        ("by: other, took: attack", "by: other, took: ¦", ["attack", "dig_in", "hold"]),
        ("by: other, took: attack", "took: ¦", PROFILES),
        ("calm: {strikes: hold}", "calm: {¦", ["strikes"]),
        ("strikes: hold", "strikes: ¦", ["strike", "hold"]),
        ("strikes.one.strike)", "strikes.one.¦", ["strikes.one.strike", "strikes.one.hold"]),
        ("near: {strikes.one: {strike: 0.5}}", "near: {¦", ["strikes.one", "strikes.other"]),
        ("strike: 0.5", "¦", ["strike", "hold"]),
    ],
)
def test_choices_at_the_same_time_are_completed(old, new, expected):
    assert STRIKES.count(old) == 1
    assert [entry.name for entry in complete(*at(STRIKES.replace(old, new)))] == expected


def test_keys_that_are_there_are_not_offered_again():
    assert set(offered("solver: {lattice: 20}", MARK)) == {
        *("families", "worlds", "end_values", "extends", "solver"),
        *("clauses", "ladders", "outcomes", "accounts", "variants", "estimate"),
    }
    left = offered("{rationality: 20, per: stake, discount: 0.97, says: The side", f"{{discount: 1, {MARK}")
    assert "discount" not in left and "rationality" in left


def test_options_of_a_step_have_the_keys_of_their_kind():
    chance = offered("p: rest\n", f"{MARK}\n")
    assert "p" in chance and "when" not in chance
    assert "when" in offered("keep: {}", f"keep: {{{MARK}}}") and "p" not in offered("keep: {}", f"keep: {{{MARK}}}")


def test_a_question_explains_its_words():
    found = complete(*changed("holds: worth(attacker, energy_truce) > 0", f"holds: {MARK}"))
    entries = {entry.name: entry for entry in found}
    assert all(entries[name].says == form.says for name, form in QUESTIONS.items())
    assert entries["aid_effect"].facts.startswith("0.1 strength per month; from 0.05 to 0.2")
    assert entries["worth"].insert == "worth("


def test_blocks_are_offered_at_the_top_of_what_extends_another(tmp_path):
    (tmp_path / "base.yaml").write_text(TRUCE, encoding="utf-8")
    offered = {entry.name for entry in complete("extends: base.yaml", 1, 1, str(tmp_path / "over.yaml"))}
    assert {"postures", "payoffs", "assumptions", "variants"} <= offered


def test_names_of_what_is_extended_are_offered(tmp_path):
    (tmp_path / "base.yaml").write_text(TRUCE, encoding="utf-8")
    over = f"extends: base.yaml\nassumptions:\n  aid_{MARK}"
    text, line, column = at(over)
    file = str(tmp_path / "over.yaml")
    assert [entry.name for entry in complete(text, line, column, file)] == ["aid_effect", "aid_cost"]
    found = find(*at("extends: base.yaml\nassumptions:\n  aid_c¦ost: {value: 0.06}"), file)
    assert found is not None and found.defined is not None and found.defined.line == 3
    found = find(*at("extends: base.yaml\npayoffs:\n  attacker: 1 - stren¦gth"), file)
    assert found is not None and found.defined is not None
    assert (found.defined.file, found.defined.line) == (str(tmp_path / "base.yaml"), 83)
    assert "defender's strength" in found.text and "from 0 to 1 in steps of 0.125; starts at 0.5" in found.text


def test_nothing_is_offered_of_what_cannot_be_read():
    assert complete("a: [\n", 1, 3) == []
    assert [entry.name for entry in complete("\x00", 1, 1)][:1] == ["title"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(TRUCE)), st.sampled_from(["", "{", "[", "'", "x", ": ", "- ", "\n  ", "\t", "#"]))
def test_any_beginning_of_a_file_is_borne(end, more):
    text = TRUCE[:end] + more
    line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    complete(text, line, column)
    find(text, line, column)
    diagnose(text)


# --- what a word means ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "kind", "line"),
    [
        ("by: patron\n    options", "by: pat¦ron\n    options", "actor", 13),
        ("aid_effect / 2", "aid_eff¦ect / 2", "assumption", 16),
        ("took: cut", "took: c¦ut", "option of aid_decision", 100),
        ("truce != full\n    deals", "truce != ¦full\n    deals", "value of truce", 85),
        ("bayes_factor(aid_decision_cut", "bayes_factor(aid_dec¦ision_cut", "evidence", 151),
        ("under=patron.steady", "under=patron.ste¦ady", "posture of patron", 139),
        ("worth(attacker, energy_truce)", "worth(attacker, energy_tr¦uce)", "deal of truce_offer", 108),
        ("worth(attacker, energy_truce)", "wor¦th(attacker, energy_truce)", "question", None),
        ("rationality: 20", "ratio¦nality: 20", "key", None),
        ("depends on: aim", "depends ¦on: aim", "key", None),
        ("0.25 * energy_safe", "0.25 * energy_safe¦", "definition", 80),
        ("lead(defender, play_along, rule=maximin)", "lead(defender, play_along, rule=max¦imin)", "rule", None),
    ],
)
def test_the_meaning_of_a_word_and_where_it_is_defined(old, new, kind, line):
    found = find(*changed(old, new))
    assert found is not None and found.entry.kind == kind
    assert (found.defined.line if found.defined else None) == line


def test_prose_has_no_meaning_for_the_language():
    assert find(*changed("What the patron did", "What the pat¦ron did")) is None
    assert find(TRUCE, 10_000, 1) is None


# --- mistakes and their stretches -------------------------------------------------------------------------------------


def cut_out(text: str, stretch: Stretch) -> str:
    lines = text.split("\n")
    assert stretch.line == stretch.end_line
    return lines[stretch.line - 1][stretch.column - 1 : stretch.end_column - 1]


@pytest.mark.parametrize(
    ("old", "new", "meant"),
    [
        ("took: cut", "took: cutt", "cutt"),
        ("worth(attacker, energy_truce) > 0", "worth(attacker, energy_truc) > 0", "energy_truc"),
        ("aid_effect / 2", "aid_effct / 2", "aid_effct"),
        ("known_to: [patron]", "knownto: [patron]", "knownto"),
        ("per: stake", "per: steak", "steak"),
        ("when: strength <= 0", "when: strength <= 0 and", "and"),
        ('chance(truce == full, by="2026-02") > 0.5', "chance(aid == full)", "chance(aid == full)"),
        ("start: 2025-03,", "start: 2025-33,", "2025-33"),
        ("range: [0.05, 0.20]", "range: [0.15, 0.20]", "0.10"),
    ],
)
def test_a_mistake_is_shown_at_the_stretch_that_is_meant(old, new, meant):
    text = TRUCE.replace(old, new, 1)
    assert meant in [cut_out(text, found.stretch) for found in diagnose(text)]


def test_all_mistakes_are_shown_at_once_as_check_says_them():
    text = TRUCE.replace("took: cut", "took: cutt").replace("per: stake", "per: steak", 1)
    text = text.replace("aid == full)", "aid == ful)")
    codes = sorted(found.problem.code for found in diagnose(text))
    assert codes.count("unknown-word") == 2 and {"unknown-option", "unknown-value"} <= set(codes)
    assert diagnose(TRUCE) == []


def test_a_mistake_in_what_is_extended_is_shown_where_it_is_named(tmp_path):
    (tmp_path / "base.yaml").write_text(TRUCE.replace("took: cut", "took: cutt"), encoding="utf-8")
    text = "# over\nextends: base.yaml\n"
    found = [found for found in diagnose(text, str(tmp_path / "over.yaml")) if found.problem.code == "unknown-option"]
    assert [cut_out(text, each.stretch) for each in found] == ["base.yaml"]
    assert re.search(r"base\.yaml:151:\d+", found[0].message)


@pytest.mark.parametrize(
    ("line", "offers"),
    [
        ("about: ¦", {"aim"}),
        ("about: aim, records: ¦", {"strength", "aid", "truce"}),
        ("about: aim, says: [¦]", {"peace", "reset"}),
        ("about: aim, says: [calm, storm], true when: {¦}", {"calm", "storm"}),
        ("about: aim, says: [calm, storm], true when: {calm: ¦}", {"aim"}),
        ("about: aim, ¦", {"true when", "costs", "records", "start"}),
    ],
)
def test_what_a_statement_may_say(line, offers):
    new = f"period:\n  - {{statement: readout, by: patron, {line}}}\n"
    assert offers <= set(offered("period:\n", new))


def test_words_of_a_statement_are_options_to_questions_and_evidence():
    told = "period:\n  - {statement: readout, by: patron, about: aim, says: [peace, reset]}\n"
    asked = "deals: {}\nclaims: {x: {says: X., holds: choice(¦)}}\n"
    text, line, column = at(TRUCE.replace("period:\n", told, 1) + asked)
    assert {"readout.peace", "readout.reset"} <= {entry.name for entry in complete(text, line, column)}
