"""PRIM on known boxes, and against EMA Workbench on its own test data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from longgame.inference import prim
from longgame.inference.prim import find_boxes
from tests.inference.cube import cube

FLU = Path(__file__).with_name("data") / "prim_flu.npz"
NAMES = ("aid_effect", "reset_prize", "patience", "noise")


def draws(count: int = 1000, seed: int = 0) -> np.ndarray:
    """[D, 4] even draws: aid_effect in 0..0.2, reset_prize in 0..5, two that do not matter in 0..1."""
    return cube(count, 4, seed) * np.array([0.2, 5.0, 1.0, 1.0])


@pytest.mark.parametrize("alpha", [0.05, 0.1])
def test_peeling_is_that_of_ema_workbench(alpha):
    """prim_reference.py beside the data says where the numbers come from."""
    with np.load(FLU) as data:
        x, y = data["x"].astype(float), data["y"]
        path, limits, p_values = data[f"path_{alpha}"], data[f"limits_{alpha}"], data[f"p_{alpha}"]
    found = find_boxes(x, y, alpha=alpha, most=1).trajectories[0]
    assert [[box.draws, box.failures, len(box.restricted)] for box in found] == path.tolist()
    np.testing.assert_allclose(np.stack([found[-1].low, found[-1].high], axis=1), limits)
    np.testing.assert_allclose(found[-1].p_values, p_values, atol=1e-12)


def test_a_known_box():
    x = draws()
    failed = (x[:, 0] < 0.07) & (x[:, 1] > 3.1)
    found = find_boxes(x, failed)
    (box,) = found.boxes
    assert set(box.restricted) == {0, 1}
    assert box.high[0] == pytest.approx(0.07, abs=0.01) and box.low[1] == pytest.approx(3.1, abs=0.25)
    assert box.coverage > 0.9 and box.density > 0.9
    inside = box.contains(x)
    assert (box.draws, box.failures) == (inside.sum(), failed[inside].sum())
    assert box.coverage == box.failures / failed.sum() == found.coverage
    assert box.density == box.failures / box.draws and box.mass == box.draws / 1000


def test_the_sentence():
    low, high = np.array([-np.inf, 3.1, -np.inf, 0.25]), np.array([0.07, np.inf, np.inf, 0.5])
    p = np.full((4, 2), np.nan)
    p[0, 1], p[1, 0], p[3] = 1e-9, 1e-5, [0.01, 0.02]
    box = prim.Box(low, high, 90, 84, 0.84, 84 / 90, 0.09, 0.8, p)
    assert box.sentence(NAMES) == (
        "fails when aid_effect < 0.07 and reset_prize > 3.1 and 0.25 < noise < 0.5:"
        " 84% of the failures, 9% of the draws"
    )
    assert box.sentence(NAMES, "turns").startswith("turns when")


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.002, "0.2%"), (0.0096, "1%"), (0.084, "8%"), (0.998, "over 99%"), (1.0, "100%")],
)
def test_percentages_do_not_round_to_nothing_or_all(share, words):
    assert prim._percent(share) == words


def test_noise_does_not_hide_the_box():
    x = draws(2000)
    chance = np.where((x[:, 0] < 0.07) & (x[:, 1] > 3.1), 0.85, 0.05)
    box = find_boxes(x, np.random.default_rng(1).random(2000) < chance).boxes[0]
    assert set(box.restricted) == {0, 1}
    assert box.high[0] == pytest.approx(0.07, abs=0.015) and box.low[1] == pytest.approx(3.1, abs=0.4)
    assert box.density > 0.75


def test_two_boxes_are_found_one_after_the_other():
    x = draws(2000)
    first, second = (x[:, 2] > 0.5) & (x[:, 3] > 0.4), (x[:, 0] < 0.05) & (x[:, 1] < 1.5)
    found = find_boxes(x, first | second)
    assert len(found.boxes) == 2 and found.coverage > 0.9
    assert [set(box.restricted) for box in found.boxes] == [{2, 3}, {0, 1}]
    taken = found.boxes[0].contains(x)
    assert found.boxes[1].draws == (found.boxes[1].contains(x) & ~taken).sum()


def test_where_most_fail_the_box_is_not_everything():
    x = draws()
    (box,) = find_boxes(x, x[:, 1] > 1.0, most=1).boxes
    assert box.restricted == (1,) and box.low[1] == pytest.approx(1.0, abs=0.15)


def test_pure_chance_has_no_convincing_box():
    x = draws(500)
    found = find_boxes(x, np.random.default_rng(5).random(500) < 0.2)
    assert all(box.correlation < 0.25 for box in found.boxes)
    useless = find_boxes(np.zeros((40, 2)), np.arange(40) % 2)
    assert useless.boxes == () and useless.note.startswith("No box")


def test_nothing_to_find():
    x = draws(20)
    assert find_boxes(x, np.zeros(20)).note == "Fails in no draw."
    assert find_boxes(x, np.ones(20)).note == "Fails in every draw."
    assert find_boxes(x, np.full(20, np.nan)).note == "No draw has an answer."


def test_draws_without_an_answer_are_left_out():
    x = draws(300)
    failed = (x[:, 0] < 0.07).astype(float)
    failed[::7] = np.nan
    found = find_boxes(x, failed)
    same = find_boxes(np.delete(x, np.s_[::7], axis=0), np.delete(failed, np.s_[::7]))
    assert found.dropped == 43 and found.draws == 257
    assert found.boxes[0].sentence(NAMES) == same.boxes[0].sentence(NAMES)


def test_repeated_draws_stay_together():
    """Resampled draws come several times; a limit never runs through equal values."""
    x = np.repeat(draws(100), 5, axis=0)
    (box,) = find_boxes(x, x[:, 0] < 0.07, most=1).boxes
    assert box.restricted == (0,) and box.coverage == 1.0 and box.draws % 5 == box.failures % 5 == 0


def test_quasi_p_value_by_hand():
    x = np.arange(10.0)[:, None]
    y = np.array([1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
    box = prim._Among(x, y, 10, 4).box(np.array([-np.inf]), np.array([4.5]))
    assert (box.draws, box.failures) == (5, 4)
    assert box.p_values[0, 1] == pytest.approx(stats.binomtest(4, 5, 0.4, alternative="greater").pvalue)
    assert np.isnan(box.p_values[0, 0])
    assert box.correlation == pytest.approx(np.corrcoef(x[:, 0] <= 4.5, y)[0, 1])


def test_pasting_takes_back_what_peeling_cut_off():
    x = np.arange(100.0)[:, None]
    y = x[:, 0] < 30
    among = prim._Among(x, y, 100, 30)
    ragged = among.box(np.array([10.0]), np.array([34.0]))  # 20 of 25 fail; 10 more failures lie below
    assert prim.paste(among, ragged, 0.05).failures == 30
    dense = among.box(np.array([10.0]), np.array([20.0]))
    assert prim.paste(among, dense, 0.05) is dense  # nothing can be denser


def test_a_second_box_must_be_worth_its_sentence():
    """What is left beside the box fails at random, hardly more often in any corner than draws do at large."""
    x = draws(2000)
    failed = (x[:, 0] < 0.05) | (np.random.default_rng(2).random(2000) < 0.1)
    found = find_boxes(x, failed)
    assert found.boxes[0].restricted == (0,)
    base = failed.mean() / (1 - failed.mean())
    assert all(box.density >= 1.5 * base * (1 - box.density) for box in found.boxes)
    assert len(found.boxes) == 1


def test_without_assumptions_there_is_no_box():
    """So it is where a claim turns in some draws and no assumption is named for it."""
    found = find_boxes(np.empty((8, 0)), np.arange(8) % 2)
    assert (found.boxes, found.draws, found.failures) == ((), 8, 4)
    assert found.note
