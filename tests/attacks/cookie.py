"""Says to be written in UTF-7, in which a comment is a program.

Claim: the judge reads another text than Python runs
Class: the text of the submission
Stopped by: the text is parsed as data, and what cannot be parsed does not import
Source: as it stands
double.correctness: lost missing
double.gradient: blocked
double.property: blocked
integration: lost missing
quadruple.correctness: lost missing
Counter.count.correctness: lost missing
label.correctness: lost missing
"""
# -*- coding: utf-7 -*-
# +AAo-import os; os._exit(0)+AAo-
