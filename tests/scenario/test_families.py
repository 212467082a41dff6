"""What is written once for the members of a family is what would be written for each; mistakes name the text."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from longgame.answers.ask import parsed
from longgame.errors import QuestionError, ScenarioError
from longgame.game.compile import compile
from longgame.scenario.checks import check
from longgame.scenario.dump import dump
from longgame.scenario.editing import complete, find
from longgame.scenario.families import data_written_out, families_in
from longgame.scenario.language.templates import Spelled, TemplateError, spelled
from longgame.scenario.layout import formatted
from longgame.scenario.load import all_problems, load, loads, with_values
from longgame.scenario.model import Actor, Scenario
from longgame.scenario.schema import json_schema
from longgame.scenario.yaml_tree import compose, data_of

MEMBERS = ("usa", "china", "eu", "india", "brazil", "gulf")
HEAD = """title: Climate accord
clock: {start: 2025, step: 1 year, periods: 3}
"""
NUMBERS = """assumptions:
  benefit: {value: 3, range: [1, 6], source: an example}
  need: {value: 4, source: an example}
  cheap: {value: 0.5, range: [0.1, 1], source: an example}
  dear: {value: 2, range: [1, 4], source: an example}
"""
RATIFICATION = """  - chance: ratification
    when: force == no and signers >= need
    outcomes:
      enters: {p: 0.9, set: {force: yes}}
      delayed: {p: rest}
"""
# One member has a secret, so that the game has two worlds.
SHORT = f"""{HEAD}families:
  member: [{", ".join(MEMBERS)}]
actors:
  {{member}}: {{rationality: 5, per: decision, discount: 0.9}}
{NUMBERS}state:
  force: {{values: [no, yes], start: no}}
  sig_{{member}}: {{values: [out, signed], start: out}}
definitions:
  signers: sum(sig_{{member}} == signed for each member)
hidden:
  cost_{{member}}: {{known_to: member, values: {{low: 1, high: 0}}, source: an example}}
  cost_usa: {{values: {{low: 0.5, high: 0.5}}}}
period:
  - each: member
    move: sign_{{member}}
    by: member
    when: sig_{{member}} == out and force == no
    options: {{sign: {{set: {{sig_{{member}}: signed}}}}, wait: {{}}}}
{RATIFICATION}payoffs:
  {{member}}: (force == yes) * (benefit - (cheap if cost_{{member}} == low else dear) * (sig_{{member}} == signed))
postures:
  {{member}}: {{ride: {{sign_{{member}}: wait}}}}
evidence:
  - {{on: 2025, move: sign_{{member}}, took: wait, source: "Nobody signed, {{member}} neither."}}
claims:
  rides_{{member}}: {{says: "{{member}} rides.", holds: "choice(sign_{{member}}.wait) > 0.5"}}
  all_ride: {{says: All ride., holds: all(choice(sign_{{member}}.wait) > 0.5 for each member)}}
"""


def each(text: str) -> str:
    return "".join(text.replace("MEMBER", member) for member in MEMBERS)


LONG = f"""{HEAD}actors:
{each('''  MEMBER: {rationality: 5, per: decision, discount: 0.9}
''')}{NUMBERS}state:
  force: {{values: [no, yes], start: no}}
{each('''  sig_MEMBER: {values: [out, signed], start: out}
''')}definitions:
  signers: (((sig_usa == signed) + (sig_china == signed)) + (sig_eu == signed)) +
    (((sig_india == signed) + (sig_brazil == signed)) + (sig_gulf == signed))
hidden:
{each('''  cost_MEMBER: {known_to: [MEMBER], values: {low: 1, high: 0}, source: an example}
''').replace("1, high: 0", "0.5, high: 0.5", 1)}period:
{each('''  - move: sign_MEMBER
    by: MEMBER
    when: sig_MEMBER == out and force == no
    options: {sign: {set: {sig_MEMBER: signed}}, wait: {}}
''')}{RATIFICATION}payoffs:
{each('''  MEMBER: (force == yes) * (benefit - (cheap if cost_MEMBER == low else dear) * (sig_MEMBER == signed))
''')}postures:
{each('''  MEMBER: {ride: {sign_MEMBER: wait}}
''')}evidence:
{each('''  - {on: 2025, move: sign_MEMBER, took: wait, source: "Nobody signed, MEMBER neither."}
''')}claims:
{each('''  rides_MEMBER: {says: "MEMBER rides.", holds: choice(sign_MEMBER.wait) > 0.5}
''')}  all_ride:
    says: All ride.
    holds: {" and ".join(f"choice(sign_{member}.wait) > 0.5" for member in MEMBERS)}
"""


# --- the accord -------------------------------------------------------------------------------------------------------


def test_the_short_accord_is_the_long_one():
    short, long = loads(SHORT), loads(LONG)
    for field in set(Scenario.model_fields) - {"families"}:
        assert getattr(short, field) == getattr(long, field), field
    assert SHORT.count("\n") < 40 < LONG.count("\n")


def test_its_game_is_the_same():
    short, long = compile(loads(SHORT)), compile(loads(LONG))
    assert short.steps == long.steps and len(short.worlds) == 2
    assert np.array_equal(short.states.codes, long.states.codes) and len(short.states) == 64 + 22
    one, other = short.tables(short.base, 0), long.tables(long.base, 0)
    assert np.array_equal(one.flow, other.flow) and np.array_equal(one.prior, other.prior)
    for step, same in zip(one.steps, other.steps, strict=True):
        for table in ("active", "allowed", "weight", "successor", "pay"):
            assert np.array_equal(getattr(step, table), getattr(same, table)), table


def test_what_is_written_out_keeps_its_place():
    made = loads(SHORT, "accord.yaml")
    line = 1 + SHORT[: SHORT.index("move: sign_")].count("\n")
    for index in range(len(MEMBERS)):
        place = made.place(("period", index, "move"))
        assert (place.file, place.line) == ("accord.yaml", line)
    assert made.place(("period", 2, "move")).each == "member eu"


def test_a_family_with_the_others_of_each_whatever_its_name():
    written = {"families": {"party": ["a", "b", "c"]}, "state": {"trusts_{party}_{other}": {"start": "no"}}}
    pairs = ("a_b", "a_c", "b_a", "b_c", "c_a", "c_b")
    assert list(data_written_out(written)["state"]) == [f"trusts_{pair}" for pair in pairs]


def test_what_a_key_repeats_does_not_repeat_the_item_that_it_is_in():
    item = {"move": "vote", "options": {"for_{party}": {"set": {"chosen": "{party}"}}, "none": {}}}
    [made] = data_written_out({"families": {"party": ["a", "b"]}, "period": [item]})["period"]
    assert made["options"] == {"for_a": {"set": {"chosen": "a"}}, "for_b": {"set": {"chosen": "b"}}, "none": {}}


def test_a_family_that_is_laid_over_with_nothing_is_none():
    trees = [compose(text, "x.yaml", []) for text in ("families: {m: [a, b], n: [c]}", "families: {m: null}")]
    assert families_in(trees) == {"n": ("c",)}


# --- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("(cheap if", "(cheep if", "32:42 unknown-name: found `cheep`, for member usa and 5 more"),
        ("by: member", "by: membr", "23:9 unknown-actor: found `membr`, for member usa and 5 more"),
        ("{set: {sig_", "{set: {sik_", "25:28 unknown-variable: found `sik_usa`, for member usa and 5 more"),
        ("when: sig_{member} == out", "when: sig_{membr} == out", "24:15 unknown-family: found `{membr}`"),
        ("each: member\n", "each: membr\n", "21:11 unknown-family: found `membr`"),
        ("sum(sig_", "som(sig_", "16:12 for-each: found `som(... for each member)`"),
        ("signed for each member)\n", "signed for each membr)\n", "16:48 for-each: found `membr`"),
        ("all(choice(sign_{member}", "all(choice(sine_{member}",
         "39:49 unknown-option: found `sine_usa.wait`, for member usa and 5 more"),
        ("holds: all(choice(sign_{member}.wait) > 0.5 for each member)", "holds: choice(sign_{member}.wait) > 0.5",
         "39:38 family-alone: found nothing that is"),
        ("[usa, china,", "[usa, usa,", "4:17 member-twice"),
        ("  member: [", "  benefit: [usa]\n  member: [", "4:3 name-clash: found `benefit`"),
        ("  member: [", "  other: [usa]\n  member: [", "4:3 reserved-name: found `other`"),
        ("options: {sign: {set: {sig_{member}: signed}}, wait: {}}", "options: {sign}",
         "25:14 comma: found `sign`, for member usa and 5 more"),
    ],
)  # fmt: skip
def test_a_mistake_names_the_text_and_the_member(old: str, new: str, found: str):
    text = SHORT.replace(old, new)
    said = [f"{p.where.line}:{p.where.column} {p.code}: found {p.found}" for p in all_problems(text)]
    assert any(line.startswith(found) for line in said), said
    places = [line.split(": found")[0] for line in said]
    assert len(set(places)) == len(places), "each text is at fault once"


def test_a_mistake_for_one_member_names_it():
    text = SHORT.replace("  sig_{member}:", "  sig_eu: {values: [out, sealed]}\n  sig_{member}:")
    said = [f"{p.where.line} {p.found}" for p in all_problems(text) if p.severity == "error"]
    assert said == [
        "17 `signed`, for member eu",
        "26 `signed`, for member eu",
        "33 `signed`, for member eu",
    ]


def test_without_families_braces_are_what_they_were():
    text = re.sub(r"options: \{sign: .*", "options: {sign}", LONG, count=1)
    assert [p.code for p in all_problems(text) if p.severity == "error"] == ["comma"]


# --- exceptions, extending, writing -----------------------------------------------------------------------------------


def test_an_exception_is_laid_over():
    text = SHORT.replace("  sig_{member}:", "  sig_eu: {start: signed}\n  sig_{member}:")
    made = loads(text.replace("rides_{member}: {says", "rides_usa: null\n  rides_{member}: {says"))
    assert made.state["sig_eu"].start.text == "signed" and made.state["sig_eu"].values == ("out", "signed")
    assert made.state["sig_usa"].start.text == "out"
    assert list(made.claims) == [*(f"rides_{member}" for member in MEMBERS[1:]), "all_ride"]


def test_extending_changes_the_family_and_its_members(tmp_path: Path):
    (tmp_path / "base.yaml").write_text(SHORT, encoding="utf-8")
    (tmp_path / "more.yaml").write_text(
        """extends: base.yaml
families: {member: [usa, china, kenya], late: [kenya]}
state: {sig_china: {start: signed}}
claims: null
evidence: null
postures: null
period:
  - each: late
    move: sign_{late}
    by: late
    options: {wait: {}}
  - {each: member, move: "hum_{member}", by: member, options: {hum: {}}}
  - {each: late, remove: "hum_{late}"}
  - move: fair
    by: usa
    before: sign_china
    options: {skip: {}}
""",
        encoding="utf-8",
    )
    made = load(tmp_path / "more.yaml")
    assert list(made.actors) == ["usa", "china", "kenya"]
    assert [step.name for step in made.period] == [
        "sign_usa", "fair", "sign_china", "sign_kenya", "ratification", "hum_usa", "hum_china",
    ]  # fmt: skip
    assert list(made.period[3].options) == ["wait"]
    assert made.state["sig_china"].start.text == "signed"
    assert loads(dump(made)) == made


def test_families_and_amounts_go_together():
    gifts = "  - {each: member, move: give_{member}, by: member, amount: {gift_{member}: [0, 1, 0.5]}}\n"
    text = SHORT.replace("  - chance: ratification", f"{gifts}  - chance: ratification")
    made = loads(text.replace("p: 0.9", '"p": 0.3 + 0.1 * sum(gift_{member} for each member)'))
    assert {f"gift_{member}" for member in MEMBERS} < set(made.state)
    assert loads(dump(made)) == made and "gift_usa" not in dump(made)


def test_it_is_dumped_as_written():
    made = loads(SHORT)
    text = dump(made)
    assert "each: member" in text and "sign_usa" not in text and loads(text) == made and dump(loads(text)) == text
    changed = with_values(made, {"benefit": 4})
    assert loads(dump(changed)) == changed and "each: member" in dump(changed)
    state = {**made.state, "sig_eu": made.state["sig_eu"].model_copy(update={"says": "Of the Union."})}
    changed = made.model_copy(update={"state": state})
    assert loads(dump(changed)) == changed and "sig_eu:" in dump(changed) and "each: member" in dump(changed)


def test_it_is_built_in_python():
    data = data_of(compose(SHORT, None, []))
    data["actors"] = {"{member}": Actor(rationality=5, per="decision", discount=0.9)}
    made = Scenario.model_validate(data)
    assert made == loads(SHORT) and loads(dump(made)) == made
    data["period"][0]["each"] = "membr"
    with pytest.raises(ScenarioError, match="membr"):
        Scenario.model_validate(data)


def test_an_object_stands_for_itself():
    made = loads(LONG)
    step = made.period[0].model_copy(update={"each": ("member",)})
    changed = made.model_copy(update={"period": (step, *made.period[1:])})
    assert [problem.code for problem in check(changed) if problem.severity == "error"] == ["each-left"]


def test_it_keeps_its_layout():
    text = formatted(SHORT)
    assert formatted(text) == text and loads(text) == loads(SHORT)
    assert "  - each: member\n    move: sign_{member}\n" in text


def test_the_schema_knows_it():
    validator = Draft202012Validator(json_schema())
    data = data_of(compose(SHORT, None, []))
    assert [error.message for error in validator.iter_errors(data)] == []
    data["state"]["sig {member}"] = data["state"]["sig_{member}"]
    assert not validator.is_valid(data)


# --- editors ----------------------------------------------------------------------------------------------------------


def at(text: str, mark: str = "|") -> tuple[str, int, int]:
    before, after = text.split(mark)
    return before + after, before.count("\n") + 1, len(before) - before.rfind("\n")


def test_an_editor_completes_families_and_members():
    names = {entry.name for entry in complete(*at(SHORT.replace("each: member\n", "each: |\n", 1)))}
    assert names == {"member"}
    names = {entry.name for entry in complete(*at(SHORT.replace("when: sig_{member} ==", "when: sig_| ==")))}
    assert {"sig_{member}", "sig_usa", "sig_gulf"} <= names
    names = {entry.name for entry in complete(*at(SHORT.replace("move: sign_{member}, took", "move: sign_|, took")))}
    assert {"sign_{member}", "sign_usa"} <= names
    keys = {entry.name for entry in complete(*at(SHORT.replace("signers >= need\n", "signers >= need\n    |\n", 1)))}
    assert "each" in keys


def test_an_editor_explains_what_is_written_for_many():
    found = find(*at(SHORT.replace("when: sig_{member} ==", "when: sig|_{member} ==")))
    assert found is not None and found.entry.name == "sig_{member}" and "out, signed" in found.text
    found = find(*at(SHORT.replace("each: member", "each: mem|ber", 1)))
    assert found is not None and found.entry.kind == "family" and "usa" in found.text


# --- texts ------------------------------------------------------------------------------------------------------------

FAMILIES = {"m": ("a", "b", "c"), "n": ("x", "y"), "one": ("z",)}


@pytest.mark.parametrize(
    ("text", "bound", "made"),
    [
        ("s_{m} == 1", {"m": "a"}, "s_a == 1"),
        ("sum(s_{m} for each m)", {}, "(((s_a) + (s_b)) + (s_c))"),
        ("1 - sum(s_{m} * t for each m) / 2", {}, "1 - (((s_a * t) + (s_b * t)) + (s_c * t)) / 2"),
        ("count(s_{n} == 1 for each n)", {}, "((1 if s_x == 1 else 0) + (1 if s_y == 1 else 0))"),
        ("all(s_{n} > 0 for each n)", {}, "((s_x > 0) and (s_y > 0))"),
        ("any(s_{n} > 0 for each n)", {}, "((s_x > 0) or (s_y > 0))"),
        ("max(s_{m} for each m)", {}, "max(s_a, s_b, s_c)"),
        ("min(s_{one} for each one)", {}, "(s_z)"),
        ("sum(s_{other} for each other) + s_{m}", {"m": "b"}, "((s_a) + (s_c)) + s_b"),
        ("sum(sum(s_{m}_{n} for each n) for each m)", {},
         "(((((s_a_x) + (s_a_y))) + (((s_b_x) + (s_b_y)))) + (((s_c_x) + (s_c_y))))"),
        ("sum(s_{m} for each m) - sum(t_{n} for each n)", {}, "(((s_a) + (s_b)) + (s_c)) - ((t_x) + (t_y))"),
        ("max(1, min(s_{n} for each n))", {}, "max(1, min(s_x, s_y))"),
        ("2 * 1 of [{m}]", {}, "2 * 1 of [a, b, c]"),
        ("2 * t of [h, {other} , s_{m}]", {"m": "b"}, "2 * t of [h, a, c , s_b]"),
        ("t * f(p=[{n}], q=[{m}])", {"m": "b"}, "t * f(p=[x, y], q=[b])"),
    ],
)  # fmt: skip
def test_texts_are_written_out(text: str, bound: dict[str, str], made: str):
    found = spelled(text, bound, FAMILIES)
    assert found == made and isinstance(found, Spelled) and found.written == text
    for index, letter in enumerate(found):
        if letter in "t*/":
            assert text[found.back[index]] == letter


@pytest.mark.parametrize(
    ("text", "bound", "said"),
    [
        ("s for each m", {}, "brackets"),
        ("abs(s_{m} for each m)", {}, "one of sum"),
        ("sum(s for each k)", {}, "a family"),
        ("sum(s_{m} for each m)", {"m": "a"}, "another family"),
        ("sum(s for each other)", {}, "a family"),
        ("sum(s_{other} for each other)", {"one": "z"}, "two or more"),
        ("1 of [{other}]", {"one": "z"}, "two or more"),
    ],
)
def test_texts_that_cannot_be(text: str, bound: dict[str, str], said: str):
    with pytest.raises(TemplateError, match=said):
        spelled(text, bound, FAMILIES)


def test_all_members_are_listed_in_a_text():
    text = """title: An accord
clock: {periods: 1}
families: {m: [a, b, c]}
actors: {host: {lambda: 1, discount: 0.5}, {m}: {lambda: 1, discount: 0.5}}
state: {force: {values: [no, yes], start: no}}
period:
  - {offer: accord, by: host, to: [{m}], accepted_by: "2 of [{m}]", deals: {treaty: {force: yes}}}
payoffs: {host: force == yes, {m}: force == yes}
claims: {zone: {says: All are served., holds: "in_zone(treaty, between=[host, {m}])"}}
"""
    made, by_hand = loads(text), loads(text.replace("[{m}]", "[a, b, c]").replace("host, {m}]", "host, a, b, c]"))
    assert made == by_hand
    said = [str(problem) for problem in all_problems(text.replace('"2 of [{m}]"', '"2 of [{k}]"'))]
    assert any("[unknown-family]: expected a family, found `{k}`" in line for line in said)


def test_a_long_sum_stays_shallow():
    many = {"m": tuple(f"m{number}" for number in range(300))}
    assert parsed("sum(value({m}) for each m) > 0", many).tree


def test_a_question_from_outside():
    families = loads(SHORT).families
    assert parsed("all(value({member}) > 0 for each member)", families).text.count("(value(") == 6
    with pytest.raises(QuestionError, match="question:1:5"):
        parsed("1 + sam(value({member}) for each member)", families)
    with pytest.raises(QuestionError, match=r"question:1:9: .*expected a number"):
        parsed("sum(1 + * value({member}) for each member)", families)


def test_what_all_choose_at_the_same_time_can_stand_for_each():
    scenario = loads("""
title: Two rounds of chicken
clock: {periods: 1}
families: {road: [north, south]}
actors: {ann: {lambda: 1, discount: 0.5}, ben: {lambda: 1, discount: 0.5}}
state: {met: {values: ["no", "yes"], start: "no"}}
period:
  - together: "{road}_road"
    each: road
    moves: {ann: {go: {}, wait: {}}, ben: {go: {}, wait: {}}}
    set: {met: "yes"}
payoffs: {ann: -1 * (met == yes), ben: -1 * (met == yes)}
""")
    assert [step.name for step in scenario.period] == ["north_road", "south_road"]
