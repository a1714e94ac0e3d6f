# SPDX-License-Identifier: GPL-3.0-or-later
"""A centre of two sites, two nodes that follow both: what follows refuses and answers, and the active site killed under
load."""

import re

from centre import replica_status
from epp import Epp
from lab import check, equal, wait_for
from node import s13_client
from pair import Pair
from traffic import FIRST, IMEI_NS, Applicant, Asker, calm, move, told, wait_for_more

DEVICES = 40_000
SETTLE_S = 60


def exists(pair, site, imei):
    """What the site says of the IMEI: (code, avail)."""
    with Epp(pair.lab, site.epp_port, "applicant") as epp:
        epp.login("LEA-1")
        code, answer = epp.ask(f"<check><i:check {IMEI_NS}><i:name>{imei}</i:name></i:check></check>", "CHECK-1")
        return code, re.search(r'avail="(\d)"', answer)[1]


def mark(pair, site, imei):
    """The version that the site says it stands at with what is read, to who chose that extension."""
    with Epp(pair.lab, site.epp_port, "applicant") as epp:
        check("<extURI>urn:ietf:params:xml:ns:site-1.0</extURI>" in epp.greeting, epp.greeting)
        epp.login("LEA-1", extensions=["site"])
        answer = epp.ask(f"<info><i:info {IMEI_NS}><i:name>{imei}</i:name></i:info></info>", "INFO-1")[1]
        found = re.search(r'</resData><extension><site:follows .*<site:at epoch="(\d+)" number="(\d+)"/>', answer)
        return found and (int(found[1]), int(found[2]))


def plain_following_site(lab):
    """A change is at the other site and at both nodes; the other site changes nothing and answers what reads."""
    pair = Pair(lab)
    pair.start()
    imei = f"{FIRST:014}"
    with Epp(lab, pair.active.epp_port, "applicant") as epp:
        epp.login("LEA-1")
        code, answer = epp.ask(move(imei), "SITES-1")
        equal(code, 1000, f"a device blocked at the active site: {answer}")
    for f in pair.followers:
        client = s13_client(lab, f.node.diameter_port, name=f"mme-{f.node.name}")
        wait_for(f"black at {f.node.name}", lambda c=client: c.ask({"imei": imei + "0", "imsi": "255010000000001"})["result"]
                 == "black", every_s=0.2)
    pair.agree()
    equal(exists(pair, pair.other, imei), (1000, "0"), "a check at the following site")
    equal([mark(pair, site, imei) for site in pair.sites], [None, pair.active.version()[:2]], "marks of what is read")
    before = pair.other.newest_block()
    with Epp(lab, pair.other.epp_port, "applicant") as epp:
        epp.login("LEA-1")
        code, answer = epp.ask(move(f"{FIRST + 1:014}"), "SITES-2")
        equal(code, 2400, f"a transform at the following site: {answer}")
        code, answer = epp.ask(move(imei), "SITES-3")
        equal(code, 2400, f"one that would change nothing: {answer}")
    equal(exists(pair, pair.active, f"{FIRST + 1:014}"), (1000, "1"), "what was refused, at the active site")
    check(pair.other.newest_block()[0] >= before[0], "the shared audit went back")
    equal(pair.active.missing(["SITES-1", "SITES-2", "SITES-3"]), ["SITES-2", "SITES-3"], "on record at the active site")
    equal(pair.other.missing(["SITES-1"]), [], "on record at the following site")
    own = pair.other.cdbctl("audit", "find", "SITES-2", "SITES-3").partition("asked of this site alone")[2]
    equal(re.findall(r"clTRID (SITES-\d), svTRID \S+: (\d+)", own), [("SITES-2", "2400"), ("SITES-3", "2400")], "on its own record")
    check("of this site alone: blocks" in pair.other.cdbctl("audit", "verify"), "its own record is looked into")
    said = pair.other.cdbctl("sites")
    check("role          following" in said and "standby-sync  on" in said, said)
    check(re.search(r"^peer kyiv: active, epoch 1, block \d+$", said, re.M), f"of the other site: {said}")
    with pair.other.vty() as vty:
        told = vty.json("show sites json")
    equal([told["role"], told["standby_sync"], told["peers"][0]["peer"], told["peers"][0]["role"]],
          ["following", True, "kyiv", "active"], "show sites json")
    pair.other.process.stop()
    said = pair.other.cdbctl("sites")
    check("role          following" in said and "peer" not in said, f"of the directory alone: {said}")
    pair.other.start()
    pair.agree()


def plain_urgent_passes_a_hold(lab):
    """What the Administrator marks as urgent is black at a node whose operator holds its lists; the rest waits."""
    pair = Pair(lab, nodes=1)
    pair.start()
    node = pair.followers[0].node
    waits, urgent = (f"{FIRST + n:014}" for n in range(2))
    eirctl = [lab.program("eirctl"), "replica"]

    def asked(imei):
        return client.ask({"imei": imei + "0", "imsi": "255010000000001"})["result"]

    def done(*words):
        return lab.run([*eirctl, *words, "--replica", node.replica], check=False).returncode == 0

    client = s13_client(lab, node.diameter_port)
    wait_for("the lists to be held", lambda: done("hold", "--note", "drill"), every_s=0.2)
    held = replica_status(lab, node.replica)[:2]
    with Epp(lab, pair.active.epp_port, "applicant") as epp:
        epp.login("LEA-1")
        for imei in (waits, urgent):
            code, answer = epp.ask(move(imei), f"URGENT-{imei}")
            equal(code, 1000, f"a device blocked: {answer}")
    pair.active.cdbctl("urgent", "add", urgent, "--reason", "an order")
    wait_for("the urgent device to be black", lambda: asked(urgent) == "black", every_s=0.2)
    check(asked(waits) != "black", "what is held is served")
    equal(replica_status(lab, node.replica)[:2], held, "what the node serves of the lists")
    equal(replica_status(lab, node.replica, "urgent")[:2], (1, 1), "what it serves of the urgent chain")
    check(urgent in pair.other.cdbctl("urgent", "list"), "the mark at the following site")
    pair.active.cdbctl("urgent", "remove", urgent, "--reason", "over")
    wait_for("the mark to be gone", lambda: asked(urgent) != "black", every_s=0.2)
    wait_for("the lists to be served again", lambda: done("unpin"), every_s=0.2)
    wait_for("what waited to be black", lambda: asked(waits) == asked(urgent) == "black", every_s=0.2)


def lost_is_listed(pair, site, sent):
    """The list of the site that returned names exactly what it had on record and the active site has not."""
    lost = pair.lost(site)
    equal(len(lost), len(set(lost)), "a command listed twice")
    check(set(lost) <= set(sent), f"listed, never sent: {set(lost) - set(sent)}")
    return set(lost)


def plain_active_site_killed_under_load(lab):
    """What was acknowledged is at the site that is promoted; nodes go over; the old one lists what it lost, and follows."""
    pair = Pair(lab)
    pair.start()
    applicants = [Applicant(lab, lambda: pair.active.epp_port, n, n, DEVICES) for n in range(3)]
    askers = [Asker(lab, f.node, n, DEVICES, first=n * 10**8) for n, f in enumerate(pair.followers)]
    for thread in (*applicants, *askers):
        thread.start()
    wait_for_more(applicants, askers)
    # The line goes first: what is asked now is stored here, promised to nobody, and lost.
    old = pair.active
    for way in pair.between:
        way.silence()
    acknowledged = sum(len(a.acknowledged) for a in applicants)

    def stored_alone():
        last = [a.sent[-1] for a in applicants]
        return set(pair.other.missing(last)) - set(old.missing(last))
    wait_for("a command on record at one site alone", stored_alone, every_s=0.5)
    check(sum(len(a.acknowledged) for a in applicants) - acknowledged <= len(applicants), "acknowledged by one site alone")
    old.process.kill()
    stored = [t for a in applicants for t in a.sent]
    lacked_by_old = set(old.missing(stored))
    pair.promote_other("the active site is gone")
    equal(pair.active.role(), "active", "the site that was promoted")
    # Alone it gives nodes nothing, and promises nothing, until an operator says that it may.
    equal([replica_status(lab, f.node.replica)[0] for f in pair.followers], [1, 1], "epochs at the nodes")
    pair.active.cdbctl("site", "alone", "on")
    for f in pair.followers:
        wait_for(f"{f.node.name} to go over", lambda f=f: replica_status(lab, f.node.replica)[0] == 2, SETTLE_S, every_s=0.2,
                 state=lambda f=f: replica_status(lab, f.node.replica))
    wait_for_more(applicants, askers)
    for way in pair.between:
        way.heard_again()
    old.start()
    pair.in_step()
    pair.active.cdbctl("site", "alone", "off")
    calm(applicants, askers)
    version = pair.agree()
    equal(version[0], 2, "epoch")
    seen = set().union(*(a.settled for a in askers))
    for site in (pair.active, pair.other):
        site.wait_sightings(seen, SETTLE_S)
    promised = [t for a in applicants for t in a.acknowledged]
    for site in pair.sites:
        equal(site.missing(promised), [], f"acknowledged commands missing from the audit of {site.name}")
    lacked_by_new = set(pair.active.missing(stored))
    lost = lost_is_listed(pair, old, stored)
    equal(lost, lacked_by_new - lacked_by_old, "commands that the old site lists as lost")
    check(lost, "nothing was lost: the run shows nothing")
    check(not lost & set(promised), "an acknowledged command was lost")
    print(f"{told(applicants, askers)}; {len(lost)} stored by one site alone, lost and listed; version {version[0]}.{version[1]}")
