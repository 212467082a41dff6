"""Answers to one self-contained page."""
