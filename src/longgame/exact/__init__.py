"""Extensive games: written out, read and written as Gambit files, solved at every history; the judge of lattices."""
