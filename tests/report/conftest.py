"""A page in a browser."""

from __future__ import annotations

import pytest

from longgame.report import render
from tests.sample_answers import sample


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    """The address of the page of the sample answers."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(sample()), encoding="utf-8")
    return path.as_uri()
