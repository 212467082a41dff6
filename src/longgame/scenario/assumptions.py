"""The block ``assumptions``: numbers that a reader could dispute, and how likely their values are."""

from __future__ import annotations

from longgame.scenario.fields import Prose, Real
from longgame.scenario.formulas import Block


class Distribution(Block):
    """How likely the values of an assumption are. One of the six."""

    uniform: tuple[Real, Real] | None = None
    """[lowest, highest]"""
    loguniform: tuple[Real, Real] | None = None
    """[lowest, highest], both above 0; every factor is equally likely: as much from 1 to 2 as from 10 to 20."""
    normal: tuple[Real, Real] | None = None
    """[mean, standard deviation]; cut off at the range where one is given."""
    lognormal: tuple[Real, Real] | None = None
    """[median, standard deviation of the logarithm]; cut off at the range where one is given."""
    triangular: tuple[Real, Real, Real] | None = None
    """[lowest, most likely, highest]"""
    beta: tuple[Real, Real] | None = None
    """[a, b]; stretched over the range, or from 0 to 1 without one."""

    @property
    def kind(self) -> str:
        """Which of the six it is."""
        return next((name for name in type(self).model_fields if getattr(self, name) is not None), "none")

    @property
    def parameters(self) -> tuple[float, ...]:
        """Its numbers."""
        return getattr(self, self.kind, ())


class Assumption(Block):
    """A number that a reader could dispute."""

    value: Real
    """The number used in the base case."""
    range: tuple[Real, Real] | None = None
    """[lowest, highest] that could be defended; by itself it means that all of it is equally likely."""
    distribution: Distribution | None = None
    """How likely the values are, where not equally; a range cuts it off."""
    unit: Prose = ""
    """Its unit, as in `strength per month`; checked where it is added or compared."""
    source: Prose = ""
    """Where the number is from; `judgement` needs `because`."""
    because: Prose = ""
    """Why this value and this range."""
    says: Prose = ""
    """What it is, in a sentence."""

    @property
    def fixed(self) -> bool:
        """Whether it has one value only."""
        return self.range is None and self.distribution is None
