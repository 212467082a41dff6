"""Which posture to take: over worlds, over draws, by every rule."""
