"""What the names in a scenario's expressions stand for.

A name is a variable, an assumption, a definition or ``period``; or it is a word, one of the values of a variable. Which
word is meant depends on the variable beside it: ``truce == none`` and ``aid != none`` are about two different words.
``Symbols.bind`` settles that once, by putting the word's code (its position in the variable's list) into the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from longgame.scenario.language.expressions import Binary, Call, IfElse, Name, Node, Number, Text, Unary, names_in

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")

Words = tuple[str, ...]


class Environment(Mapping[str, Any]):
    """Name -> array, where a definition is worked out when it is first used, and only once.

    Args:
        columns: the arrays (or intervals) of variables, assumptions and ``period``.
        definitions: the bound tree of each definition.
        walk: ``functions.evaluate`` or ``intervals.bounds``, as a function of tree and environment.
    """

    def __init__(self, columns: Mapping[str, Any], definitions: Mapping[str, Node], walk: Callable[[Node, Any], Any]):
        self._known = dict(columns)
        self._definitions = definitions
        self._walk = walk

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = self._walk(self._definitions[name], self)
        return self._known[name]

    def of(self, node: Node) -> Any:
        """The value (or interval) of a bound tree."""
        return self._walk(node, self)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known.keys() | self._definitions.keys())

    def __len__(self) -> int:
        return len(self._known.keys() | self._definitions.keys())


@dataclass(frozen=True)
class Symbols:
    """The names of one scenario.

    vocabularies  word variable (public or hidden) -> its words, in order of their codes
    names         every name that is not a word
    period_of     a date -> its period, from 0
    definitions   definition -> its bound tree
    """

    vocabularies: Mapping[str, Words]
    names: frozenset[str]
    period_of: Callable[[str], int]
    definitions: Mapping[str, Node] = field(default_factory=dict)

    def define(self, trees: Mapping[str, Node]) -> Symbols:
        """The same symbols with these definitions bound and added."""
        outer = replace(self, names=self.names | trees.keys())
        bound = {name: outer.bind(tree) for name, tree in trees.items()}
        return replace(outer, definitions={**self.definitions, **bound})

    def bind(self, node: Node, words: Words | None = None) -> Node:
        """``node`` with every word replaced by its code, and every date by the number of its period.

        Args:
            node: an expression tree as parsed.
            words: the words that may stand here by themselves: those of the variable that is set or compared.

        Raises:
            KeyError: a name that is neither known nor a word that may stand here.
        """
        match node:
            case Name(name) if words and name in words:
                return Number(float(words.index(name)), node.span)
            case Name(name) if name in self.names:
                return node
            case Name(name):
                raise KeyError(name)
            case Text(when):
                return Number(1.0 + self.period_of(when), node.span)
            case Unary(op, operand):
                return Unary(op, self.bind(operand), node.span)
            case Binary(op, left, right) if op in _COMPARISONS:
                return self._bind_comparison(node, left, right)
            case Binary(op, left, right):
                return Binary(op, self.bind(left), self.bind(right), node.span)
            case IfElse(test, then, otherwise):
                return IfElse(self.bind(test), self.bind(then, words), self.bind(otherwise, words), node.span)
            case Call(function, arguments):
                return Call(function, tuple(self.bind(a) for a in arguments), (), node.span)
            case _:
                return node

    def used(self, *nodes: Node | None) -> frozenset[str]:
        """The names that bound trees rest on: definitions, what they rest on in turn, and so on."""
        found: set[str] = set()
        rest = [node for node in nodes if node is not None]
        while rest:
            for name in {name.id for name in names_in(rest.pop())}:
                if name not in found:
                    found.add(name)
                    if name in self.definitions:
                        rest.append(self.definitions[name])
        return frozenset(found)

    def environment(self, columns: Mapping[str, Any], walk: Callable[[Node, Any], Any]) -> Environment:
        """The environment of these columns and the definitions."""
        return Environment(columns, self.definitions, walk)

    def _bind_comparison(self, node: Binary, left: Node, right: Node) -> Node:
        left_words, right_words = self._words_of(left), self._words_of(right)
        if _is_word(left, right_words) or _is_word(right, left_words):  # even if it is the name of a variable too
            return Binary(node.op, self.bind(left, right_words), self.bind(right, left_words), node.span)
        if left_words and right_words and left_words != right_words:
            return self._bind_across(node, left_words, right_words)
        return Binary(node.op, self.bind(left, right_words), self.bind(right, left_words), node.span)

    def _bind_across(self, node: Binary, left_words: Words, right_words: Words) -> Node:
        """Two variables with different lists of words are equal where both have the same word."""
        left, right = self.bind(node.left, left_words), self.bind(node.right, right_words)
        same = [
            Binary(
                "and",
                Binary("==", left, Number(float(left_words.index(word))), node.span),
                Binary("==", right, Number(float(right_words.index(word))), node.span),
                node.span,
            )
            for word in left_words
            if word in right_words
        ]
        equal: Node = reduce(lambda a, b: Binary("or", a, b, node.span), same) if same else Number(0.0, node.span)
        return equal if node.op == "==" else Unary("not", equal, node.span)

    def _words_of(self, node: Node) -> Words | None:
        match node:
            case Name(name) if name in self.vocabularies:
                return self.vocabularies[name]
            case IfElse(_, then, otherwise):
                return self._words_of(then) or self._words_of(otherwise)
            case _:
                return None


def _is_word(node: Node, words: Words | None) -> bool:
    return words is not None and isinstance(node, Name) and node.id in words
