"""From a scenario to its answers: the base case, what the claims need, and the draws of the assumptions."""

from longgame.assessment.answers import Answers
from longgame.assessment.assess import ask, assess, describe, examine, resume

__all__ = ["Answers", "ask", "assess", "describe", "examine", "resume"]
