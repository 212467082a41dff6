"""A scenario compiled to axes and pure functions of the assumptions."""
