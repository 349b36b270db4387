"""`python -m inscope_server` is `inscope`."""

from .cli import main

main()
