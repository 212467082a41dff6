"""The curve of logit equilibria of a game, followed by the precision: for whatever says how play responds to play."""
