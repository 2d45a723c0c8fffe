"""Opens a connection.

Claim: hidden inputs are sent to whoever collects them
Class: the network
Stopped by: there is no network in the box, and no socket but between its own processes
double.correctness: lost raised
double.gradient: blocked
double.property: blocked
integration: lost raised
"""

import socket


def double(x):
    socket.create_connection(("127.0.0.1", 80), timeout=1)
