"""NegMAS as the judge: Pareto frontiers and the points at which bargaining would end, on small domains drawn anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longgame.answers.domains import outcomes_of
from tests.negmas.compare import RULES, differences, is_among, point
from tests.negmas.small_domains import COUNT, written

HERE = Path(__file__).parent
DOCS = HERE.parents[1] / "docs" / "known-answers.md"
PUBLIC = json.loads((HERE / "public.json").read_text(encoding="utf-8"))["domains"]
SMALL = json.loads((HERE / "small.json").read_text(encoding="utf-8"))["domains"]


@pytest.mark.parametrize("seed", range(COUNT))
def test_small_domains(tmp_path, seed):
    home = written(tmp_path, seed)
    reference = SMALL[home.name]
    row = outcomes_of(home)
    assert differences(reference, row) == []
    if "nash" in reference and reference["spread"] < 1e-9:  # then both definitions of Kalai and Smorodinsky are one
        assert is_among(point(row, "kalai_smorodinsky"), reference["least_spread"])


def test_the_small_domains_can_tell():
    """Most have several parties, points that are not all one, and a frontier of some size."""
    judged = [one for one in SMALL.values() if "nash" in one]
    assert len(judged) >= 20 and sum(len(one["parties"]) > 2 for one in judged) >= 8
    assert sum(len({str(one[rule]) for rule in RULES}) > 1 for one in judged) >= 8
    assert sum(len(one["frontier"]) > 5 for one in judged) >= 8


def test_the_docs_say_what_was_found_on_public_domains():
    text = " ".join(DOCS.read_text(encoding="utf-8").split())
    rows = list(PUBLIC.values())
    alike = sum("least_spread" in row["also"] for row in rows)
    assert f"{len(rows)} of its public domains" in text
    assert f"{sum(not row['differs'] for row in rows)} agree in all of these" in text
    assert f"in {alike} of the {len(rows)} domains the two definitions choose the same outcome" in text
    assert all("least_spread" in row["also"] for row in rows if row["spread"] < 1e-9 and not row["differs"])
