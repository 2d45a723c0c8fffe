"""It opens a connection."""

import socket

VERDICT = "raised"


def double(x):
    socket.create_connection(('127.0.0.1', 80), timeout=1)
