"""Runs whose evidence leaves the weight on few draws: a coin that came up heads every time, whose posterior is known.

With h uniform on 0 to 1 and n heads the posterior of h is Beta(n + 1, 1), its mean (n + 1) / (n + 2), and the prior
gives the evidence the probability 1 / (n + 1). Of D draws, (2 n + 1) / (n + 1)^2 are left by the weights.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import shutil

import h5netcdf
import numpy as np
import pytest

import longgame
from longgame.answers.assess import assess, resume
from longgame.cli import main
from longgame.cli.output import Exit
from longgame.run import tempering
from longgame.run.processes import Processes
from longgame.run.solver import Solver
from longgame.scenario.load import loads

HEADS = 30
MADE = """
title: A coin, tossed thirty times
clock: {periods: 1}
actors:
  looker: {lambda: 1, discount: 0.9}
assumptions:
  loaded: {value: 0.5, range: [0, 1], source: judgement, because: A test.}
  idle: {value: 1, range: [0, 2], source: judgement, because: A test.}
state:
  seen: {values: [nothing, heads, other], start: nothing}
period:
  - chance: tosses
    outcomes:
      all_heads: {p: loaded ** 30, set: {seen: heads}}
      some_tails: {p: rest, set: {seen: other}}
  - move: nod
    by: looker
    options: {yes: {}, no: {pay: {looker: idle}}}
payoffs: {looker: 0}
evidence:
  - {on: 1, chance: tosses, happened: all_heads, source: a test}
claims:
  mostly: {says: It is heavily loaded., holds: loaded > 0.95}
  idle: {says: Nothing was learned of this., holds: idle > 1}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished run, as the command line writes it."""
    path = tmp_path_factory.mktemp("coin")
    (path / "coin.yaml").write_text(MADE, encoding="utf-8")
    assert main(["run", str(path / "coin.yaml"), "--draws", "256", "--out", str(path / "out")]) == Exit.DONE
    return path / "out"


def answers_of(folder):
    return json.loads((folder / "answers.json").read_text(encoding="utf-8"))


def test_the_posterior_is_the_known_one(folder):
    answers = answers_of(folder)
    posterior, claims = answers["ensemble"]["posterior"], {row["id"]: row for row in answers["claims"]}
    # the largest weights are smoothed, so that it is not quite what theirs would be
    assert posterior["effective_before"] == pytest.approx(256 * (2 * HEADS + 1) / (HEADS + 1) ** 2, abs=5)
    assert posterior["log_evidence"] == pytest.approx(-np.log(HEADS + 1), abs=0.2)
    assert claims["mostly"]["share"] == pytest.approx(0.05, abs=0.01)
    assert claims["mostly"]["share_weighted"] == pytest.approx(1 - 0.95 ** (HEADS + 1), abs=0.09)
    assert claims["idle"]["share_weighted"] == pytest.approx(0.5, abs=0.11)
    assert posterior["steps"] >= 2 and posterior["different"] == answers["ensemble"]["effective_sample_size"] > 128
    assert "tempered sequential Monte Carlo" in posterior["says"] and posterior["says"] in (
        folder / "report.html"
    ).read_text(encoding="utf-8")


def test_its_draws_are_in_the_results(folder):
    with h5netcdf.File(folder / "results.nc", "r") as file:
        heads = file["posterior"]["loaded"][0]
        holds = file["posterior_answers"]["holds"][0]
        seen = file["log_likelihood"]["seen"][0]
        assert len(file["prior"]["loaded"][0]) == 256 and "prior_draw" not in file["sample_stats"].variables
    assert heads.mean() == pytest.approx((HEADS + 1) / (HEADS + 2), abs=0.01)
    np.testing.assert_array_equal(holds[:, 0], heads > 0.95)
    np.testing.assert_allclose(seen.sum(axis=1), HEADS * np.log(heads))


def test_what_a_claim_rests_on_is_read_off_the_same_posterior(folder):
    claims = {row["id"]: row for row in answers_of(folder)["claims"]}
    found = longgame.rests_on(folder, "mostly")
    weighted = found.shares.weighted
    assert weighted.share == pytest.approx(claims["mostly"]["share_weighted"])
    assert weighted.low < weighted.share < weighted.high < weighted.low + 0.3
    assert "tempered sequential Monte Carlo" in found.ensemble.posterior.says


def test_an_interrupted_run_takes_the_same_way(folder, monkeypatch):
    before = answers_of(folder)
    chunks = sorted((folder / "posterior" / "chunks").iterdir())
    for lost in chunks[len(chunks) // 2 :]:
        lost.unlink()
    solved = []
    solve = Solver.solve
    monkeypatch.setattr(Solver, "solve", lambda self, chunk, *more: solved.append(chunk) or solve(self, chunk, *more))
    again = resume(folder).to_json()
    assert len(solved) == len(chunks) - len(chunks) // 2, "what was there is not solved again"
    assert all(chunk.cube for chunk in solved)
    for block in ("claims", "ensemble"):
        assert again[block] == before[block]
    assert sorted((folder / "posterior" / "chunks").iterdir()) == chunks


def test_points_that_changed_places_are_solved_again(folder):
    before = answers_of(folder)
    chunks = sorted((folder / "posterior" / "chunks").iterdir())
    one, other = (path.read_bytes() for path in chunks[:2])
    chunks[0].write_bytes(other)
    chunks[1].write_bytes(one)
    again = resume(folder).to_json()
    assert again["ensemble"] == before["ensemble"] and again["claims"] == before["claims"]
    assert with_points(chunks[0]) == with_points_of(one) and with_points(chunks[1]) == with_points_of(other)


def with_points(path):
    return with_points_of(path.read_bytes())


def with_points_of(content):
    """Of which points a chunk says that it is, and the points."""
    with np.load(io.BytesIO(content)) as kept:
        return str(kept["points"]), kept["theta"].tolist()


def test_a_new_run_forgets_the_old_way(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "out")
    kept = tmp_path / "out" / "posterior" / "chunks" / "mine.npz"
    kept.write_bytes(b"mine")
    found = assess(loads(MADE), draws=64, folder=tmp_path / "out", temper=False)
    assert found.ensemble.posterior is None and found.ensemble.warnings
    assert list((tmp_path / "out" / "posterior" / "chunks").iterdir()) == [kept], "what is not of this run stays"
    assert resume(tmp_path / "out").ensemble.posterior is None, "as it was asked for"


def test_without_need_there_is_none(monkeypatch):
    monkeypatch.setattr(tempering, "temper", None)  # it would fail
    weak = MADE.replace("range: [0, 1]", "range: [0.45, 0.55]")
    assert longgame.assess(loads(weak), draws=32).ensemble.posterior is None


def test_from_memory_and_by_processes_it_is_the_same(folder):
    found = assess(loads(MADE), draws=256, seed=0, executor=Processes(1))
    assert multiprocessing.active_children() == [], "they end with what they are needed for"
    assert found.ensemble.posterior is not None
    assert found.ensemble.posterior.says == answers_of(folder)["ensemble"]["posterior"]["says"]
