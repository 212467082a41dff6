"""A game written out as an extensive game: every public history, in every world.

A node is a public history together with what only some know: the world, and whatever was done in secret. The mover's
information sets are pairs of a public history and its own cell; with ``remember``, of a public history and all that
the mover has privately known and done, as Gambit and its kind require (perfect recall). The two have the same logit
equilibrium unless a hidden variable changes and hidden variables of different actors are correlated.

Payoffs stand on the nodes, discounted to the start. As the mover's values at period t are thereby multiplied by d^t,
its precision there is divided by d^t, and the choice is that of the game.

Steps at which only one option is open, and chance with one outcome, add no node.

Letters as in ``game``: S states, W worlds, N actors, A options, L successors; V nodes, H information sets; M nodes that
are being extended.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from longgame.errors import Place, Problem, ScenarioError
from longgame.exact.extensive import CHANCE, TERMINAL, Listed, breadth_first
from longgame.exact.growth import Columns, Front
from longgame.exact.paths import as_arrays, count_nodes, merged, too_large
from longgame.exact.public import Labels, PublicHistories, Unrolled
from longgame.game.game import Game, GameTables, Side, StepTables

MOST_NODES = 1_000_000


def unroll(
    game: Game,
    tables: Callable[[int], GameTables],
    *,
    periods: int | None = None,
    remember: bool = False,
    most: int = MOST_NODES,
) -> Unrolled:
    """Write a game out.

    Args:
        game: any compiled game.
        tables: its numbers by period (``Solution.tables``, or ``game.tables`` at some assumptions).
        periods: how many periods to write out; after them the end values are paid.
        remember: information sets with perfect recall.
        most: how many nodes are too many.

    Raises:
        ScenarioError: the game has no end.
        TooLargeError: more nodes than ``most``; says how many, and how many periods would fit.
    """
    if game.forever:
        fix = "Its play is the same in every period: `longgame play --strategy STEP` shows it. With a number of "
        fix += "`periods` the first ones are a game of their own."
        found = "`periods: forever`, whose histories have no end"
        raise ScenarioError([Problem("no-end", Place(path="clock.periods"), "a game that ends", found, fix)])
    if periods is not None and periods != game.periods:
        game = replace(game, periods=periods)
    sizes = count_nodes(game, tables)
    if sizes[-1] > most:
        raise too_large(sizes, most)
    return _Grower(game, tables, remember).grow()


class _Grower:
    """Extends the tree step by step; all nodes before a step at once."""

    def __init__(self, game: Game, tables: Callable[[int], GameTables], remember: bool):
        self.game, self.tables, self.remember = game, tables, remember
        self.N, self.W, self.K = len(game.actors), len(game.worlds), len(game.steps)
        self.nodes, self.sets, self.seen = Columns(), Columns(), Columns()
        self.infoset: list[tuple[np.ndarray, np.ndarray]] = []  # (nodes, information sets)
        self.earned: list[tuple[np.ndarray, np.ndarray]] = []  # (nodes, [M, N] payoffs)
        self.turned: list[tuple[np.ndarray, np.ndarray]] = []  # (nodes, worlds) that changed without a lot
        self.actions: list[tuple[str, ...]] = []
        self.memories = 0
        self.waiting: dict[tuple[int, int], list[Front]] = defaultdict(list)
        self.discount = np.asarray(tables(0).discount)  # the first period is a first step long

    def grow(self) -> Unrolled:
        self.plant()
        for t in range(self.game.periods):
            now = self.tables(t)
            scale = self.discount ** self.game.elapsed(t)
            self.settle(t, 0, np.asarray(now.end_value) * scale[:, None], self.game.ended)
            for k, step in enumerate(self.game.steps):
                front = self.arrived(t, k)
                if front is not None:
                    numbers = as_arrays(now.steps[k])
                    resting = ~numbers.active[front.state]
                    self.send(front.take(resting), t, k + 1)
                    extend = self.chance if step.mover == CHANCE else self.move
                    extend(front.take(~resting), t, k, numbers, np.asarray(now.precision), scale)
            self.close(t, np.asarray(now.flow) * scale[:, None])
        last = self.tables(self.game.periods - 1)
        end_value = np.asarray(last.end_value) * (self.discount ** self.game.elapsed(self.game.periods))[:, None]
        self.settle(self.game.periods, 0, end_value, np.ones(len(self.game.states), dtype=bool))
        return self.harvest()

    # --- traffic -----------------------------------------------------------------------------------------------------

    def send(self, front: Front, t: int, k: int) -> None:
        if len(front.node):
            self.waiting[t, k].append(front)

    def arrived(self, t: int, k: int) -> Front | None:
        fronts = self.waiting.pop((t, k), [])
        return Front(*(np.concatenate(parts) for parts in zip(*fronts, strict=True))) if fronts else None

    def earn(self, nodes: np.ndarray, pay: np.ndarray) -> None:
        self.earned.append((nodes, pay))

    def close(self, t: int, flow: np.ndarray) -> None:
        """The end of a period: everybody earns the flow [S, N, W]."""
        front = self.arrived(t, self.K)
        if front is not None:
            self.earn(front.node, flow[front.state, :, front.world])
            self.send(front, t + 1, 0)

    def settle(self, t: int, k: int, value: np.ndarray, over: np.ndarray) -> None:
        """Where the game is ``over`` [S], the play ends and everybody earns ``value`` [S, N, W]."""
        front = self.arrived(t, k)
        if front is not None:
            ends = over[front.state]
            done = front.take(ends)
            self.earn(done.node, value[done.state, :, done.world])
            self.send(front.take(~ends), t, k)

    # --- steps -------------------------------------------------------------------------------------------------------

    def plant(self) -> None:
        """The root, and the lottery over worlds and first states."""
        first = self.tables(0)
        prior, index, weight = (np.asarray(x) for x in (first.prior, first.start_index, first.start_weight))
        weight = merged(weight[None], index[None])[0]
        root = self.new_nodes(np.array([-1]), np.array([-1]), 1.0, np.array([0]))
        empty = self.seen.add(len(index), parent=-1, period=-1, step=-1, signal=-1, state=index)
        odds = prior[:, None] * weight[None]
        worlds, starts = np.nonzero(odds > 0)
        memory = np.zeros((len(worlds), self.N), dtype=np.int64)
        front = Front(np.repeat(root, len(worlds)), index[starts], worlds, empty[starts], memory)
        if len(worlds) > 1:
            several = len(np.unique(starts)) > 1
            labels = [
                self.game.worlds[w] + (f" at {self.game.states.label(int(index[i]))}" if several else "")
                for w, i in zip(worlds.tolist(), starts.tolist(), strict=True)
            ]
            front = front._replace(node=self.lot(root, np.array([len(worlds)]), odds[worlds, starts], worlds, [labels]))
        elif len(worlds):
            self.nodes.pieces["world"][0] = worlds
        front = front._replace(memory=self.learn(front.memory, self.game.cells[:, worlds].T))
        self.send(front, 0, 0)

    def move(self, front: Front, t: int, k: int, step: StepTables, precision: np.ndarray, scale: np.ndarray) -> None:
        """A move; of several at the same time, theirs one after the other, none of whom sees what was chosen before.

        What is open may differ from side to side, but not with what the others choose.
        """
        what = self.game.steps[k]
        sides = what.sides or (Side(what.mover, what.options, tuple(range(len(what.options)))),)
        open_ = step.allowed[front.state]  # [M, A] the options, or profiles, that can still come of it
        for side in sides:
            taken = np.equal.outer(np.array(side.taken), np.arange(len(side.options)))  # [A, own options]
            front, open_ = self.choose(front, t, k, side, open_, taken, precision[side.mover], scale)
        option = np.argmax(open_, axis=1)
        if step.pay is not None:
            self.earn(front.node, step.pay[front.state, option, :, front.world] * scale)
        self.effect(front, option, t, k, step)

    def choose(
        self, front: Front, t: int, k: int, side: Side, open_: np.ndarray, taken: np.ndarray,
        precision: np.ndarray, scale: np.ndarray,
    ) -> tuple[Front, np.ndarray]:  # fmt: skip
        """One mover's choice: the nodes after it, and the options [M, A] that are left there."""
        own = np.any(open_[:, :, None] & taken, axis=1)
        choosing = own.sum(axis=1) > 1
        asked = front.take(choosing)
        if len(asked.node):
            self.ask(asked, t, k, side, own[choosing], precision, scale)
        rows, chosen = np.nonzero(own)
        after = front.take(rows)
        ranks = (np.cumsum(own, axis=1) - 1)[rows, chosen]
        new = choosing[rows]
        nodes = after.node.copy()
        nodes[new] = self.new_nodes(after.node[new], ranks[new], 1.0, after.world[new])
        if self.remember:
            after.memory[new, side.mover] = self.fresh(after.memory[new, side.mover], chosen[new])
        return after._replace(node=nodes), open_[rows] & taken.T[chosen]

    def ask(
        self, front: Front, t: int, k: int, side: Side, own: np.ndarray, precision: np.ndarray, scale: np.ndarray
    ) -> None:
        """Join the nodes to information sets: by public history and by what the mover privately knows."""
        mover = side.mover
        cell = self.game.cells[mover][front.world]
        private = front.memory[:, mover] if self.remember else cell
        _, first, inverse = np.unique(
            np.stack([front.history, private]), axis=1, return_index=True, return_inverse=True
        )
        sets = self.sets.add(
            len(first),
            owner=mover,
            period=t,
            step=k,
            history=front.history[first],
            cell=cell[first],
            precision=precision[front.world[first]] / scale[mover],
            scale=np.broadcast_to(scale, (len(first), self.N)),
        )
        self.infoset.append((front.node, sets[inverse.ravel()]))
        self.actions += [
            tuple(name for name, is_open in zip(side.options, row, strict=True) if is_open) for row in own[first]
        ]

    def chance(self, front: Front, t: int, k: int, step: StepTables, precision: np.ndarray, scale: np.ndarray) -> None:
        m, options = len(front.node), step.allowed.shape[1]
        self.lottery(front, np.broadcast_to(np.arange(options), (m, options)), t, k, step, scale)

    def effect(self, front: Front, option: np.ndarray, t: int, k: int, step: StepTables) -> None:
        """What an option that has been taken does: its lotteries over next states and worlds."""
        self.lottery(front, option[:, None], t, k, step, None)

    def lottery(
        self, front: Front, options: np.ndarray, t: int, k: int, step: StepTables, scale: np.ndarray | None
    ) -> None:
        """Lots over options [M, A'] (given odds at chance steps), next states and next worlds, as one chance move."""
        if not len(front.node):
            return
        state, world = front.state[:, None], front.world[:, None]
        odds = step.chance[state, options, world] if scale is not None and step.chance is not None else 1.0
        successor = step.successor[state, options]
        weight = merged(*(x.reshape(-1, x.shape[-1]) for x in (step.weight[state, options], successor)))
        joint = np.asarray(odds)[..., None] * weight.reshape(successor.shape)
        stays = np.eye(self.W)[front.world][:, None]
        becomes = stays if step.becomes is None else step.becomes[state, options, world]
        joint = joint[..., None] * becomes[:, :, None]  # [M, A', L, W]
        rows, i, j, worlds = np.nonzero(joint > 0)
        taken, states = options[rows, i], successor[rows, i, j]
        counts = np.bincount(rows, minlength=len(front.node))
        drawn = counts[rows] > 1
        after = front.take(rows)
        nodes = after.node.copy()
        if drawn.any():
            labels = self.lot_labels(k, taken, states, worlds, after.world, rows, drawn, scale is not None)
            nodes[drawn] = self.lot(
                front.node[counts > 1], counts[counts > 1], joint[rows, i, j, worlds][drawn], worlds[drawn], labels
            )
        if scale is not None and step.pay is not None:
            self.earn(nodes, step.pay[after.state, taken, :, after.world] * scale)
        memory = after.memory
        if step.becomes is not None:
            self.turned.append((nodes[~drawn], worlds[~drawn]))
            memory = self.learn(memory, self.game.cells[:, worlds].T)
        signal = np.asarray(self.game.steps[k].signal)[taken]
        history = self.see(after.history, t, k, signal, states)
        after = Front(nodes, states, worlds, history, memory)
        following = np.asarray(self.game.steps[k].next)[taken] % (self.K + 1)  # END_OF_PERIOD, -1, is K
        for target in np.unique(following):
            self.send(after.take(following == target), t, int(target))

    def lot_labels(
        self,
        k: int,
        taken: np.ndarray,
        states: np.ndarray,
        worlds: np.ndarray,
        before: np.ndarray,
        rows: np.ndarray,
        drawn: np.ndarray,
        chance: bool,
    ) -> list[list[str]]:
        """Names for the branches of each chance move: the outcome, the next state, the world if it changes."""
        names = self.game.steps[k].options
        labels: list[list[str]] = []
        last = -1
        for row, a, s, w, v in zip(*(x[drawn].tolist() for x in (rows, taken, states, worlds, before)), strict=True):
            if row != last:
                labels.append([])
                last = row
            parts = [names[a]] if chance else []
            parts += [self.state_name(s)] if self.lots(k) else []
            parts += [self.game.worlds[w]] if w != v or not parts else []
            labels[-1].append(", ".join(parts))
        return labels

    def lots(self, k: int) -> bool:
        return any(not stays for stays in self.game.steps[k].stays)

    def state_name(self, state: int) -> str:
        return self.game.states.label(state)

    # --- nodes, sets, histories --------------------------------------------------------------------------------------

    def new_nodes(
        self, parent: np.ndarray, move: np.ndarray, chance: np.ndarray | float, world: np.ndarray
    ) -> np.ndarray:
        return self.nodes.add(len(parent), parent=parent, move=move, chance=chance, world=world)

    def lot(
        self,
        nodes: np.ndarray,
        counts: np.ndarray,
        odds: np.ndarray,
        worlds: np.ndarray,
        labels: Sequence[Sequence[str]],
    ) -> np.ndarray:
        """Make ``nodes`` chance moves with ``counts`` branches each, of these odds; returns the children."""
        sets = self.sets.add(
            len(nodes),
            owner=CHANCE,
            period=-1,
            step=-1,
            history=-1,
            cell=-1,
            precision=0.0,
            scale=np.ones((len(nodes), self.N)),
        )
        self.infoset.append((nodes, sets))
        self.actions += [tuple(names) for names in labels]
        moves = np.arange(len(odds)) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.new_nodes(np.repeat(nodes, counts), moves, odds, worlds)

    def see(self, history: np.ndarray, t: int, k: int, signal: np.ndarray, state: np.ndarray) -> np.ndarray:
        """[M] the public histories after these signals and states."""
        _, first, inverse = np.unique(
            np.stack([history, signal, state]), axis=1, return_index=True, return_inverse=True
        )
        new = self.seen.add(
            len(first), parent=history[first], period=t, step=k, signal=signal[first], state=state[first]
        )
        return new[inverse.ravel()]

    def learn(self, memory: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """[M, N] memories after every actor saw its own cell [M, N]."""
        if not self.remember:
            return memory
        return np.stack([self.fresh(memory[:, i], cells[:, i]) for i in range(self.N)], axis=1)

    def fresh(self, memory: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """[M] a new number for each distinct memory with something added."""
        _, inverse = np.unique(np.stack([memory, seen]), axis=1, return_inverse=True)
        numbers = self.memories + 1 + inverse.ravel()
        self.memories = int(numbers.max(initial=self.memories))
        return numbers

    # --- the result --------------------------------------------------------------------------------------------------

    def harvest(self) -> Unrolled:
        count = self.nodes.length
        infoset = np.full(count, TERMINAL, dtype=np.int64)
        for nodes, sets in self.infoset:
            infoset[nodes] = sets
        world = self.nodes["world"]
        for nodes, worlds in self.turned:  # in the order of play
            world[nodes] = worlds
        pay = np.zeros((count, self.N))
        for nodes, earned in self.earned:
            pay[nodes] += earned
        histories = PublicHistories(
            self.game, *(self.seen[name] for name in ("parent", "period", "step", "signal", "state"))
        )
        sets = {
            name: self.sets[name] if self.sets.length else np.zeros(0, dtype=np.int64)
            for name in ("owner", "period", "step", "history", "cell", "precision", "scale")
        }
        parent, move = self.nodes["parent"], self.nodes["move"]
        order = breadth_first(parent, move)
        tree = Listed(
            title="",
            players=self.game.actors,
            parent=parent,
            move=move,
            infoset=infoset,
            pay=pay,
            chance=self.nodes["chance"],
            owner=sets["owner"],
            actions=self.actions,
            labels=Labels(self.game, histories, sets["owner"], sets["step"], sets["history"], sets["cell"]),
        ).arranged()
        return Unrolled(
            game=tree,
            source=self.game,
            precision=sets["precision"].astype(float),
            period=sets["period"],
            step=sets["step"],
            history=sets["history"],
            cell=sets["cell"],
            world=world[order],
            scale=sets["scale"].reshape(-1, self.N),
            histories=histories,
        )
