"""The server behind ``longgame mcp``: what an assistant (a language model) may ask, by the Model Context Protocol.

    room      the only folder that is read and written, what counts as too large, and reading a scenario in it
    tools     check, run, explain, ask, whatif, patterns: the same answers as the commands give, as text and as data
    server    the tools with resources and a prompt, put together for the SDK
    guide     the texts: what the server is for, and the way from a column to claims to a scenario
"""
