"""The command ``estimate``, and the example of its how-to page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import longgame
from longgame.cli import main
from longgame.cli.runs import pool_of
from longgame.run.estimation import Estimation
from longgame.run.replicates import bootstrap, cross_validate

PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "estimate.md").read_text(encoding="utf-8")
CASES = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)[0]
GAME = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "dispute.yaml").write_text(GAME, encoding="utf-8")
    (tmp_path / "disputes.csv").write_text(CASES, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_shows_what_the_command_prints(files: Path, capsys: pytest.CaptureFixture[str]):
    (command,) = re.findall(r"<!-- longgame (.*?) -->", PAGE)
    (shown,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert main(command.split()) == 0
    assert capsys.readouterr().out.strip() == shown.strip()


def test_a_saturated_model_is_told_by_its_shares(files: Path):
    """Four coefficients for two cases of three outcomes: each outcome is expected as often as it was seen."""
    found = longgame.estimate("dispute.yaml", "disputes.csv", along={"ally": [0, 1]})
    assert [row.outcomes["war"].chance for row in found.predicted] == pytest.approx([19 / 75, 28 / 75], abs=1e-8)
    counts = np.array([[21, 35, 19], [33, 14, 28]])
    saturated = (counts * np.log(counts / 75)).sum()
    assert found.fit.log_likelihood == pytest.approx(saturated, abs=1e-8)
    assert found.fit.aic == pytest.approx(8 - 2 * saturated) and found.fit.bic == pytest.approx(
        4 * np.log(150) - 2 * saturated
    )
    blind = counts.sum(axis=0)
    assert found.fit.shares_log_likelihood == pytest.approx((blind * np.log(blind / 150)).sum())
    retreat = counts[:, 1] / counts[:, 1:].sum(axis=1)  # of a logit with one coefficient the error is known
    rows = {row.name: row for row in found.coefficients}
    assert rows["resistance.const"].value == pytest.approx(np.log(1 / retreat[0] - 1), abs=1e-6)
    assert rows["resistance.const"].error == pytest.approx(1 / np.sqrt(54 * retreat[0] * (1 - retreat[0])), rel=1e-4)


def test_nested_models_are_compared(files: Path, capsys: pytest.CaptureFixture[str]):
    smaller = 'extends: dispute.yaml\ntitle: "Without allies"\nestimate: {formulas: {resistance: const}}\n'
    (files / "smaller.yaml").write_text(smaller, encoding="utf-8")
    assert main(["estimate", "dispute.yaml", "--data", "disputes.csv", "--against", "smaller.yaml", "--json"]) == 0
    against = json.loads(capsys.readouterr().out)["against"]
    ratio = against["ratio"]
    whole = longgame.estimate("dispute.yaml", "disputes.csv").fit.log_likelihood
    assert ratio["degrees"] == 1 and ratio["statistic"] == pytest.approx(2 * (whole - against["log_likelihood"]))
    assert 0.0 < ratio["p"] < 0.01  # 13.7 on one degree of freedom
    assert against["vuong"]["z"] > against["vuong"]["corrected"] > 0.0


def test_tables_for_a_paper(files: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["estimate", "dispute.yaml", "--data", "disputes.csv", "--format", "csv"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head == "coefficient,estimate,error,z,p,low,high" and len(rows) == 4
    assert main(["estimate", "dispute.yaml", "--data", "disputes.csv", "--format", "latex"]) == 0
    printed = capsys.readouterr().out
    assert r"\textit{status\_quo} & & \\" in printed and r"~~ally & $1.304$ & (0.434) \\" in printed


def test_rows_of_a_cluster_count_together(files: Path):
    """Every row twice, in one cluster with itself: errors are as those of single rows, and not less by root two."""
    lines = CASES.splitlines()
    plain = [lines[0] + ",war_id"] + [f"{line},{n}" for n, line in enumerate(lines[1:])]
    (files / "once.csv").write_text("\n".join(plain), encoding="utf-8")
    (files / "twice.csv").write_text("\n".join([*plain, *plain[1:]]), encoding="utf-8")
    clustered = "extends: dispute.yaml\nestimate: {clusters: war_id}\n"
    (files / "clustered.yaml").write_text(clustered, encoding="utf-8")
    once, twice = (longgame.estimate("clustered.yaml", name) for name in ("once.csv", "twice.csv"))
    assert once.fit.errors == "clustered" and twice.cases.clusters == 6
    errors = [[row.error for row in found.coefficients] for found in (once, twice)]
    assert errors[0] == pytest.approx(errors[1], rel=1e-3)
    plain_errors = [row.error for row in longgame.estimate("dispute.yaml", "twice.csv").coefficients]
    assert plain_errors == pytest.approx(
        [row.error / np.sqrt(2.0) for row in longgame.estimate("dispute.yaml", "once.csv").coefficients if row.error],
        rel=1e-3,
    )


def test_the_bootstrap_comes_near_the_curvature_and_goes_on_where_it_stopped(files: Path):
    estimation = Estimation.of("dispute.yaml", "disputes.csv")
    fitted = estimation.fit(searches=1)
    path = files / "kept.jsonl"
    bootstrap(estimation, fitted, 10, path=path)
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept + '{"key": "half a li', encoding="utf-8")
    found = bootstrap(estimation, fitted, 40, path=path)
    assert path.read_text(encoding="utf-8").startswith(kept)
    assert len(path.read_text(encoding="utf-8").splitlines()) == 41 and len(found.betas) + found.failed == 40
    errors = np.sqrt(np.diag(found.covariance))
    assert errors[[2, 3]] == pytest.approx(fitted.standard_error[[2, 3]], rel=0.5)


def test_worker_processes_find_the_same_replicates(files: Path):
    estimation = Estimation.of("dispute.yaml", "disputes.csv")
    fitted = estimation.fit(searches=1)
    with pool_of(2, None) as pool:
        assert pool is not None
        drawn = bootstrap(estimation, fitted, 6, pool=pool, path=files / "kept.jsonl")
        parts = cross_validate(estimation, fitted, 3, pool=pool)
    alone = bootstrap(estimation, fitted, 6)
    np.testing.assert_allclose(drawn.betas, alone.betas, rtol=1e-6, atol=1e-8)
    assert len((files / "kept.jsonl").read_text(encoding="utf-8").splitlines()) == 6
    scores = [[fold.score for fold in some] for some in (parts, cross_validate(estimation, fitted, 3))]
    assert scores[0] == pytest.approx(scores[1], abs=1e-8)


def test_folds_tell_what_they_were_not_told(files: Path):
    estimation = Estimation.of("dispute.yaml", "disputes.csv")
    folds = cross_validate(estimation, estimation.fit(searches=1), 5)
    assert sum(fold.plays for fold in folds) == pytest.approx(150)
    told = sum(fold.plays * fold.score for fold in folds) / 150
    assert estimation.fit(searches=1).maximum.log_likelihood / 150 > told > -np.log(3)


def test_a_posterior_in_the_schema_of_arviz(files: Path):
    xarray = pytest.importorskip("xarray")
    text = "extends: dispute.yaml\nestimate: {prior: {normal: [0, 3]}}\n"
    (files / "prior.yaml").write_text(text, encoding="utf-8")
    found = longgame.estimate("prior.yaml", "disputes.csv", posterior=150, out=files)
    assert found.posterior is not None
    mean, value = found.posterior[3].mean, found.coefficients[3].value
    assert mean == pytest.approx(value, abs=0.25) and found.posterior[3].sd == pytest.approx(0.434, rel=0.3)
    tree = xarray.open_datatree(files / "posterior.nc", engine="h5netcdf")
    assert tree["posterior"]["resistance.ally"].shape == (1, 150)
    assert tree["log_likelihood"]["play"].shape == (1, 150, 6)
    with pytest.raises(longgame.ScenarioError, match="no-prior"):
        longgame.estimate("dispute.yaml", "disputes.csv", posterior=10)


MISTAKES = {
    "a column that is not there": ("const + ally", "const + aly", "[unknown-column]", "Did you mean `ally`?"),
    "a word that means nothing": ("0,quiet,21", "0,quit,21", "disputes.csv:2:2: error [unknown-word]", "`quiet`"),
    "a count below nothing": ("0,quiet,21", "0,quiet,-21", "disputes.csv:2:1: error [bad-count]", "-21"),
    "a row that is short": ("0,quiet,21", "0,quiet", "disputes.csv:2:1: error [ragged-row]", "3 cells"),
    "no assumption": ("    war: const", "    wra: const", "[unknown-name]", "Did you mean `war`?"),
    "no option": ("{escalation: stay}", "{escalation: sty}", "[unknown-option]", "Did you mean `stay`?"),
    "no step": ("{escalation: stay}", "{escalate: stay}", "[unknown-step]", "Did you mean `escalation`?"),
    "words for a number": ("const + ally", "const + outcome", "[words-as-numbers]", "`outcome == quiet`"),
    "a comparison without brackets": ("const + ally", "const + outcome == war", "[no-coefficient]", "brackets"),
    "a coefficient that is nowhere": (
        "  count: d", "  coefficients: {war.cost: {}}\n  count: d", "[unknown-coefficient]", "`war.const`"
    ),
    "a product without a coefficient": ("const + ally", "const + ally * ally", "[no-coefficient]", "b * ally * ally"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_have_a_place_and_a_remedy(mistake: str, files: Path, capsys: pytest.CaptureFixture[str]):
    old, new, place, remedy = MISTAKES[mistake]
    for name, text in (("dispute.yaml", GAME), ("disputes.csv", CASES)):
        (files / name).write_text(text.replace(old, new), encoding="utf-8")
    assert main(["estimate", "dispute.yaml", "--data", "disputes.csv"]) == 2
    said = capsys.readouterr().err
    assert place in said and remedy in said


CHOICE = """title: One choice
clock: {periods: 1}
actors: {a: {lambda: 1, discount: 0.5}}
assumptions: {prize: {value: 0.3, range: [-20, 20], source: judgement, because: A test.}}
state: {x: {values: [low, high], start: low}}
period:
  - move: choose
    by: a
    options: {go: {pay: {a: prize}}, stay: {}}
payoffs: {a: 0}
estimate:
  formulas: {prize: const + gdp}
  count: n
  evidence: [{column: seen, move: choose, took: {went: go, stayed: stay}}]
"""
ROWS = "gdp,seen,n\n0,went,3\n0,stayed,2\n1,went,5\n1,stayed,1\n"


@pytest.mark.parametrize(
    ("rows", "asked", "said"),
    [
        (ROWS.replace(",", ";"), [], "cases.csv:1:1: error [bad-separator]: expected columns parted by commas"),
        (ROWS.replace(",", "\t"), [], "found columns parted by tabs"),
        (ROWS + "abc,went,1\n", [], "found `gdp`, which has `abc` (cases.csv:6). Write a number there"),
        (ROWS + "inf,went,1\n", [], "found `gdp`, which has `inf` (cases.csv:6)"),
        (ROWS + "1_0,went,1\n", [], "found `gdp`, which has `1_0` (cases.csv:6)"),
        ("gdp,seen,n\n0,went,0\n1,stayed,0\n", [], "error [no-plays]: expected a play that counts, found none"),
        (ROWS, ["--errors", "clustered"], "error [no-clusters]: expected `clusters: COLUMN`"),
        (ROWS, ["--folds", "1"], "--folds: error [too-few]: expected two parts or more, or 0, found 1"),
        (ROWS, ["--bootstrap", "1"], "--bootstrap: error [too-few]: expected two sets of cases or more"),
    ],
)
def test_cases_that_tell_nothing_are_refused(
    rows: str, asked: list[str], said: str, tmp_path: Path, monkeypatch, capsys
):
    (tmp_path / "choice.yaml").write_text(CHOICE, encoding="utf-8")
    (tmp_path / "cases.csv").write_text(rows, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["estimate", "choice.yaml", "--data", "cases.csv", *asked]) == 2
    assert said in capsys.readouterr().err


def test_cases_are_read_from_files_only(tmp_path: Path, monkeypatch, capsys):
    (tmp_path / "choice.yaml").write_text(CHOICE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["estimate", "choice.yaml", "--data", "/dev/zero"]) == 2
    assert "found `/dev/zero` (not a regular file)" in capsys.readouterr().err
