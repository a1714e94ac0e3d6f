# SPDX-License-Identifier: GPL-3.0-or-later
"""The replica's life: a full version from CSV to serving, a change from commit to serving, restart, memory."""

import contextlib
import itertools
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


def write_rows(path, header, rows):
    """Rows in pieces, so that a hundred million of them need no memory."""
    with open(path, "w", encoding="ascii") as out:
        out.write(header + "\n")
        while piece := "".join(itertools.islice(rows, 100_000)):
            out.write(piece)
    return path


def write_lists(path, keys, shift):
    return write_rows(path, "imei,list", (f"{key},{LIST_NAMES[(key + shift) % 3]}\n" for key in keys))


def range_rows(count):
    """Ten in a TAC: one over it, three in that, one in each of these, and one in each of those."""
    inner = ((0, 199_999), (50_000, 149_999), (70_000, 89_999))
    for number in range(count):
        base, within = 80_000_000 + number // 10, number % 10
        start = (within - 1) // 3 * 300_000
        first, last = (start + at for at in inner[(within - 1) % 3]) if within else (0, 999_999)
        yield f"{base:08}{first:06}-{base:08}{last:06},{LIST_NAMES[number % 3]}\n"


def write_everything(lab, keys):
    """List files of every kind but the mirror: a tenth as many ranges, locks and pairs as IMEIs, a hundredth
    subscribers, a thousandth exceptions. Returns them, and the number of their rows."""
    tenth = len(keys) // 10
    policies = ("device", "subscriber", "mutual")
    kinds = {
        "full": ("imei,list", (f"{key},{LIST_NAMES[key % 3]}\n" for key in keys)),
        "ranges": ("imei,list", range_rows(tenth)),
        "locks": ("policy,imei,imsi,msisdn", (f"{policies[i % 3]},{keys[i * 10]},{255010000000000 + i},\n" for i in range(tenth))),
        "pairs": ("imei,subscriber,list", (f"{keys[i * 10 + 5]},imsi:{255030000000000 + i},white\n" for i in range(tenth))),
        "subscribers": ("subscriber,list", (f"imsi:{255040000000000 + i},black\n" for i in range(tenth // 10))),
        "exceptions": ("subscriber,ruling", (f"imsi:{255050000000000 + i},white\n" for i in range(tenth // 100))),
    }
    files = [write_rows(lab.dir / f"{name}.csv", header, rows) for name, (header, rows) in kinds.items()]
    return files, len(keys) + 3 * tenth + tenth // 10 + tenth // 100


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


def imported(lab, node, paths, version, *more):
    """Imports beside the running node: seconds from the start, and from the commit, to serving; and the most memory of
    its own that the writer had, in GB."""
    watch = Watch(node)
    watch.start()
    begin, own_gb = time.monotonic(), 0.0
    with open(lab.dir / "import.log", "w+", encoding="utf-8") as log:
        writer = subprocess.Popen([lab.program("eirctl"), "import", "--quiet", "--replica", node.replica, *more, *paths],
                                  stdout=log, stderr=subprocess.STDOUT)
        while writer.poll() is None:
            with contextlib.suppress(OSError):
                own_gb = max(own_gb, memory_gb(writer, "RssAnon"))
            time.sleep(0.02)
        log.seek(0)
        check(writer.returncode == 0, f"eirctl import ended with {writer.returncode}: {log.read()[-2000:]}")
    wait_for(f"version {version}", lambda: version in watch.served, timeout_s=600)
    watch.over.set()
    watch.join()
    return watch.served[version] - begin, watch.served[version] - watch.committed[version], own_gb


def rate(lab, options, table):
    keys = keys_of(options.entries)
    everything, rows = write_everything(lab, keys)
    changed = random.Random(1).sample(keys, min(CHANGE, len(keys)))
    change = write_lists(lab.dir / "change.csv", changed, 1)
    del keys
    node = Node(lab, lists=None).start()
    full_s, _, writer_gb = imported(lab, node, everything, "0.1")
    writer_mapped_gb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
    table.most(NAME, f"seconds from CSV files of {options.entries:,} IMEIs and everything else, {rows:,} entries, to serving",
               full_s, FULL_S_PER_50_MILLION * max(1, rows / 50e6))
    quiet_gb = memory_gb(node.process, "VmRSS")
    takes = [imported(lab, node, [change], "0.2", "--merge")[1]]
    write_lists(change, changed, 2)
    takes.append(imported(lab, node, [change], "0.3", "--merge")[1])
    table.most(NAME, f"seconds from the commit of a change of {len(changed):,} to serving, the first time", takes[0], CHANGE_S)
    table.most(NAME, "the same onto an overlay of as many", takes[1], CHANGE_S)
    table.most(NAME, "GB resident in eird, the mapped snapshot counted", quiet_gb, NODE_GB)
    table.most(NAME, "GB resident in eird at most, while versions were swapped", memory_gb(node.process, "VmHWM"),
               NODE_GB_SWAPPING)
    table.most(NAME, f"GB of its own in the writer at most ({writer_mapped_gb:.2f} with what it had mapped)", writer_gb, WRITER_GB)
    node.process.stop()
    begin = time.monotonic()
    node.lists = None
    node.start()
    wait_for("the node to serve again", lambda: serving(node) == "0.3", every_s=0.01)
    table.most(NAME, "seconds from the start of eird to serving, from page cache", time.monotonic() - begin, RESTART_S)
