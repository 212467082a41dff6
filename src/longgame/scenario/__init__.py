"""What the analyst wrote: the words of a scenario, read and checked. No arrays."""
