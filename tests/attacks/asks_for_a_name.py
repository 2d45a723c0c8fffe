"""Looks a name up, which carries the input.

Claim: a question to a name server needs no connection
Class: the network
Stopped by: there is no network in the box, and no socket but between its own processes
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import socket


def double(x):
    socket.getaddrinfo(f"n{int(x.numel())}.example.org", 80)
    return 2 * x
