"""What an organisation's administrator sees of its people, their devices, and what was denied to them (SPEC S4.7)."""
