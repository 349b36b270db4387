"""The story's people, where two requests of theirs meet."""

from server.images.arena import arena

__all__ = ["arena"]
