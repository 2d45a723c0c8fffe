"""Returns text that clears a terminal, turns the direction of writing and looks like a formula and like HTML.

Claim: whoever reads the result obeys it
Class: what a student is shown
Stopped by: what a student reads is cleaned and cut
label.correctness: lost wrong
"""


def label(x):
    return "\x1b[2J\x1b]0;owned\x07\u202e\u2066=HYPERLINK(\"http://x\")<script>alert(1)</script>\r\n"
