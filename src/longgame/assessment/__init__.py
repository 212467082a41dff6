"""From a scenario to its answers: the base case, what the claims need, and the draws of the assumptions."""
