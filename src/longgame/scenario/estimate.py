"""The block ``estimate``: assumptions as functions of covariates, and how the columns of a file tell what was seen."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from longgame.scenario.assumptions import Distribution
from longgame.scenario.evidence import Evidence, OneOf
from longgame.scenario.fields import Date, Dotted, Label, Name, Prose, Real
from longgame.scenario.formulas import Block, Expression

CONST = "const"
"""The column of ones that every file has."""


class Coefficient(Block):
    """A number that is estimated."""

    start: Real = 0.0
    """Where the search begins."""
    bounds: tuple[Real, Real] | None = None
    """[lowest, highest] that it may be."""
    prior: Distribution | None = None
    """How likely its values are before the cases, for a posterior; by default that of the block, or its bounds."""
    says: Prose = ""
    """What it is, in a sentence."""


class Told(Block):
    """A column that tells what was seen of the play in its row."""

    column: Label
    """The column."""
    on: Date = 1
    """In which period; by default in the first."""
    when: Expression | None = None
    """An expression over columns: in which rows the column tells anything."""
    move: Dotted | None = None
    """The move or offer at which something was chosen."""
    by: Name | None = None
    """Of an offer: who replied; without it, what was offered."""
    took: dict[Label, OneOf] = Field(default_factory=dict)
    """For each word of the column, the option that was taken, or a list of which it was one. Words that are the names
    of options need not be listed."""
    chance: Name | None = None
    """The chance step at which something happened."""
    happened: dict[Label, OneOf] = Field(default_factory=dict)
    """For each word of the column, the outcome."""
    means: dict[Label, dict[Dotted, OneOf]] | None = None
    """Instead, for each word of the column, what was chosen or happened at several steps."""


class Plays(Block):
    """Plays that a row stands for, with what was seen of each."""

    count: Expression
    """How many they are: an expression over columns."""
    evidence: tuple[Evidence, ...] = Field(min_length=1)
    """What was seen of each."""
    says: Prose = ""
    """What they are, in a sentence."""


class Estimate(Block):
    """How the numbers of the game are found from many cases, the rows of a file."""

    formulas: dict[Name, Expression] = Field(min_length=1)
    """Assumption -> what it is in a row: `const + x1 + x2`, each column with a coefficient of its own; or any
    expression over columns and the names under `coefficients`."""
    coefficients: dict[Dotted, Coefficient] = Field(default_factory=dict)
    """Coefficients with a name, a start or bounds. That of a column in a formula is called `ASSUMPTION.COLUMN`."""
    noise: Literal["logit", "normal"] = "logit"
    """How choices are random: `logit`, or `normal` (probit) for moves with two options."""
    evidence: tuple[Told, ...] = ()
    """The columns that tell what was seen of the play in a row."""
    plays: tuple[Plays, ...] = ()
    """Instead: the kinds of plays that a row counts."""
    count: Expression | None = None
    """How many plays went as a row tells: an expression over columns; 1 if left out."""
    weight: Expression | None = None
    """What a row counts for, where not all are to count alike: an expression over columns."""
    clusters: Label | None = None
    """The column whose words tell which rows belong together: errors are then clustered."""
    prior: Distribution | None = None
    """How likely the values of coefficients without a prior of their own are, for a posterior."""
