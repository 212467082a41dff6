"""The files of a run: what xarray and spreadsheets find in them is what the chunks hold."""

from __future__ import annotations

import csv
import dataclasses

import numpy as np
import pytest
import xarray as xr

from longgame.answers.ensemble import solve_draws
from longgame.inference.draws import DrawStatus
from longgame.run.executors import Threads
from longgame.run.plan import DETAIL, STATUSES
from longgame.run.results import write_results
from longgame.run.store import Memory
from longgame.run.study import silent
from longgame.run.table import write_csv
from longgame.run.weighing import Weighed
from tests.run.runs import everything, small_run


@pytest.fixture(scope="module")
def store():
    """Twelve draws in chunks of five, of which the fourth failed."""
    solver = small_run(draws=12, chunk=5)
    store = Memory(solver.plan)
    solve_draws(solver, store, Threads(2), silent)
    first = next(solver.plan.chunks())
    arrays = store.get(first)
    for name, empty in solver.plan.blank(1).items():
        if name not in ("theta", DETAIL):
            arrays[name][3] = empty[0]
    arrays["status"][3] = STATUSES.index(DrawStatus.FAILED)
    store.put(first, arrays | {DETAIL: np.array(["", "", "", "ValueError: why, oh", ""])})
    return store


@pytest.fixture(scope="module")
def tree(store, tmp_path_factory):
    path = tmp_path_factory.mktemp("results") / "results.nc"
    write_results(store, path)
    with xr.open_datatree(path, engine="h5netcdf") as tree:
        yield tree.load()


@pytest.fixture(scope="module")
def found(store):
    return everything(store)


def test_the_groups_are_those_of_arviz(tree):
    assert set(tree.children) == {
        "prior", "posterior", "sample_stats", "sample_stats_prior", "log_likelihood", "log_prior", "constant_data",
        "answers",
    }  # fmt: skip
    for name in set(tree.children) - {"constant_data"}:
        assert all(variable.dims[:2] == ("chain", "draw") for variable in tree[name].data_vars.values()), name
    assert tree.attrs["version_longgame"] and "seed 3" in tree.attrs["title"]


def test_every_draw_of_the_prior_is_there(tree, found):
    assert set(tree["prior"].data_vars) == {"prize", "prior_yes"}, "what is fixed is no variable"
    np.testing.assert_array_equal(tree["prior"]["prior_yes"][0], found["theta"][:, 1])
    np.testing.assert_array_equal(tree["sample_stats_prior"]["status"][0], found["status"])
    assert tree["sample_stats_prior"]["status"].attrs["flag_meanings"].split()[4] == "FAILED"
    np.testing.assert_array_equal(tree["sample_stats_prior"]["seen"][0], found["log_likelihood"])
    assert tree["sample_stats_prior"]["detail"].values[0, 3] == "ValueError: why, oh"
    assert float(tree["sample_stats_prior"]["weight"].sum()) == pytest.approx(1.0)
    assert tree["sample_stats_prior"]["weight"].values[0, 3] == 0.0


def test_the_answers_are_there_by_name(tree, found):
    answers = tree["answers"]
    np.testing.assert_array_equal(answers["margin"].sel(claim="rich")[0], found["margin"][:, 0])
    np.testing.assert_array_equal(answers["holds"].sel(claim="spoken")[0], [-1] * 12)
    np.testing.assert_array_equal(answers["belief"].sel(at="start", world="yes")[0], found["belief"][:, 1, 0])
    bold = answers["posture_value"].sel(posture="a.bold", world="yes")[0]
    np.testing.assert_array_equal(bold, found["posture_value"][:, 0, 0])
    assert answers["choice"].sel(actor="a", rule="maximin").values[0, 0] == 1


def test_the_posterior_is_drawn_by_weight(tree, store, found):
    taken = tree["sample_stats"]["prior_draw"].values[0]
    weight = Weighed.of(store).by_draw
    assert len(taken) == 11 and 3 not in taken
    for draw in range(12):  # systematic resampling takes each as often as its weight says, up or down
        assert np.floor(11 * weight[draw]) <= (taken == draw).sum() <= np.ceil(11 * weight[draw])
    np.testing.assert_array_equal(tree["posterior"]["prize"][0], found["theta"][taken, 0])
    np.testing.assert_array_equal(tree["log_likelihood"]["seen"][0, :, 0], found["log_likelihood"][taken, 0])
    np.testing.assert_array_equal(tree["sample_stats"]["residual"][0], found["residual"][taken])
    # both are uniform: on a range of 1, and on one of a half
    np.testing.assert_allclose(tree["log_prior"]["prize"][0], 0.0, atol=1e-12)
    np.testing.assert_allclose(tree["log_prior"]["prior_yes"][0], np.log(2.0))


def test_what_does_not_vary_is_constant(tree):
    constant = tree["constant_data"]
    assert constant["value"].sel(assumption="fixed") == constant["low"].sel(assumption="fixed") == 2.0
    assert float(constant["high"].sel(assumption="prize")) == 1.5


def test_a_run_without_any_answer_has_no_posterior(store, tmp_path):
    failed = Memory(dataclasses.replace(store.plan, draws=2))
    [chunk] = failed.missing()
    arrays = store.plan.blank(2)
    arrays["status"][:] = STATUSES.index(DrawStatus.INVALID)
    failed.put(chunk, arrays)
    write_results(failed, tmp_path / "results.nc")
    with xr.open_datatree(tmp_path / "results.nc", engine="h5netcdf") as tree:
        assert "posterior" not in tree.children and tree["prior"].sizes["draw"] == 2


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_table_has_a_row_for_each_draw(store, found, tmp_path):
    write_csv(store, tmp_path / "draws.csv")
    rows = rows_of(tmp_path / "draws.csv")
    assert [row["draw"] for row in rows] == [str(n) for n in range(12)]
    assert [float(row["assumption.prize"]) for row in rows] == found["theta"][:, 0].tolist(), "not one digit is lost"
    assert [row["claim.rich.holds"] for n, row in enumerate(rows) if n != 3] == [
        str(bool(holds)).lower() for n, holds in enumerate(found["holds"][:, 0]) if n != 3
    ]
    failed = rows[3]
    assert failed["status"] == "FAILED" and failed["detail"] == "ValueError: why, oh"
    assert failed["claim.rich.margin"] == failed["claim.rich.holds"] == failed["choice.a.maximin"] == ""
    assert rows[0]["choice.a.maximin"] == "safe" and rows[0]["status"] == "SOLVED" and rows[0]["detail"] == ""
    assert float(rows[0]["value.a.bold.no"]) == found["posture_value"][0, 0, 1]
    assert float(rows[0]["belief.start.yes"]) == found["belief"][0, 1, 0]


def test_parquet_holds_the_same_table(store, found, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    from longgame.run.parquet import write_parquet

    write_parquet(store, tmp_path / "draws.parquet")
    write_csv(store, tmp_path / "draws.csv")
    table = parquet.read_table(tmp_path / "draws.parquet")
    assert table.column_names == list(rows_of(tmp_path / "draws.csv")[0])
    assert table["assumption.prize"].to_pylist() == found["theta"][:, 0].tolist()
    assert (
        table["claim.rich.holds"].to_pylist()[3] is None and str(table.schema.field("claim.rich.holds").type) == "bool"
    )
