# SPDX-License-Identifier: GPL-3.0-or-later
"""What went over the loopback interface, as Wireshark's dissectors read it."""

import os
import time

from lab import check, wait_for

QUIET_S = 1.5
# What a reader would be warned of. Notes and chats (retransmissions, connection set-up) are no faults of the node.
MARKED = "(_ws.malformed || _ws.expert.severity == \"Warning\" || _ws.expert.severity == \"Error\")"


class Capture:
    """Captures while the block runs: with Capture(lab, "tcp port 1") as c: ...; c.decode(...)."""

    def __init__(self, lab, what, name="capture"):
        self.lab, self.what, self.path = lab, what, lab.dir / f"{name}.pcap"
        self.process = None

    def __enter__(self):
        self.process = self.lab.start("dumpcap", [self.lab.program("dumpcap"), "-q", "-P", "-i", "lo", "-f", self.what,
                                                  "-w", self.path])
        wait_for("dumpcap to capture", lambda: self.process.must_run() and self.path.exists()
                 and "File:" in self.process.text())
        return self

    def __exit__(self, *_):
        # Frames reach dumpcap in blocks and the file in larger ones: done when it has stopped growing.
        size, since = -1, time.monotonic()
        while time.monotonic() - since < QUIET_S:
            now = self.path.stat().st_size
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(0.05)
        self.process.stop()

    def _tshark(self, *args, decode_as=()):
        argv = ["tshark", "-n", "-r", self.path]
        for rule in decode_as:
            argv += ["-d", rule]
        # Its preferences: none but the defaults.
        return self.lab.run([*argv, *args], timeout_s=120, env=dict(os.environ, HOME=str(self.lab.dir))).stdout

    def fields(self, which, *names, decode_as=()):
        """One list of values a frame."""
        args = ["-Y", which, "-T", "fields"]
        for name in names:
            args += ["-e", name]
        lines = self._tshark(*args, decode_as=decode_as).splitlines()
        return [line.split("\t") for line in lines if not line.startswith("Running as user")]

    def decode(self, which, decode_as=(), at_least=1):
        """At least so many frames are what `which` says, and none of them bears a mark."""
        seen = self.fields(which, "frame.number", decode_as=decode_as)
        check(len(seen) >= at_least, f"tshark reads {len(seen)} frames as {which}, expected at least {at_least}")
        marked = self.fields(f"({which}) && {MARKED}", "frame.number", "_ws.expert.message", decode_as=decode_as)
        if marked:
            print(self._tshark("-Y", f"({which}) && {MARKED}", "-V", decode_as=decode_as)[:6000])
        check(not marked, f"tshark marks: {marked}")
