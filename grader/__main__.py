"""Turns `python -m grader` into the command line."""

from grader.cli import main

main()
