# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre tells a node of versions at the node's own server: a change is there long before the node would have polled."""

from centre import Centre, Syncd, wait_for_one_version
from certificates import Authority
from epp import Epp
from lab import check, equal, wait_for
from node import Node
from traffic import create

SETTLE_S = 30
POLL_MS = 60_000  # far above SETTLE_S: what comes earlier was pushed


class Told:
    """A centre, and a node that hardly ever polls."""

    def __init__(self, lab):
        self.lab = lab
        self.authority = authority = Authority(lab, "importer")
        self.centre = Centre(lab, authority)
        self.node = Node(lab, lists=None)  # not started: its replica is what counts
        self.node.replica.mkdir()
        self.syncd = Syncd(lab, authority, self.node, [self.centre])
        self.syncd.settings.append(f"poll-interval {POLL_MS}")
        self.centre.nodes = [self.syncd]

    def start(self):
        centre = self.centre
        centre.add_user("IMP-1", "importer", "importer")
        centre.add_user(self.syncd.user, "operator", self.syncd.name, follows=True)
        centre.start()
        self.syncd.start()
        self.even("the first version")
        self.filed = 0
        self.importer = Epp(self.lab, centre.epp_port, "importer").login("IMP-1")
        return self

    def even(self, what):
        wait_for_one_version(self.lab, f"{what} at the node", [self.centre], [self.node], SETTLE_S)

    def file(self):
        before = self.centre.version()
        self.filed += 1
        code, answer = self.importer.ask(create(f"3539180570{self.filed:04}"), f"F-{self.filed}")
        equal(code, 1000, answer)
        wait_for("a version of it", lambda: self.centre.version() > before, SETTLE_S)

    def nodes(self):
        with self.centre.vty() as vty:
            return vty.json("show nodes json")

    def push(self):
        return self.nodes()["pushes"][0]

    def alarms(self):
        with self.centre.vty() as vty:
            return [(a["name"], a["subject"]) for a in vty.json("show cdb alarms json")["alarms"]]


def plain_a_change_is_told_at_once(lab):
    told = Told(lab).start()
    wait_for("a session with the node", lambda: told.push()["state"] == "connected", SETTLE_S, state=told.push)
    for _ in range(5):
        told.file()
        told.even("a filed device")
    equal([n["push"] for n in told.nodes()["nodes"]], ["connected"], "beside what the follower holds")
    wait_for("the node's answer", lambda: told.push()["at"] == "{}.{}".format(*told.centre.version()), SETTLE_S, state=told.push)
    push = told.push()
    check(push["changes"] >= 4 and push["refused"] == 0 and push["problem"] == "-", f"{push}")
    user = told.syncd.user
    check(told.centre.metric("eir_cdb_push_answers_total", node=user, answer="committed") >= 4, "answers are counted")
    equal(told.centre.metric("eir_cdb_push_failing", node=user), 0.0, "failing")


def plain_a_node_that_cannot_be_told_is_alarmed_of(lab):
    told = Told(lab).start()
    told.file()
    told.even("a filed device")
    told.syncd.process.kill()
    told.file()
    alarm = ("node-untold", told.syncd.user)
    wait_for("the alarm", lambda: alarm in told.alarms(), SETTLE_S, state=told.alarms)
    equal(told.push()["state"], "failing", "state of the node")
    check(told.push()["problem"] != "-", "the reason is shown")
    told.syncd.start()
    told.even("what was filed meanwhile")
    wait_for("the alarm to clear", lambda: alarm not in told.alarms(), SETTLE_S, state=told.alarms)
    told.file()
    told.even("what was filed then")
    equal(told.push()["state"], "connected", "state of the node")
