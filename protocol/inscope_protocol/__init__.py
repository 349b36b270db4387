"""The Python half of the InScope protocol; steps such as S5.4 are those of protocol/SPEC.md.

No I/O, no clock, no randomness: time and random bytes are arguments.
"""
