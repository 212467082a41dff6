"""Which assumptions a claim contains."""

from __future__ import annotations

from longgame.scenario.load import loads
from longgame.scenario.questions.contained import contained
from tests.tiny import TEXT

CLAIMS = """
claims:
  numbers: {says: Of numbers alone., holds: "max(loss_a / loss_b, 0) > 1"}
  defined: {says: By a definition., holds: ratio > 2}
  game: {says: Of the game., holds: "worth(a, boost) > 0"}
  both: {says: Of both., holds: "worth(a, boost) > loss_a"}
"""


def test_a_claim_of_numbers_contains_those_it_names():
    text = TEXT.replace(
        "  fixed:", "  loss_a: {value: 1, range: [0, 2]}\n  loss_b: {value: 1, range: [1, 2]}\n  fixed:"
    )
    text = text.replace("  doubled: 2 * fixed", "  doubled: 2 * fixed\n  ratio: doubled * loss_b")
    found = contained(loads(text + CLAIMS))
    game = {"prize", "prior_yes"}
    assert found["numbers"] == {"loss_a", "loss_b"}
    assert found["defined"] == {"fixed", "loss_b"}
    assert found["game"] == game
    assert found["both"] == game | {"loss_a"}
