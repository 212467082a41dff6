"""Draws of the assumptions: where they lie, what they weigh, what moves an answer and where it turns. Arrays only."""
