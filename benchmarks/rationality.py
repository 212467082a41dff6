"""Which unit of rationality carries over from one game to another? Laboratory games decide.

One number, the rationality r, is fitted on some laboratory games and scored on others: every player i of a game chooses
by a logit equilibrium with lambda_i = r / unit_i, and what is asked is which unit lets the same r predict games that it
was not fitted on. Units, all in payoffs of player i:

    payoffs   1: a raw lambda
    stake     the spread between i's best and worst end
    expected  root mean square, over i's moves, of the spread between the best and the worst option of what i expects,
              everybody else choosing at random
    decision  the same of what i gets *given what the others do* (at the same time or next), they choosing at random

Games: matching pennies (Ochs 1995, Selten and Chmura 2008, Goeree and Holt 2001), one-shot matrix games of nine papers,
two centipedes (McKelvey and Palfrey 1992). A game counts by its mean log-likelihood an observed choice, whatever the
number of its subjects; families of games count alike.

    python benchmarks/rationality.py FOLDER      # the folder with the tables of laboratory games
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from longgame.exact.extensive import ExtensiveGame, Listed
from longgame.exact.histories import solve_extensive

UNITS = ("payoffs", "stake", "expected", "decision")
RATES = np.geomspace(0.05, 100.0, 40)
LEAST = 1e-3  # of the stake: a unit of nothing would make every choice perfect
FAMILIES = {"ochs-1995-block": "pennies", "selten-chmura-2008-last100": "pennies", "goeree-holt-2001": "pennies"}
BOOTSTRAP = 2000


@dataclass(frozen=True)
class LabGame:
    """A laboratory game: ``units`` [N] by name of a unit, and how often each action was taken (None: not recorded).

    taken   by information set, counts [A]
    """

    family: str
    paper: str
    game: ExtensiveGame
    units: dict[str, np.ndarray]
    taken: tuple[np.ndarray | None, ...]

    def log_likelihood(self, lam: np.ndarray) -> float:
        """The mean of the log probability of an observed choice, for lambda [N] of the players."""
        solution = solve_extensive(self.game, lam[self.game.owner])
        counted = [(count, solution.choice(h)) for h, count in enumerate(self.taken) if count is not None]
        total = sum(count.sum() for count, _ in counted)
        return float(sum(count @ np.log(np.maximum(chance, 1e-300)) for count, chance in counted) / total)

    def curve(self, unit: str) -> np.ndarray:
        """[R] the log-likelihood at all rates."""
        scale = np.ones(2) if unit == "payoffs" else np.maximum(self.units[unit], LEAST * self.units["stake"])
        rates = RATES / 10 if unit == "payoffs" else RATES  # payoffs of tens of cents or points
        return np.array([self.log_likelihood(rate / scale) for rate in rates])


def matrix_game(family: str, paper: str, row: np.ndarray, column: np.ndarray, taken: tuple) -> LabGame:
    """A game of two who choose at the same time; payoffs [m, n] of the row and of the column player."""
    m, n = row.shape
    pays = np.stack([row, column], axis=-1).reshape(-1, 2)
    game = Listed(
        title=paper,
        players=("row", "column"),
        parent=[-1, *[0] * m, *np.repeat(np.arange(1, m + 1), n)],
        move=[-1, *range(m), *np.tile(np.arange(n), m)],
        infoset=[0, *[1] * m, *[-1] * (m * n)],
        pay=np.concatenate([np.zeros((1 + m, 2)), pays]),
        chance=np.ones(1 + m + m * n),
        owner=[0, 1],
        actions=[[f"r{a}" for a in range(m)], [f"c{a}" for a in range(n)]],
        labels=["row", "column"],
    ).arranged()
    given = np.ptp(row, axis=0), np.ptp(column, axis=1)  # by what the other does
    units = {
        "stake": np.array([np.ptp(row), np.ptp(column)]),
        "expected": np.array([np.ptp(row.mean(axis=1)), np.ptp(column.mean(axis=0))]),
        "decision": np.array([np.sqrt(np.mean(spread**2)) for spread in given]),
    }
    return LabGame(family, paper, game, units, taken)


def centipede(name: str, pays: np.ndarray, mover: np.ndarray, shares: np.ndarray) -> LabGame:
    """A centipede: at node k ``mover`` [K] takes, which pays ``pays`` [k], or passes; ``shares`` [K + 1] end there."""
    K = len(mover)
    parent, move, infoset, pay = [-1], [-1], [0], [np.zeros(2)]
    here = 0
    for k in range(K):
        last = k + 1 == K
        parent += [here, here]
        move += [0, 1]
        infoset += [-1, -1 if last else k + 1]
        pay += [pays[k], pays[K] if last else np.zeros(2)]
        here = len(parent) - 1
    game = Listed(
        title=name,
        players=("first", "second"),
        parent=parent,
        move=move,
        infoset=infoset,
        pay=np.array(pay),
        chance=np.ones(len(parent)),
        owner=mover,
        actions=[["take", "pass"]] * K,
        labels=[str(k) for k in range(K)],
    ).arranged()
    left = shares[::-1].cumsum()[::-1]  # [K + 1] who came so far
    taken = tuple(np.array([shares[k], left[k + 1]]) for k in range(K))
    return LabGame("centipede", name, game, _units_of(pays, mover), taken)


def _units_of(pays: np.ndarray, mover: np.ndarray) -> dict[str, np.ndarray]:
    """The units of a centipede, everybody taking with one half."""
    K = len(mover)
    ahead = [pays[K]]  # what is to be expected after passing at node k, from the last on
    for k in reversed(range(1, K)):
        ahead.append((pays[k] + ahead[-1]) / 2)
    ahead = ahead[::-1]
    expected, decision, weight = np.zeros(2), np.zeros(2), np.zeros(2)
    for k, i in enumerate(mover):
        next_move = [pays[k + 1][i]] + ([ahead[k + 1][i]] if k + 1 < K else [])  # the other takes, or passes
        expected[i] += 0.5**k * (pays[k][i] - ahead[k][i]) ** 2
        decision[i] += 0.5**k * np.mean([(pays[k][i] - then) ** 2 for then in next_move])
        weight[i] += 0.5**k
    return {
        "stake": np.ptp(pays, axis=0),
        "expected": np.sqrt(expected / weight),
        "decision": np.sqrt(decision / weight),
    }


def games(folder: Path) -> Iterator[LabGame]:
    """The laboratory games of a folder of tables."""
    for r in _table(folder / "matching_pennies_2x2.csv"):
        row, column = (
            np.array([[float(r[f"{who}_{cell}"]) for cell in line] for line in (("UL", "UR"), ("DL", "DR"))])
            for who in ("row", "col")
        )
        n_row, up, n_col, left = (float(r[key]) for key in ("n_row", "up", "n_col", "left"))
        taken = np.array([up, n_row - up]), np.array([left, n_col - left])
        yield matrix_game("pennies", r["family"], row, column, taken)
    for r in _table(folder / "one_shot_matrix_games.csv"):
        if r["paper"] == "goereeholt2001":
            continue  # its matching pennies stand in the other table
        row = _matrix(r["matrixrow"])
        column = _matrix(r["matrixcol"]) if r["matrixcol"] else row.T
        taken = _counts(r["choicerow"], r["subjects"]), _counts(r["choicecol"], r["subjects"])
        if all(count is None or len(count) == size for count, size in zip(taken, row.shape, strict=True)):
            yield matrix_game("one-shot", r["paper"], row, column, taken)  # four rows do not fit their matrix
    rows: dict[str, list[dict[str, str]]] = {}
    for r in _table(folder / "centipede.csv"):
        rows.setdefault(r["game"], []).append(r)
    for name, nodes in rows.items():
        pays = np.array([[float(r["pay1"]), float(r["pay2"])] for r in nodes])
        shares = 281 * np.array([float(r["share_of_281_games"]) for r in nodes])
        yield centipede(name, pays, np.array([int(r["mover"]) - 1 for r in nodes[:-1]]), shares)


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _matrix(text: str) -> np.ndarray:
    return np.array([[float(x) for x in row.split()] for row in text.split(";")])


def _counts(text: str, subjects: str) -> np.ndarray | None:
    """Counts of choices, given as 'count of-how-many' or as shares of the subjects."""
    if not text:
        return None
    given = _matrix(text)
    return given[:, 0] * (1.0 if given.shape[1] == 2 else float(subjects or 1))


def report(found: list[LabGame]) -> str:
    """How each unit does on families that its rationality was not fitted on, as a table."""
    family = np.array([game.family for game in found])
    names = list(dict.fromkeys(family.tolist()))
    curves = {unit: np.stack([game.curve(unit) for game in found]) for unit in UNITS}
    rng = np.random.default_rng(1)
    lines = ["| unit | " + " | ".join(f"{name}: fitted elsewhere (here)" for name in names) + " | all | r |"]
    lines.append("| --- " * (len(names) + 3) + "|")
    for unit, curve in curves.items():
        mean = {name: curve[family == name].mean(axis=0) for name in names}
        cells = []
        for name in names:
            elsewhere = np.mean([mean[other] for other in names if other != name], axis=0).argmax()
            cells.append(f"{mean[name][elsewhere]:.3f} ({mean[name].max():.3f})")
        every = np.mean(list(mean.values()), axis=0)
        rate = RATES[every.argmax()] / (10 if unit == "payoffs" else 1)
        lines.append(f"| {unit} | {' | '.join(cells)} | {every.max():.3f} | {rate:.2f} |")
    lines.append("")
    lines += [_better(unit, curves, family, names, rng) for unit in UNITS if unit != "decision"]
    return "\n".join(lines)


def _better(
    unit: str, curves: dict[str, np.ndarray], family: np.ndarray, names: list[str], rng: np.random.Generator
) -> str:
    """By how much `decision` beats another unit out of its family, over games drawn again."""
    gains = []
    for _ in range(BOOTSTRAP):
        draw = np.concatenate([rng.choice(at, len(at)) for at in (np.flatnonzero(family == name) for name in names)])
        here = family[draw]
        score = {}
        for each in (unit, "decision"):
            mean = {name: curves[each][draw[here == name]].mean(axis=0) for name in names}
            score[each] = np.mean(
                [mean[n][np.mean([mean[o] for o in names if o != n], axis=0).argmax()] for n in names]
            )
        gains.append(score["decision"] - score[unit])
    low, middle, high = np.quantile(gains, [0.05, 0.5, 0.95])
    return f"decision less {unit}: {middle:+.3f} a choice (90 % of resamplings of games: {low:+.3f} to {high:+.3f})"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    print(report(list(games(parser.parse_args().folder))))


if __name__ == "__main__":
    main()
