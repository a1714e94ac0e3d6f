# SPDX-License-Identifier: GPL-3.0-or-later
"""A centre of two sites and the nodes that follow both, with a line that can be cut between any two of them."""

import shutil

from centre import Centre, Syncd, replica_status, wait_for_one_version
from certificates import Authority
from lab import check, equal, wait_for
from node import Node
from proxy import Proxy
from traffic import applicants_trids

SETTLE_S = 180


class Follower:
    """A node and its eir-syncd; `lines` are its own to the EPP server of each site."""

    def __init__(self, pair, number):
        lab = pair.lab
        self.node = Node(lab, name=f"eird-{number}", lists=None, settings=["transaction-log white off"],
                         sightings=lab.dir / f"sightings-{number}")
        self.lines = [Proxy(lab.port(), site.epp_port) for site in pair.sites]
        self.syncd = Syncd(lab, pair.authority, self.node, list(zip(pair.sites, (line.port for line in self.lines))),
                           name=f"eir-syncd-{number}", user=f"NODE-{number}", sightings=self.node.sightings)

    def start(self):
        self.node.start()
        self.syncd.start()


class Pair:
    """The sites: `active` makes versions, `other` follows it. Built first, then started."""

    def __init__(self, lab, nodes=2, sync=True):
        self.lab, self.sync = lab, sync
        self.authority = Authority(lab, "applicant")
        self.sites = [Centre(lab, self.authority, "kyiv", "KYIV"), Centre(lab, self.authority, "lviv", "LVIV")]
        kyiv, lviv = self.sites
        self.between = [Proxy(lab.port(), kyiv.site_port), Proxy(lab.port(), lviv.site_port)]
        kyiv.peers, lviv.peers = [(lviv, self.between[1].port)], [(kyiv, self.between[0].port)]
        lviv.standby_sync = sync  # the other is told by an operator
        for site in self.sites:
            site.files_uri_port = lab.port()
        self.files = [Proxy(site.files_uri_port, site.files_port) for site in self.sites]
        self.active, self.other = self.sites
        self.followers = [Follower(self, number) for number in range(1, nodes + 1)]

    def start(self, rows=None):
        """`rows`: a list file that the first site begins with."""
        first, second = self.sites
        first.add_user("LEA-1", "law-enforcement", "applicant")
        for f in self.followers:
            first.add_user(f.syncd.user, "operator", f.syncd.name, follows=True)
        first.cdbctl("policy", "law-enforcement-at-once", "on")
        if rows:
            first.cdbctl("import", rows, timeout_s=900)
        first.start()
        second.directory.mkdir(mode=0o700)
        shutil.copy(first.directory / "centre.key", second.directory / "centre.key")
        second.start()
        self.in_step(900)
        if self.sync:
            first.cdbctl("site", "sync", "on")
        for f in self.followers:
            f.start()
        for f in self.followers:
            wait_for("the first version at the node", lambda f=f: replica_status(self.lab, f.node.replica)[1] > 0, SETTLE_S)

    def lines(self):
        """To the nodes and between the sites."""
        return [*self.between, *self.files, *(line for f in self.followers for line in f.lines)]

    def in_step(self, timeout_s=SETTLE_S):
        """Until one is active, the other follows it, and both have the same newest block; returns it."""
        def same():
            if sorted(site.role() for site in self.sites) != ["active", "following"]:
                return None
            blocks = {site.newest_block() for site in self.sites}
            return blocks.pop() if len(blocks) == 1 else None
        return wait_for("both sites to have the same block", same, timeout_s, every_s=0.2, state=lambda: [
            (site.name, site.role(), site.newest_block()) for site in self.sites])

    def in_epoch(self, timeout_s=SETTLE_S):
        """Until the active site's last promotion is on record at the other one, which follows."""
        def same():
            return self.other.role() == "following" and self.active.epoch() == self.other.epoch()
        wait_for("the other site to be of the active one's epoch", same, timeout_s, every_s=0.1, state=lambda: [
            (site.name, site.role(), site.epoch()) for site in self.sites])

    def promote_other(self, reason):
        """The following site becomes the active one."""
        self.other.cdbctl("promote", "--reason", reason)
        self.active, self.other = self.other, self.active

    def lost(self, site):
        """clTRIDs in the lists of what the site lost."""
        trids = []
        for path in sorted(site.directory.glob("lost-*.txt")):
            trids += applicants_trids(path.read_text(encoding="utf-8"))
        return trids

    def agree(self):
        """Sites and nodes hold the same, and every audit is whole; returns the version."""
        version = wait_for_one_version(self.lab, "sites and nodes to hold the same", self.sites,
                                       [f.node for f in self.followers], SETTLE_S)
        self.in_step()
        for site in self.sites:
            check("\nwhole\n" in site.cdbctl("audit", "verify", timeout_s=600), f"the audit of {site.name} is not whole")
        equal(self.active.role(), "active", self.active.name)
        return version
