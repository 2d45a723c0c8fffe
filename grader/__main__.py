"""Turns `python -m grader` into the command line."""

from grader.cli.main import main

main()
