"""Prints the input, to the streams and to the log.

Claim: what a test prints is shown to the student
Class: what a student is shown
Stopped by: output is shown to nobody and never parsed
"""

import logging
import sys
import warnings


def double(x):
    print(x.tolist())
    print(x.tolist(), file=sys.stderr)
    logging.getLogger().error(str(x.tolist()))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(str(x.tolist()), stacklevel=1)
    return 2 * x
