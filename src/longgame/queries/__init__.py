"""Answers that are read off a solution; nothing here solves a game again."""
