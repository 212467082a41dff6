"""Answers -> one self-contained page."""

from longgame.report.page import render

__all__ = ["render"]
