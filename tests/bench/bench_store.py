# SPDX-License-Identifier: GPL-3.0-or-later
"""The replica's life: a full version from CSV to serving, a change from commit to serving, restart, memory."""

import contextlib
import random
import resource
import sqlite3
import subprocess
import threading
import time

from console import Ctrl
from lab import check, wait_for
from node import Node

FULL_S_PER_50_MILLION, CHANGE_S, RESTART_S = 60, 1, 2
CHANGE = 1_000_000
NODE_GB, NODE_GB_SWAPPING, WRITER_GB = 3, 6, 3
NAME = "replica"
LIST_NAMES = ("white", "grey", "black")


def write_lists(path, keys, shift):
    with open(path, "w", encoding="ascii") as out:
        out.write("imei,list\n")
        for at in range(0, len(keys), 100_000):
            out.write("".join(f"{key},{LIST_NAMES[(key + shift) % 3]}\n" for key in keys[at:at + 100_000]))


def keys_of(count):
    """Different IMEIs in no order, some TACs apart."""
    step, modulus = 61_803_398_873, 10**14 - 27  # the modulus is prime to the step
    return [10**13 + (number * step) % (modulus - 10**13) for number in range(1, count + 1)]


def memory_gb(process, field):
    for line in open(f"/proc/{process.pid}/status", encoding="ascii"):
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024 / 1e9
    return 0.0


def serving(node):
    with contextlib.closing(Ctrl(node.ctrl_port)) as ctrl:
        now = ctrl.json("eir.lists")["serving"]
    return now["version"] if now else None


class Watch(threading.Thread):
    """Notes when versions are committed to the database and when the node serves them."""

    def __init__(self, node):
        super().__init__(daemon=True)
        self.node, self.over = node, threading.Event()
        self.committed, self.served = {}, {}

    def run(self):
        db = None
        while not self.over.wait(0.01):
            if db is None and (self.node.replica / "replica.db").exists():
                db = sqlite3.connect(f"file:{self.node.replica}/replica.db?mode=ro", uri=True)
            if db is not None:
                with contextlib.suppress(sqlite3.OperationalError):  # its tables are being made
                    for number, in db.execute("SELECT number FROM versions"):
                        self.committed.setdefault(f"0.{number}", time.monotonic())
            self.served.setdefault(serving(self.node), time.monotonic())


def imported(lab, node, path, version, *more):
    """Imports beside the running node: seconds from the start, and from the commit, to serving."""
    watch = Watch(node)
    watch.start()
    begin = time.monotonic()
    done = subprocess.run([lab.program("eirctl"), "import", "--quiet", "--replica", node.replica, *more, path],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    check(done.returncode == 0, f"eirctl import ended with {done.returncode}: {done.stdout}")
    wait_for(f"version {version}", lambda: version in watch.served, timeout_s=120)
    watch.over.set()
    watch.join()
    return watch.served[version] - begin, watch.served[version] - watch.committed[version]


def rate(lab, options, table):
    keys = keys_of(options.entries)
    write_lists(lab.dir / "full.csv", keys, 0)
    changed = random.Random(1).sample(keys, min(CHANGE, len(keys)))
    write_lists(lab.dir / "change.csv", changed, 1)
    node = Node(lab, lists=None).start()
    full_s, _ = imported(lab, node, lab.dir / "full.csv", "0.1")
    writer_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
    table.most(NAME, f"seconds from a CSV of {len(keys):,} IMEIs to serving", full_s,
               FULL_S_PER_50_MILLION * max(1, len(keys) / 50e6))
    quiet_gb = memory_gb(node.process, "VmRSS")
    takes = [imported(lab, node, lab.dir / "change.csv", "0.2", "--merge")[1]]
    write_lists(lab.dir / "change.csv", changed, 2)
    takes.append(imported(lab, node, lab.dir / "change.csv", "0.3", "--merge")[1])
    table.most(NAME, f"seconds from the commit of a change of {len(changed):,} to serving, the first time", takes[0], CHANGE_S)
    table.most(NAME, "the same onto an overlay of as many", takes[1], CHANGE_S)
    table.most(NAME, "GB resident in eird, the mapped snapshot counted", quiet_gb, NODE_GB)
    table.most(NAME, "GB resident in eird at most, while versions were swapped", memory_gb(node.process, "VmHWM"),
               NODE_GB_SWAPPING)
    table.most(NAME, "GB resident in the writer at most, the mapped snapshots counted", writer_gb, WRITER_GB)
    node.process.stop()
    begin = time.monotonic()
    node.lists = None
    node.start()
    wait_for("the node to serve again", lambda: serving(node) == "0.3", every_s=0.01)
    table.most(NAME, "seconds from the start of eird to serving, from page cache", time.monotonic() - begin, RESTART_S)
