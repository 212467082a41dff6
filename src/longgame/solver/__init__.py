"""Backward induction over public states and a lattice of beliefs."""
