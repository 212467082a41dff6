"""The answers: what is said of a scenario, in the layout of ``answers.json``."""
