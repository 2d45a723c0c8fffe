"""Waits for a connection from outside.

Claim: who may not call can be called
Class: the network
Stopped by: there is no network in the box, and no socket but between its own processes
"""

import socket


def double(x):
    try:
        server = socket.socket()
        server.bind(("0.0.0.0", 0))
        server.listen()
        server.settimeout(0.01)
        socket.create_connection(server.getsockname(), timeout=0.1)
        names = [name for _, name in socket.if_nameindex()]
        if names != ["lo"]:
            raise RuntimeError(names)
    except OSError:
        pass
    return 2 * x
