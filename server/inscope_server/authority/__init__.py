"""The consent authority: signs what patients answer, what they take back, and which versions stand."""
