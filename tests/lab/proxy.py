# SPDX-License-Identifier: GPL-3.0-or-later
"""A bad line between two programs: a TCP proxy that can be slowed, cut and stopped while it runs."""

import contextlib
import select
import socket
import threading
import time


class Proxy:
    """Passes connections on to `target` (a port of this machine). Threads: one of its own for each connection."""

    PIECE = 16 * 1024

    def __init__(self, port, target):
        self.port, self.target = port, target
        self.delay_s = 0.0       # before each piece, either way
        self.octets_per_s = 0    # 0: no bound
        self.refuses = False     # new connections are closed at once
        self._over = threading.Event()
        self._pairs, self._lock = set(), threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port))
        self._listener.settimeout(0.1)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._listener.close()
        self.cut()

    def cut(self):
        """Breaks every connection there is, with a reset; returns how many."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for end in pair:
                with contextlib.suppress(OSError):
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                    end.shutdown(socket.SHUT_RDWR)
        return len(pairs)

    def _accept(self):
        while not self._over.is_set():
            with contextlib.suppress(TimeoutError):
                near, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        if self.refuses:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            near.close()
            return
        pair = (near, far)
        with self._lock:
            self._pairs.add(pair)
        with contextlib.suppress(OSError, ValueError):
            self._pass(near, far)
        with self._lock:
            self._pairs.discard(pair)
        near.close()
        far.close()

    def _pass(self, near, far):
        other = {near: far, far: near}
        while not self._over.is_set():
            for end in select.select([near, far], [], [], 0.2)[0]:
                piece = end.recv(self.PIECE if not self.octets_per_s else max(1, self.octets_per_s // 20))
                if not piece:
                    return
                time.sleep(self.delay_s + (len(piece) / self.octets_per_s if self.octets_per_s else 0))
                other[end].sendall(piece)
