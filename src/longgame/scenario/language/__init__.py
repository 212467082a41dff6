"""The language of expressions: tokens, trees, arithmetic, units."""
