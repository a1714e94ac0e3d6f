# SPDX-License-Identifier: GPL-3.0-or-later
"""A bad line between two programs: a TCP proxy that can be slowed, cut and silenced while it runs."""

import contextlib
import select
import socket
import struct
import threading
import time

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: what close() sends is a reset
PIECE = 16 * 1024
SLOW_DELAY_S, SLOW_OCTETS_PER_S = 0.02, 200_000
SLOW_PIECE = SLOW_OCTETS_PER_S // 20
STALLED_S = 30  # a side that takes nothing for so long is given up


class Proxy:
    """Passes connections on to `target`, a port of this machine, as long as the scenario lives; when one side ends, both
    are closed. Threads: one of its own for each connection."""

    def __init__(self, port, target):
        self.port, self.target = port, target
        self._slow = self._silent = False
        self._pairs, self._lock = set(), threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Breaks every connection there is, with a reset."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    end.shutdown(socket.SHUT_RDWR)

    def silence(self):
        """Nothing gets through, until heard_again(): what there is breaks, what comes is closed."""
        with self._lock:
            self._silent = True
        self.cut()

    def heard_again(self):
        self._silent = False

    def slow_down(self):
        """Until speed_up()."""
        self._slow = True

    def speed_up(self):
        self._slow = False

    def _accept(self):
        while True:
            near, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as ends:
            ends.enter_context(near)
            if self._silent:
                return
            far = ends.enter_context(socket.create_connection(("127.0.0.1", self.target), timeout=STALLED_S))
            near.settimeout(STALLED_S)
            pair = (near, far)
            with self._lock:
                if self._silent:  # by now
                    return
                self._pairs.add(pair)
            try:
                self._pass(near, far)
            finally:
                with self._lock:
                    self._pairs.discard(pair)

    def _pass(self, near, far):
        other = {near: far, far: near}
        while True:
            for end in select.select([near, far], [], [])[0]:
                piece = end.recv(SLOW_PIECE if self._slow else PIECE)
                if not piece:
                    return
                if self._slow:
                    time.sleep(SLOW_DELAY_S + len(piece) / SLOW_OCTETS_PER_S)
                other[end].sendall(piece)
