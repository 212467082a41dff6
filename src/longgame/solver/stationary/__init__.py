"""Games without an end: play that is the same in every period, with the values that it brings about."""
