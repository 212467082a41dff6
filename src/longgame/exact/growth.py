"""What a tree that is being written out is kept in while it grows."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np


class Front(NamedTuple):
    """Nodes that wait before a step: node, state, world, public history [M]; what each actor remembers [M, N]."""

    node: np.ndarray
    state: np.ndarray
    world: np.ndarray
    history: np.ndarray
    memory: np.ndarray

    def take(self, rows: np.ndarray) -> Front:
        """Some of the nodes, by their numbers or by a mask."""
        return Front(*(part[rows] for part in self))


@dataclass
class Columns:
    """Arrays that grow by pieces."""

    pieces: dict[str, list[np.ndarray]] = field(default_factory=lambda: defaultdict(list))
    length: int = 0

    def add(self, count: int, **columns: np.ndarray | int | float) -> np.ndarray:
        """Append ``count`` rows; returns their numbers."""
        for name, column in columns.items():
            self.pieces[name].append(np.broadcast_to(np.asarray(column), (count, *np.shape(column)[1:])))
        self.length += count
        return np.arange(self.length - count, self.length)

    def __getitem__(self, name: str) -> np.ndarray:
        return np.concatenate(self.pieces[name])
