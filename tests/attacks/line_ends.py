"""Hides definitions behind line ends that some readers know and others do not.

Claim: what is put in lands on another line than the definition that it replaces
Class: the text of the submission
Stopped by: the text is parsed as data, and what cannot be parsed does not import
double.correctness: lost wrong
double.gradient: blocked
double.property: blocked
integration: lost wrong
"""

SHIFT = "\x0c\x1c\u2028\x85"; MORE = """
def double(x):  é
"""; double = lambda x: x
