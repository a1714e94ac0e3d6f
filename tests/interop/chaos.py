# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre and a node while everything about them breaks: programs killed, connections cut and slowed, pushes repeated
and out of order, two sites. Afterwards nothing acknowledged is missing, and all of them hold the same.

EIR_CHAOS_ENTRIES (default 20000) and EIR_CHAOS_SECONDS (default 20) make it larger; EIR_CHAOS_SEED repeats what is chosen."""

import contextlib
import os
import random
import re
import time

from centre import Centre, Syncd, replica_status, wait_for_one_version
from certificates import Authority
from epp import NAMESPACE, Epp
from lab import check, equal, tcp_port_open, wait_for
from node import Node
from pair import SETTLE_S, Pair
from proxy import Proxy
from traffic import FIRST, Applicant, Asker, calm, enough, told, troubled

ENTRIES = int(os.environ.get("EIR_CHAOS_ENTRIES", "20000"))
SECONDS = float(os.environ.get("EIR_CHAOS_SECONDS", "20"))
SEED = int(os.environ.get("EIR_CHAOS_SEED", "0")) or random.randrange(1, 10**6)
LONGEST = 10  # times SECONDS, when hardly anything gets through
APPLICANTS = 3
SLOW_S = SILENT_S = 1.0
GUARD = ["guard off"]  # it would hold what turns so many devices seen


class Storm:
    """What goes wrong, chosen by chance, while applicants and askers go on."""

    PAUSE_MAX_S = 0.5  # between two troubles

    def __init__(self, lab):
        print(f"EIR_CHAOS_SEED={SEED} EIR_CHAOS_ENTRIES={ENTRIES} EIR_CHAOS_SECONDS={SECONDS:.0f}")
        self.lab, self.random = lab, random.Random(SEED)
        self.applicants, self.askers, self.did = [], [], {}

    def stored(self):
        """A file of ENTRIES rows that a centre begins with."""
        return self.lab.write("stored.csv", "imei,list\n" + "".join(f"{FIRST + 2 * n:014},white\n" for n in range(ENTRIES)))

    def go_on(self, port, nodes):
        """Starts the traffic: at the centre's port, and at each node."""
        self.applicants = [Applicant(self.lab, port, n, SEED + n, 2 * ENTRIES) for n in range(APPLICANTS)]
        self.askers = [Asker(self.lab, node, SEED + n, 2 * ENTRIES, first=n * 10**8) for n, node in enumerate(nodes)]
        for thread in (*self.applicants, *self.askers):
            thread.start()

    def restart(self, what, after_s=0.3):
        what.process.kill()
        time.sleep(self.random.uniform(0, after_s))
        what.start()

    def kill_eird(self):
        self.random.choice(self.askers).kill_node()

    @staticmethod
    def slow_down(lines):
        for line in lines:
            line.slow_down()
        time.sleep(SLOW_S)
        for line in lines:
            line.speed_up()

    @staticmethod
    def silence(lines, seconds=SILENT_S):
        for line in lines:
            line.silence()
        time.sleep(seconds)

    @staticmethod
    def heard_again(lines):
        for line in lines:
            line.heard_again()

    def count(self, what):
        self.did[what] = self.did.get(what, 0) + 1

    def blow(self, troubles, at_least=()):
        """For SECONDS, and until each of `at_least` was there and the traffic amounted to something."""
        begin, planned = time.monotonic(), list(at_least)
        while (short := time.monotonic() < begin + SECONDS) or planned or not enough(self.applicants, self.askers):
            check(time.monotonic() < begin + SECONDS * LONGEST, f"too little got through: {troubled(self.applicants, self.askers)}")
            trouble = self.random.choice(planned if planned and not short else troubles)
            print(f"{time.strftime('%H:%M:%S')} {trouble.__name__}", flush=True)
            trouble()
            planned = [p for p in planned if p != trouble]
            self.count(trouble.__name__)
            time.sleep(self.random.uniform(0, self.PAUSE_MAX_S))
        calm(self.applicants, self.askers)

    def nothing_is_lost(self, sites):
        """What was acknowledged and what was seen is on record at every site; returns the acknowledged."""
        seen = set().union(*(a.settled for a in self.askers))
        acknowledged = [trid for a in self.applicants for trid in a.acknowledged]
        for site in sites:
            site.wait_sightings(seen, SETTLE_S)
            equal(site.missing(acknowledged), [], f"acknowledged commands missing from the audit of {site.name}")
        print(f"{self.did}; {told(self.applicants, self.askers)}; all of it at {' and '.join(s.name for s in sites)}")
        return acknowledged


class OneSite(Storm):
    """A centre, and a node that follows it over bad lines."""

    def __init__(self, lab):
        super().__init__(lab)
        authority = Authority(lab, "applicant")
        self.centre = Centre(lab, authority)
        self.epp_line = Proxy(lab.port(), self.centre.epp_port)
        self.centre.files_uri_port = lab.port()
        self.lines = [self.epp_line, Proxy(self.centre.files_uri_port, self.centre.files_port)]
        self.node = Node(lab, lists=None, settings=["transaction-log white off"], sightings=lab.dir / "sightings")
        self.syncd = Syncd(lab, authority, self.node, [(self.centre, self.epp_line.port)], sightings=self.node.sightings)
        self.syncd.settings = GUARD

    def start(self):
        centre = self.centre
        centre.add_user("LEA-1", "law-enforcement", "applicant")
        centre.add_user(self.syncd.user, "operator", self.syncd.name, follows=True)
        centre.cdbctl("policy", "law-enforcement-at-once", "on")
        centre.cdbctl("import", self.stored(), timeout_s=600)
        centre.start()
        self.node.start()
        self.syncd.start()
        wait_for("the first version at the node", lambda: replica_status(self.lab, self.node.replica)[1] > 0, SETTLE_S)
        self.go_on(lambda: centre.epp_port, [self.node])

    def kill_centre(self):
        self.restart(self.centre)

    def kill_syncd(self):
        self.restart(self.syncd)

    def cut(self):
        for line in self.lines:
            line.cut()

    def slow(self):
        self.slow_down(self.lines)

    def silent(self):
        self.silence(self.lines)
        self.heard_again(self.lines)

    def pushes(self):
        """Versions as the node itself would be told of, pushed in any order, twice."""
        epoch, number, _ = self.centre.version()
        frames = []
        with Epp(self.lab, self.centre.epp_port, self.syncd.name) as epp:
            epp.login(self.syncd.user)
            for back in range(1, min(4, number)):
                _, answer = epp.ask(f'<info><v:info xmlns:v="{NAMESPACE}version-1.0"><v:list>centre</v:list>'
                                    f'<v:from epoch="{epoch}" number="{number - back}"/></v:info></info>', f"PUSH-{back}")
                found = re.search(r"<version:infData.*</version:infData>", answer, re.S)
                frames += [found[0].replace("infData", "create")] * 2 if found else []
        self.random.shuffle(frames)
        with contextlib.suppress(ConnectionError), Epp(self.lab, self.syncd.push_port, self.centre.name) as epp:
            epp.login("CENTRE", objects=["version"])
            for n, frame in enumerate(frames):
                code, answer = epp.ask(f"<create>{frame}</create>", f"REPEAT-{n}")
                check(code in (1000, 1001, 2306), f"a repeated push was answered {answer}")

    def troubles(self):
        return [self.kill_centre, self.kill_syncd, self.kill_eird, self.cut, self.slow, self.silent, self.pushes]

    def agree(self):
        """Centre and node hold the same."""
        version = wait_for_one_version(self.lab, "centre and node to hold the same", [self.centre], [self.node], SETTLE_S)
        check("whole" in self.centre.cdbctl("audit", "verify"), "the audit is not whole")
        print(f"version {version[0]}.{version[1]}, digest {version[2]}")


def plain_killed_cut_slowed_and_repeated(lab):
    storm = OneSite(lab)
    storm.start()
    storm.blow(storm.troubles())
    storm.nothing_is_lost([storm.centre])
    storm.agree()
    check(tcp_port_open(storm.centre.epp_port), "the centre is up")


class TwoSites(Storm):
    """Two sites with standby-sync, two nodes; any of them is killed, any line fails, and the other site is promoted."""

    PAUSE_MAX_S = 1.0
    STALE_S = 3

    def __init__(self, lab):
        super().__init__(lab)
        self.pair = Pair(lab)
        for f in self.pair.followers:
            f.syncd.settings = GUARD

    def start(self):
        pair = self.pair
        pair.start(self.stored())
        self.go_on(lambda: pair.active.epp_port, [f.node for f in pair.followers])

    def kill_active(self):
        self.restart(self.pair.active)

    def kill_other(self):
        self.restart(self.pair.other)

    def kill_syncd(self):
        self.restart(self.random.choice(self.pair.followers).syncd)

    def stale_for_a_while(self):
        """The other site is gone for longer than a kill takes: what is asked meanwhile waits for it, or is refused."""
        self.restart(self.pair.other, self.STALE_S)

    def cut(self):
        for line in self.pair.lines():
            line.cut()

    def slow(self):
        self.slow_down(self.random.sample(self.pair.lines(), 4))

    def silent(self):
        lines = self.random.sample(self.pair.lines(), 3)
        self.silence(lines)
        self.heard_again(lines)

    def apart(self):
        """The sites do not reach each other."""
        self.silence(self.pair.between, self.random.uniform(0, self.STALE_S))
        self.heard_again(self.pair.between)

    def ready(self):
        """An operator promotes a site that follows and has the epoch of the active one."""
        with contextlib.suppress(TimeoutError):
            self.pair.in_epoch(20)
            return True
        self.count("promotions put off")
        return False

    def promote_after_kill(self):
        """The active site dies, the other is promoted, the old one returns to it."""
        if not self.ready():
            return
        old = self.pair.active
        old.process.kill()
        self.pair.promote_other("the active site was killed")
        time.sleep(self.random.uniform(0, 1))
        old.start()

    def promote_stale(self):
        """The other site lacks what the active one has on record, is promoted, and then the old one returns."""
        if not self.ready():
            return
        self.silence(self.pair.between, self.random.uniform(0.5, self.STALE_S))
        old = self.pair.active
        if self.random.random() < 0.5:
            old.process.kill()
        self.pair.promote_other("the active site cannot be reached")
        time.sleep(self.random.uniform(0, 1))
        self.heard_again(self.pair.between)
        if not old.process.running():
            old.start()

    def promotions(self):
        return [self.promote_after_kill, self.promote_stale]

    def troubles(self):
        return [self.kill_active, self.kill_other, self.kill_syncd, self.kill_eird, self.stale_for_a_while, self.cut, self.slow,
                self.silent, self.apart, *self.promotions()]


def plain_two_sites_killed_cut_and_promoted(lab):
    storm = TwoSites(lab)
    pair = storm.pair
    storm.start()
    storm.blow(storm.troubles(), at_least=storm.promotions())
    version = pair.agree()
    acknowledged = storm.nothing_is_lost(pair.sites)
    lost = {trid for site in pair.sites for trid in pair.lost(site)}
    equal(sorted(lost & set(acknowledged)), [], "acknowledged commands listed as lost")
    print(f"{len(lost)} stored by one site alone and lost; version {version[0]}.{version[1]}, digest {version[2]}")
