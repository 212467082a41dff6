"""Equilibrium: the step solver, backward induction, and what they return."""
