"""Ports for the servers that tests start."""

import contextlib
import socket

_taken: list[socket.socket] = []


def free_port() -> int:
    """A port that nobody has, and that no other test on this machine is given as long as this process lives.

    It lies below those that the system hands out to connections. A server binds it only some time later, so that a
    name in the kernel stands for it until then.
    """
    for port in range(20_000, 32_000):
        mark = socket.socket(socket.AF_UNIX)
        with contextlib.suppress(OSError), socket.socket() as probe:
            mark.bind(f"\0qunzhifen-test-port-{port}")
            probe.bind(("127.0.0.1", port))
            _taken.append(mark)
            return port
        mark.close()
    raise LookupError
