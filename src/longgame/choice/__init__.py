"""Which posture to take, by every rule: arrays over postures, worlds and draws, without names of a scenario.

``table`` is what all of it is read off, ``rules`` choose for all draws together, ``information`` and ``learning`` say
what it is worth to learn something of the world or an assumption first, and ``turning`` at which belief the best
posture turns. There is always an axis of draws; a single game is a table of one draw.
"""
