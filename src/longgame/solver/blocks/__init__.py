"""Backward induction where what is hidden falls into independent blocks."""
