"""What an answer rests on: arrays of many draws in, weights, indices, boxes, counterexamples and choices out.

Nothing here knows of games or scenarios; nothing here solves anything. Where more evaluations are needed (a
posterior, a counterexample) the caller hands in a function.

Shapes: D draws, P assumptions, Q outputs (claims, say), W worlds.
"""
