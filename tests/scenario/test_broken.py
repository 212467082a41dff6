"""Every way to get a scenario wrong: the exact place, code and message, and nothing else reported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from longgame.errors import Problem, ScenarioError
from longgame.scenario.load import load, loads
from tests.conftest import SOURCE

HERE = Path(__file__).parent
BASE = (HERE / "base.yaml").read_text(encoding="utf-8")
CASES = yaml.safe_load((HERE / "broken.yaml").read_text(encoding="utf-8"))


def line(problem: Problem) -> str:
    text = f"{problem.where.line}:{problem.where.column} {problem.code}: "
    text += f"expected {problem.expected}, found {problem.found}."
    return f"{text} {problem.fix}" if problem.fix else text


def problems_of(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        loads(text)
    return [line(problem) for problem in caught.value.problems]


def test_the_base_is_sound():
    scenario = loads(BASE)
    assert scenario.title == "A truce on offer"


def test_there_are_many():
    assert len(CASES) >= 60
    codes = {found.split()[1] for case in CASES.values() for found in case["found"]}
    assert len(codes) >= 60


@pytest.mark.parametrize("name", CASES)
def test_broken(name: str):
    text = BASE
    for old, new in CASES[name]["edit"]:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    assert problems_of(text) == CASES[name]["found"]


def test_messages_name_the_file(tmp_path: Path):
    file = tmp_path / "truce.yaml"
    file.write_text(BASE.replace("took: trim", "took: trm"), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    assert str(caught.value) == (
        f"{file}:101:48: error [unknown-option]: expected an option of `aid_decision`: keep, trim, cut, found `trm`. "
        "Did you mean `trim`?"
    )


NO_VALUE = "expected a value, found none. Write one; close every bracket, brace and quote."


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "1:1 empty: expected a scenario, found an empty file. `longgame new NAME` writes a template."),
        (b"# nothing\n", "1:1 empty: expected a scenario, found an empty file. `longgame new NAME` writes a template."),
        (b"- a\n- b\n", "1:1 not-a-block: expected keys with values, such as `title: A truce`, found a list."),
        (b"title", "1:1 not-a-block: expected keys with values, such as `title: A truce`, found a single value."),
        (b"title: caf\xe9\n", "1:11 not-utf8: expected a text in UTF-8, found the byte 0xE9. Save the file as UTF-8."),
        (b"a: 1\ntitle: \x07\n", "2:8 yaml: expected a text in UTF-8, found a character that YAML does not allow."),
        (b"title: " + b"[" * 10_000, "1:47 too-deep: expected at most 40 levels of nesting, found more."),
        (b"- " * 10_000, "1:81 too-deep: expected at most 40 levels of nesting, found more."),
        (b"title: " + b"x" * 1_000_001, "1:1 too-long: expected at most 1,000,000 characters, found 1,000,008."),
        (b"title: x\nactors: {a: [", f"2:14 yaml: {NO_VALUE}"),
        (b"title: x\nactors: {a: [\n\n", f"2:14 yaml: {NO_VALUE}"),
        (b"include: base.yaml\nclaims: {}\n",
         "1:1 unknown-key: expected a key of the language, found `include`. Write `extends: FILE`."),
        (b"? [a]\n: 1\n", "1:3 key: expected a word as a key, found a block or a list."),
    ],
)
def test_no_scenario_at_all(tmp_path: Path, data: bytes, found: str):
    file = tmp_path / "broken.yaml"
    file.write_bytes(data)
    with pytest.raises(ScenarioError) as caught:
        load(file)
    assert found in [line(problem) for problem in caught.value.problems]


def test_an_alias_bomb_is_no_bomb():
    text = "a: &a [x]\n" + "".join(
        f"{'abcdefghij'[i + 1]}: &{'abcdefghij'[i + 1]} [{', '.join(['*' + 'abcdefghij'[i]] * 9)}]\n" for i in range(9)
    )
    assert problems_of(text)[0].startswith("1:4 alias: expected a value, found the anchor `&a`.")


def test_a_file_that_is_not_there(tmp_path: Path):
    with pytest.raises(ScenarioError) as caught:
        load(tmp_path / "none.yaml")
    assert caught.value.problems[0].code == "no-such-file"
    with pytest.raises(ScenarioError) as caught:
        load("truce-on-ofer")
    assert caught.value.problems[0].fix == "Did you mean `truce-on-offer`?"
    for odd in (tmp_path, "a\0b.yaml", ""):
        with pytest.raises(ScenarioError):
            load(odd)


def test_evidence_that_cannot_be_read_leaves_no_echo_in_later_evidence():
    """What was answered is read from the offer before it; where that cannot be read, nobody is asked for it."""
    text = (HERE.parent / "cases" / "strike.yaml").read_text(encoding="utf-8")
    [problem] = problems_of(text.replace("move: employer_offer, took: drei", "move: employer_offer, took: not drei", 1))
    assert problem.startswith("87:63 bad-name") and problem.endswith("found `not drei`. A name has no spaces.")


KEY = re.compile(r"(?<![\w'\"])(?<!depends )([a-z_]+)(?=: )|(?<![\w'\"])([a-z_]+)(?=:$)", re.MULTILINE)


def test_a_slip_in_a_key_of_the_language_has_one_message():
    """Whichever key it is, at that key, and with the right one; those of names may have as many as they are used."""
    language = set(re.findall(r'^"?    ([a-z_]+)_?: ', (SOURCE / "scenario" / "model.py").read_text(), re.MULTILINE))
    language |= set(re.findall(r"^    ([a-z_]+): ", (SOURCE / "scenario" / "actions.py").read_text(), re.MULTILINE))
    slips = [match for match in KEY.finditer(BASE) if match[0] in language]
    assert len(slips) > 100
    for slip in slips:
        found = problems_of(f"{BASE[: slip.end()]}q{BASE[slip.end() :]}")
        line = BASE[: slip.start()].count("\n") + 1
        assert [problem for problem in found if not problem.startswith(f"{line}:")] == [], slip[0]
        assert len(found) == 1 and f"`{slip[0]}`" in found[0], (slip[0], line, found)
