"""What EMA Workbench 2.5.3 (https://github.com/quaquel/EMAworkbench, BSD-3-Clause) finds on its own test data.

    python -m venv /tmp/ema && /tmp/ema/bin/pip install ema_workbench==2.5.3
    /tmp/ema/bin/python tests/inference/data/prim_reference.py

writes prim_flu.npz beside this file: the 1,000 runs of a model of pandemic influenza by Pruyt and Hamarat that the
workbench ships and tests its PRIM on (rounded to 32 bits), whether more than a million people died in each, and the
trajectory of boxes that its PRIM peels for two values of alpha: the draws inside, the failures among them, the number
of assumptions restricted, and the limits and quasi-p-values of the last box peeled.
"""

from pathlib import Path

import ema_workbench
import numpy as np
from ema_workbench.analysis import prim
from ema_workbench.util.utilities import load_results

SHIPPED = Path(ema_workbench.__file__).parent / "examples" / "data" / "1000 flu cases no policy.tar.gz"
DIED = "deceased_population_region_1"


def reference(x, y, alpha):
    search = prim.Prim(x, y, threshold=0.8, peel_alpha=alpha)
    search._paste = lambda box: box  # peeling alone: its pasting is not Friedman and Fisher's
    box = search.find_box()
    path = box.peeling_trajectory
    limits = box.box_lims[-1]
    free = search.box_init
    low = np.where(limits.loc[0] == free.loc[0], -np.inf, limits.loc[0]).astype(float)
    high = np.where(limits.loc[1] == free.loc[1], np.inf, limits.loc[1]).astype(float)
    p = np.full((x.shape[1], 2), np.nan)
    for name, values in box.qp[-1].items():
        p[list(x.columns).index(name)] = [np.nan if value == -1 else value for value in values]
    return np.stack([path["n"], path["k"], path["res_dim"]], axis=1).astype(int), np.stack([low, high], axis=1), p


def main():
    experiments, outcomes = load_results(str(SHIPPED))
    numbers = experiments.select_dtypes(float).astype(np.float32)
    y = (outcomes[DIED][:, -1] > 1_000_000).astype(int)
    kept = {"x": numbers.to_numpy(), "y": y.astype(bool)}
    for alpha in (0.05, 0.1):
        kept[f"path_{alpha}"], kept[f"limits_{alpha}"], kept[f"p_{alpha}"] = reference(numbers.astype(float), y, alpha)
    np.savez_compressed(Path(__file__).with_name("prim_flu.npz"), **kept)


if __name__ == "__main__":
    main()
