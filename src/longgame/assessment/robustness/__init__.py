"""On which assumptions an assessment rests.

    gathered   the draws of a run side by side
    rests_on   one claim: shares, indices, the box in which it turns, the nearest counterexample
    brief      the same in short, for every claim of a run
    layout     the blocks of what ``rests_on`` answers
"""
