"""A line that is no YAML hides no other mistake, and makes none up."""

from __future__ import annotations

import pytest

from longgame.scenario import library
from longgame.scenario.load import all_problems

TRUCE = library.read("truce-on-offer")
WRONG = TRUCE.replace("took: cut", "took: cutt").replace("per: stake", "per: steak", 1)
WRONG = WRONG.replace("aid == full)", "aid == ful)", 1)
OTHERS = ["unknown-value", "unknown-word", "unknown-option"]
SPOILT = [
    ("says: A pause of strikes", "says: One: a pause of strikes"),
    ("    by: patron\n    to:", "    by: patron: x\n    to:"),
    ("        p: rest\n", "        p: rest: y\n"),
]


@pytest.mark.parametrize(("old", "new"), SPOILT)
def test_the_other_mistakes_are_told_beside_it(old, new):
    assert sorted(p.code for p in all_problems(WRONG.replace(old, new, 1))) == sorted([*OTHERS, "yaml"])
    assert [p.code for p in all_problems(TRUCE.replace(old, new, 1))] == ["yaml"]


def test_where_more_hangs_on_the_line_it_alone_is_told():
    for old, new in (("  aim:\n", "  aim: x: y\n"), ("period:\n", "period: x: y\n"), ("keep: {}", "keep: {")):
        assert len({p.code for p in all_problems(WRONG.replace(old, new, 1))}) == 1
