"""Pictures of a game and of its play: SVG that stands by itself, and the same as text for a terminal.

    game_svg, game_text      the game: lanes by actor, steps, options, what is hidden, state and ends
    paths_svg, paths_text    the likeliest courses of play, as lines that part
    timeline_svg             where play may lead: a line for each kind of state, from date to date
    tree_svg, tree_text      a small game as an extensive tree
    STYLE                    the one style block of all drawings

A drawing is one ``<svg>`` element with light colours as presentation attributes, so that any viewer shows it; its one
style block, the same text in all drawings, holds the dark colours alone. A page with a strict policy allows it by its
hash, or takes drawings without it (``style=False``) and puts ``STYLE`` into its own style sheet. There are no style
attributes, no scripts and no requests.
"""

from longgame.report.draw.game import game_svg
from longgame.report.draw.game_text import game_text
from longgame.report.draw.play import paths_svg
from longgame.report.draw.play_text import paths_text
from longgame.report.draw.svg import STYLE
from longgame.report.draw.timeline import timeline_svg
from longgame.report.draw.tree import tree_svg
from longgame.report.draw.tree_text import tree_text

__all__ = ["STYLE", "game_svg", "game_text", "paths_svg", "paths_text", "timeline_svg", "tree_svg", "tree_text"]
