"""Filing in the medical record: the server half, which carries sealed packages and takes receipts (SPEC S12)."""
