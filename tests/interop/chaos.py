# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre and a node while everything about them breaks: programs killed, connections cut and slowed, pushes repeated
and out of order, two sites. Afterwards nothing acknowledged is missing, and all of them hold the same.

EIR_CHAOS_ENTRIES (default 20000) and EIR_CHAOS_SECONDS (default 20) make it larger; EIR_CHAOS_SEED repeats a run."""

import contextlib
import os
import random
import re
import signal
import threading
import time

from centre import Centre, Syncd, replica_status
from certificates import Authority
from epp import Epp
from lab import check, equal, tcp_port_open, wait_for
from node import Node, s13_client
from pair import Pair
from proxy import Proxy

ENTRIES = int(os.environ.get("EIR_CHAOS_ENTRIES", "20000"))
SECONDS = float(os.environ.get("EIR_CHAOS_SECONDS", "20"))
SEED = int(os.environ.get("EIR_CHAOS_SEED", "0")) or random.randrange(1, 10**6)
SETTLE_S = 180
FIRST = 35_000_000_000_000
DIGITS = "{:014}"
GUARD = ["guard off"]  # it would hold what turns so many devices seen


class Applicant(threading.Thread):
    """Files commands at the centre, one after the other; what it was told is done it remembers."""

    def __init__(self, lab, port, number, seed):
        super().__init__(daemon=True)
        self.lab, self.port, self.number = lab, port, number
        self.random = random.Random(seed)
        self.over = threading.Event()
        self.sent, self.acknowledged, self.refused, self.broken = [], [], 0, 0

    def command(self):
        imei = DIGITS.format(FIRST + self.random.randrange(ENTRIES * 2))
        kind = self.random.randrange(4)
        if kind == 0:
            return f'<create><i:create xmlns:i="urn:ietf:params:xml:ns:imei-1.0"><i:name>{imei}</i:name></i:create></create>'
        op = self.random.choice(("add", "add", "remove"))
        colour = self.random.choice(("black", "grey"))
        return ('<create><p:create xmlns:p="urn:ietf:params:xml:ns:proposal-1.0" xmlns:i="urn:ietf:params:xml:ns:imei-1.0">'
                f'<p:change op="{op}" kind="imei"><i:from>{imei}</i:from><i:list>{colour}</i:list></p:change></p:create></create>')

    def run(self):
        sequence = 0
        while not self.over.is_set():
            try:
                with Epp(self.lab, self.port(), "applicant", timeout_s=20) as epp:
                    epp.login("LEA-1")
                    while not self.over.is_set():
                        sequence += 1
                        trid = f"CHAOS-{self.number}-{sequence}"
                        self.sent.append(trid)
                        code, _ = epp.ask(self.command(), trid)
                        if code in (1000, 1001):
                            self.acknowledged.append(trid)
                        else:
                            self.refused += 1
                        if code == 2400:  # another site may be the active one by now
                            raise ConnectionError("not this site, or not now")
                        time.sleep(0.005)
            except (OSError, AssertionError, ValueError):
                self.broken += 1
                time.sleep(0.2)


class Asker(threading.Thread):
    """Asks the node about devices, each with a subscriber of its own; `settled` are those whose sighting is journalled."""

    def __init__(self, lab, node, seed, first=0):
        super().__init__(daemon=True)
        self.lab, self.node, self.random, self.first = lab, node, random.Random(seed), first
        self.over, self.may_ask = threading.Event(), threading.Event()
        self.lock = threading.Lock()
        self.settled, self.fresh, self.clients = set(), [], 0
        self.may_ask.set()

    def settle(self):
        """Call when half a second went by without a question: eird has written all that was asked."""
        with self.lock:
            self.settled.update(self.fresh)
            self.fresh.clear()

    def run(self):
        asked = 0
        while not self.over.is_set():
            try:
                client = s13_client(self.lab, self.node.diameter_port, name=f"asker-{self.clients}")
                self.clients += 1
                while not self.over.is_set():
                    if not self.may_ask.wait(0.1):
                        continue
                    asked += 1
                    imei, imsi = FIRST + self.random.randrange(ENTRIES * 2), 255010000000000 + self.first + asked
                    with self.lock:
                        if self.may_ask.is_set() and "result" in client.ask({"imei": f"{imei:014}0", "imsi": str(imsi)}, 5):
                            self.fresh.append((imei, imsi | 15 << 56))
                    time.sleep(0.002)
            except (OSError, ValueError, TimeoutError, ConnectionError):
                time.sleep(0.2)


def stored(lab):
    """A file of ENTRIES rows that a centre begins with."""
    return lab.write("stored.csv", "imei,list\n" + "".join(f"{FIRST + 2 * n:014},white\n" for n in range(ENTRIES)))


def kill(what):
    """Ends it as a power cut would."""
    what.process.popen.send_signal(signal.SIGKILL)
    what.process.popen.wait()


def quiet_kill(asker, node):
    """Kills eird when it has written all that was asked, and starts it again."""
    asker.may_ask.clear()
    with asker.lock:
        time.sleep(0.6)
    asker.settle()
    kill(node)
    node.start()
    asker.may_ask.set()


class Storm:
    """A centre, a node that follows it over bad lines, and what goes wrong."""

    def __init__(self, lab):
        self.lab, self.random = lab, random.Random(SEED)
        print(f"EIR_CHAOS_SEED={SEED} EIR_CHAOS_ENTRIES={ENTRIES} EIR_CHAOS_SECONDS={SECONDS:.0f}")
        self.authority = Authority(lab)
        self.authority.issue("applicant")
        self.centre = Centre(lab, self.authority)
        self.epp_line = Proxy(lab.port(), self.centre.epp_port)
        self.centre.files_uri_port = lab.port()
        self.files_line = Proxy(self.centre.files_uri_port, self.centre.files_port)
        self.node = Node(lab, lists=None, settings=[f"sightings-directory {lab.dir}/sightings", "transaction-log white off"])
        self.syncd = Syncd(lab, self.authority, self.node, [(self.centre, self.epp_line.port)], sightings=lab.dir / "sightings")
        self.syncd.settings = GUARD
        self.did = {}

    def start(self):
        centre = self.centre
        centre.add_user("LEA-1", "law-enforcement", "applicant")
        centre.add_user(self.syncd.user, "operator", self.syncd.name, follows=True)
        centre.cdbctl("policy", "law-enforcement-at-once", "on")
        centre.cdbctl("import", stored(self.lab), timeout_s=600)
        centre.start()
        self.node.start()
        self.syncd.start()
        wait_for("the first version at the node", lambda: replica_status(self.lab, self.node.replica)[1] > 0, SETTLE_S)
        self.applicants = [Applicant(self.lab, lambda: centre.epp_port, n, SEED + n) for n in range(3)]
        self.asker = Asker(self.lab, self.node, SEED)
        for thread in (*self.applicants, self.asker):
            thread.start()

    def restart(self, what):
        kill(what)
        time.sleep(self.random.uniform(0, 0.3))
        what.start()

    def kill_centre(self):
        self.restart(self.centre)

    def kill_syncd(self):
        self.restart(self.syncd)

    def kill_eird(self):
        quiet_kill(self.asker, self.node)

    def cut(self):
        self.epp_line.cut()
        self.files_line.cut()

    def slow(self):
        for line in (self.epp_line, self.files_line):
            line.delay_s, line.octets_per_s = 0.02, 200_000
        time.sleep(1)
        for line in (self.epp_line, self.files_line):
            line.delay_s, line.octets_per_s = 0, 0

    def silence(self):
        self.epp_line.refuses = self.files_line.refuses = True
        self.cut()
        time.sleep(1)
        self.epp_line.refuses = self.files_line.refuses = False

    def pushes(self):
        """Versions as the node itself would be told of, pushed in any order, twice."""
        epoch, number, _ = self.centre.version()
        frames = []
        with Epp(self.lab, self.centre.epp_port, self.syncd.name) as epp:
            epp.login(self.syncd.user)
            for back in range(1, min(4, number)):
                _, answer = epp.ask('<info><v:info xmlns:v="urn:ietf:params:xml:ns:version-1.0"><v:list>centre</v:list>'
                                    f'<v:from epoch="{epoch}" number="{number - back}"/></v:info></info>', f"PUSH-{back}")
                found = re.search(r"<version:infData.*</version:infData>", answer, re.S)
                frames += [found[0].replace("infData", "create")] * 2 if found else []
        self.random.shuffle(frames)
        with contextlib.suppress(ConnectionError), Epp(self.lab, self.syncd.push_port, self.centre.name) as epp:
            epp.login("CENTRE", objects=["version"])
            for n, frame in enumerate(frames):
                code, answer = epp.ask(f"<create>{frame}</create>", f"REPEAT-{n}")
                check(code in (1000, 1001, 2306), f"a repeated push was answered {answer}")

    def blow(self):
        end = time.monotonic() + SECONDS
        troubles = [self.kill_centre, self.kill_syncd, self.kill_eird, self.cut, self.slow, self.silence, self.pushes]
        while time.monotonic() < end:
            trouble = self.random.choice(troubles)
            trouble()
            self.did[trouble.__name__] = self.did.get(trouble.__name__, 0) + 1
            time.sleep(self.random.uniform(0, 0.5))

    def calm(self):
        for applicant in self.applicants:
            applicant.over.set()
        for applicant in self.applicants:
            applicant.join()
        self.asker.over.set()
        self.asker.join()
        time.sleep(0.6)
        self.asker.settle()

    def agree(self):
        """Centre and node hold the same; nothing acknowledged, nothing seen is missing."""
        version = wait_for("centre and node to agree", lambda: (self.centre.version()[:2] == replica_status(
            self.lab, self.node.replica)[:2]) and self.centre.version(), SETTLE_S, every_s=0.5)
        equal(replica_status(self.lab, self.node.replica), version, "version and digest at the node")
        wait_for("every sighting at the centre", lambda: self.asker.settled <= self.centre.sightings(), SETTLE_S, every_s=0.5)
        acknowledged = [trid for a in self.applicants for trid in a.acknowledged]
        equal(self.centre.missing(acknowledged), [], "acknowledged commands missing from the audit")
        check("whole" in self.centre.cdbctl("audit", "verify"), "the audit is not whole")
        print(f"{self.did}; {len(acknowledged)} commands acknowledged and on record, "
              f"{sum(a.refused for a in self.applicants)} refused, {sum(a.broken for a in self.applicants)} sessions broken; "
              f"{len(self.asker.settled)} sightings at the centre; version {version[0]}.{version[1]}, digest {version[2]}")
        check(len(acknowledged) > 50 and len(self.asker.settled) > 50, "too little was asked for the run to mean something")


def plain_killed_cut_slowed_and_repeated(lab):
    storm = Storm(lab)
    storm.start()
    storm.blow()
    storm.calm()
    storm.agree()
    check(tcp_port_open(storm.centre.epp_port), "the centre is up")


class TwoSites:
    """Two sites with standby-sync, two nodes; any of them is killed, any line fails, and the other site is promoted."""

    STALE_S = 3

    def __init__(self, lab):
        self.lab, self.random = lab, random.Random(SEED)
        print(f"EIR_CHAOS_SEED={SEED} EIR_CHAOS_ENTRIES={ENTRIES} EIR_CHAOS_SECONDS={SECONDS:.0f}")
        self.pair = Pair(lab)
        for f in self.pair.followers:
            f.syncd.settings = GUARD
        self.did = {}

    def start(self):
        pair = self.pair
        pair.start(stored(self.lab))
        self.applicants = [Applicant(self.lab, lambda: pair.active.epp_port, n, SEED + n) for n in range(3)]
        self.askers = [Asker(self.lab, f.node, SEED + n, first=n * 10**8) for n, f in enumerate(pair.followers)]
        for thread in (*self.applicants, *self.askers):
            thread.start()

    def restart(self, what, after_s=0.3):
        kill(what)
        time.sleep(self.random.uniform(0, after_s))
        what.start()

    def kill_active(self):
        self.restart(self.pair.active)

    def kill_other(self):
        self.restart(self.pair.other)

    def kill_syncd(self):
        self.restart(self.random.choice(self.pair.followers).syncd)

    def kill_eird(self):
        number = self.random.randrange(len(self.askers))
        quiet_kill(self.askers[number], self.pair.followers[number].node)

    def stale_for_a_while(self):
        """The other site is gone for longer than a kill takes: what is asked meanwhile waits for it, or is refused."""
        self.restart(self.pair.other, self.STALE_S)

    def cut(self):
        for line in self.pair.lines():
            line.cut()

    def slow(self):
        lines = self.random.sample(self.pair.lines(), 4)
        for line in lines:
            line.delay_s, line.octets_per_s = 0.02, 200_000
        time.sleep(1)
        for line in lines:
            line.delay_s, line.octets_per_s = 0, 0

    def silent(self, lines, seconds=1.0):
        for line in lines:
            line.refuses = True
            line.cut()
        time.sleep(seconds)

    def heard_again(self, lines):
        for line in lines:
            line.refuses = False

    def silence(self):
        lines = self.random.sample(self.pair.lines(), 3)
        self.silent(lines)
        self.heard_again(lines)

    def apart(self):
        """The sites do not reach each other."""
        self.silent(self.pair.between, self.random.uniform(0, self.STALE_S))
        self.heard_again(self.pair.between)

    def ready(self):
        """An operator promotes a site that follows and has the epoch of the active one."""
        with contextlib.suppress(TimeoutError):
            self.pair.in_epoch(20)
            return True
        return False

    def promote_after_kill(self):
        """The active site dies, the other is promoted, the old one returns to it."""
        if not self.ready():
            return self.count("promotions put off")
        old = self.pair.active
        kill(old)
        self.pair.promote_other("the active site was killed")
        time.sleep(self.random.uniform(0, 1))
        old.start()
        return None

    def promote_stale(self):
        """The other site lacks what the active one has on record, is promoted, and then the old one returns."""
        if not self.ready():
            return self.count("promotions put off")
        self.silent(self.pair.between, self.random.uniform(0.5, self.STALE_S))
        old = self.pair.active
        if self.random.random() < 0.5:
            kill(old)
        self.pair.promote_other("the active site cannot be reached")
        time.sleep(self.random.uniform(0, 1))
        self.heard_again(self.pair.between)
        if not old.process.running():
            old.start()
        return None

    def count(self, what):
        self.did[what] = self.did.get(what, 0) + 1

    def blow(self):
        promotions = [self.promote_after_kill, self.promote_stale]
        troubles = [self.kill_active, self.kill_other, self.kill_syncd, self.kill_eird, self.stale_for_a_while, self.cut,
                    self.slow, self.silence, self.apart, *promotions]
        end, planned = time.monotonic() + SECONDS, list(promotions)
        while time.monotonic() < end or planned:
            trouble = self.random.choice(troubles if time.monotonic() < end else planned)
            trouble()
            planned = [p for p in planned if p != trouble]
            self.count(trouble.__name__)
            time.sleep(self.random.uniform(0, 1))

    def calm(self):
        for thread in (*self.applicants, *self.askers):
            thread.over.set()
        for thread in (*self.applicants, *self.askers):
            thread.join()
        time.sleep(0.6)
        for asker in self.askers:
            asker.settle()

    def agree(self):
        """Sites and nodes hold the same; what was acknowledged and what was seen is at both sites."""
        version = self.pair.agree()
        seen = set().union(*(a.settled for a in self.askers))
        for site in self.pair.sites:
            wait_for(f"every sighting at {site.name}", lambda s=site: seen <= s.sightings(), SETTLE_S, every_s=0.5)
        acknowledged = [trid for a in self.applicants for trid in a.acknowledged]
        for site in self.pair.sites:
            equal(site.missing(acknowledged), [], f"acknowledged commands missing from the audit of {site.name}")
        lost = {trid for site in self.pair.sites for trid in self.pair.lost(site)}
        equal(sorted(lost & set(acknowledged)), [], "acknowledged commands listed as lost")
        print(f"{self.did}; {len(acknowledged)} commands acknowledged and on record at both sites, "
              f"{sum(a.refused for a in self.applicants)} refused, {sum(a.broken for a in self.applicants)} sessions broken, "
              f"{len(lost)} stored by one site alone and lost; {len(seen)} sightings at both sites; "
              f"version {version[0]}.{version[1]}, digest {version[2]}")
        check(len(acknowledged) > 50 and len(seen) > 50, "too little was asked for the run to mean something")


def plain_two_sites_killed_cut_and_promoted(lab):
    storm = TwoSites(lab)
    storm.start()
    storm.blow()
    storm.calm()
    storm.agree()
