# SPDX-License-Identifier: GPL-3.0-or-later
"""What goes on while things break: applicants file at the centre, askers ask at a node, and both remember what must not be
lost."""

import random
import re
import struct
import threading
import time

from epp import NAMESPACE, Epp
from lab import check, wait_for
from node import s13_client

FIRST = 35_000_000_000_000
JOIN_S = MORE_S = 60
ENOUGH = 50
NOT_HERE = 2400
TRID = "CHAOS-"
IMEI_NS = f'xmlns:i="{NAMESPACE}imei-1.0"'


def create(imei):
    return f"<create><i:create {IMEI_NS}><i:name>{imei}</i:name></i:create></create>"


def move(imei, op="add", colour="black"):
    """What law enforcement may have done at once."""
    return (f'<create><p:create xmlns:p="{NAMESPACE}proposal-1.0" {IMEI_NS}><p:change op="{op}" kind="imei">'
            f"<i:from>{imei}</i:from><i:list>{colour}</i:list></p:change></p:create></create>")


def applicants_trids(text):
    """Of applicants' commands that the text names."""
    return re.findall(rf"{TRID}\d+-\d+", text)


def journalled(directory):
    """The sightings in eird's journals (core/sightings/record.h), as the centre stores them."""
    header, head, check_octets, of_a_sighting = 24, struct.Struct(">HB"), 4, 1
    found = set()
    for path in directory.glob("seen-*.journal"):
        octets, at = path.read_bytes(), header
        while at + head.size <= len(octets):
            length, kind = head.unpack_from(octets, at)
            at += head.size + length + check_octets
            if kind == of_a_sighting and at <= len(octets):
                imei, _, imsi = struct.unpack_from(">QBQ", octets, at - check_octets - length)
                found.add((imei, imsi))
    return found


class Traffic(threading.Thread):
    """A thread that goes on until it is told to end, whatever breaks."""

    def __init__(self):
        super().__init__(daemon=True)
        self.over = threading.Event()
        self.broken, self.problem = 0, None  # how often the session broke, and why at last

    def run(self):
        while not self.over.is_set():
            try:
                self.session()
            except (OSError, AssertionError, ValueError) as error:
                self.broken += 1
                self.problem = error
                time.sleep(0.2)

    def session(self):
        raise NotImplementedError


class Applicant(Traffic):
    """Files commands at the centre, one after the other, in sessions of its own at the port that `port()` says. What it was
    told is done is in `acknowledged`."""

    def __init__(self, lab, port, number, seed, devices):
        super().__init__()
        self.lab, self.port, self.number, self.devices = lab, port, number, devices
        self.random = random.Random(seed)
        self.sent, self.acknowledged, self.refused = [], [], 0

    def command(self):
        imei = f"{FIRST + self.random.randrange(self.devices):014}"
        if self.random.randrange(4) == 0:
            return create(imei)
        return move(imei, self.random.choice(("add", "add", "remove")), self.random.choice(("black", "grey")))

    def session(self):
        with Epp(self.lab, self.port(), "applicant", timeout_s=20) as epp:
            epp.login("LEA-1")
            while not self.over.is_set():
                trid = f"{TRID}{self.number}-{len(self.sent) + 1}"
                self.sent.append(trid)
                code, _ = epp.ask(self.command(), trid)
                if code in (1000, 1001):
                    self.acknowledged.append(trid)
                else:
                    self.refused += 1
                if code == NOT_HERE:
                    raise ConnectionError("another site may be the active one by now")
                time.sleep(0.005)


class Asker(Traffic):
    """Asks the node about devices, each question with a subscriber of its own, numbered from `first`. Sightings that eird
    has journalled are in `settled`, as the centre stores them."""

    def __init__(self, lab, node, seed, devices, first=0):
        super().__init__()
        self.lab, self.node, self.devices, self.first = lab, node, devices, first
        self.random = random.Random(seed)
        self.lock, self.may_ask = threading.Lock(), threading.Event()
        self.settled, self.fresh, self.asked, self.sessions = set(), [], 0, 0
        self.may_ask.set()

    def settle(self):
        """Returns when eird has journalled all that it answered."""
        with self.lock:
            wait_for(f"{len(self.fresh)} sightings to be journalled", lambda: journalled(self.node.sightings) >= set(self.fresh),
                     MORE_S, every_s=0.1)
            self.settled.update(self.fresh)
            self.fresh.clear()

    def session(self):
        client = s13_client(self.lab, self.node.diameter_port, name=f"asker-{self.first}-{self.sessions}")
        self.sessions += 1
        try:
            while not self.over.is_set():
                if self.may_ask.wait(0.1):
                    self.ask(client)
                    time.sleep(0.002)
        finally:
            client.stop()

    def ask(self, client):
        self.asked += 1
        imei, imsi = FIRST + self.random.randrange(self.devices), 255010000000000 + self.first + self.asked
        with self.lock:
            if self.may_ask.is_set() and "result" in client.ask({"imei": f"{imei:014}0", "imsi": str(imsi)}, 5):
                self.fresh.append((imei, imsi | 15 << 56))

    def kill_node(self):
        """When it has written all that was asked, and starts it again."""
        self.may_ask.clear()
        self.settle()
        self.node.process.kill()
        self.node.start()
        self.may_ask.set()


def calm(applicants, askers):
    """Ends them; what was asked is settled then."""
    for thread in (*applicants, *askers):
        thread.over.set()
    for thread in (*applicants, *askers):
        thread.join(JOIN_S)
        check(not thread.is_alive(), f"{thread} did not end in {JOIN_S} s; its last problem: {thread.problem!r}")
    for asker in askers:
        asker.settle()


def got_through(applicants, askers):
    """Commands acknowledged, and sightings that are journalled or will be."""
    return sum(len(a.acknowledged) for a in applicants), sum(len(a.settled) + len(a.fresh) for a in askers)


def enough(applicants, askers):
    """Whether so much got through that a run means something."""
    return min(got_through(applicants, askers)) > ENOUGH


def wait_for_more(applicants, askers):
    """Returns when ENOUGH of each got through since."""
    before = got_through(applicants, askers)
    wait_for("commands to be acknowledged and devices to be seen", timeout_s=MORE_S,
             ready=lambda: all(now > then + ENOUGH for now, then in zip(got_through(applicants, askers), before)),
             state=lambda: troubled(applicants, askers))


def told(applicants, askers):
    """What became of what was asked."""
    done, seen = got_through(applicants, askers)
    return (f"{done} commands acknowledged, {sum(a.refused for a in applicants)} refused, "
            f"{sum(a.broken for a in applicants)} sessions broken; {seen} sightings settled")


def troubled(applicants, askers):
    """The same, and what hindered each at last."""
    problems = [f"{type(t).__name__}: {t.problem!r}" for t in (*applicants, *askers) if t.problem]
    return f"{told(applicants, askers)}; last problems: {problems}"
