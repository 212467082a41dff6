"""Many draws, solved and kept: plan, chunks, executors, store."""
