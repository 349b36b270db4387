"""A device that is not there is told by its browser's push service that something is new, and no more (SPEC S14)."""
