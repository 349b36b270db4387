"""The privacy officer's review of consents that were taken in an emergency (SPEC S5.13)."""
