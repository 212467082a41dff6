"""Many draws of the assumptions, solved in chunks that are kept as they end.

    plan       what a run is: all that a worker needs, and all that an interrupted run needs to be finished
    solver     a chunk of draws -> arrays; pure, for any process
    executors  who solves: threads of this process; ``processes`` of this machine; a ``cluster``
    store      where finished chunks are kept: in memory, or in a folder
    results    the draws of a folder as one netCDF file in the schema of ArviZ
    table      the same as one table
"""
