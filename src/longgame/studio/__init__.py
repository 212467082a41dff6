"""The studio: a page in the browser with the claims of a scenario and sliders for its assumptions.

    models    what is asked and answered: every field of it is checked and described
    files     the one folder in which scenarios are read and written
    shelf     scenarios that were compiled, with their base cases
    desk      who may use the processor, and when
    work      what is worked out for a browser, piece by piece
    endpoints the addresses, and their description (OpenAPI)
    app       the server: who may ask, and how answers are sent
    server    runs it on 127.0.0.1

The server keeps nothing of a browser: each request brings the whole state that it is about, and its answer comes back
on the same connection. So answers cannot be mixed up, and work is given up when its connection ends. What is kept
(compiled games and their base cases) depends on the texts of the scenarios alone.
"""
