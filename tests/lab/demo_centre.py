# SPDX-License-Identifier: GPL-3.0-or-later
"""The second half of `./dev run`: a centre beside the node, and an IMEI that is blocked there over EPP."""

import time

from centre import Centre, Syncd
from certificates import Authority
from epp import NetEpp
from lab import check, wait_for

IMEI, IMSI = "353918057000016", "999700000000700"
WAIT_S = 30


class CentreDemo:
    """cdbd and eir-syncd with certificates made here, and Net::EPP as law enforcement."""

    def __init__(self, lab, node):
        self.lab, self.node = lab, node
        authority = Authority(lab, "police", "importer")
        self.centre = Centre(lab, authority)
        self.syncd = Syncd(lab, authority, node, [self.centre], sightings=lab.dir / "sightings")
        self.centre.nodes = [self.syncd]

    def start(self):
        centre, syncd = self.centre, self.syncd
        centre.add_user("IMP-1", "importer", "importer")
        centre.add_user("POLICE-1", "law-enforcement", "police")
        centre.add_user(syncd.user, "operator", syncd.name, follows=True)
        centre.cdbctl("policy", "law-enforcement-at-once", "on")
        centre.start()
        syncd.start()
        self.importer = NetEpp(self.lab, centre.epp_port, "importer")
        self.importer.login("IMP-1")
        self.police = NetEpp(self.lab, centre.epp_port, "police")
        self.police.login("POLICE-1")
        return self

    def block(self):
        change = ["change", {"op": "add", "kind": "imei"}, ["imei:from", {}, IMEI], ["imei:list", {}, "black"],
                  ["imei:terms", {}, ["imei:reason", {}, "stolen"], ["imei:evidence", {}, "case 1729"]]]
        return self.police.ask("create", "proposal", ["filing", {}, "1729/2026"], change)

    def sightings(self):
        """Lines of what the centre knows was seen of the IMEI."""
        shown = self.centre.cdbctl("device", "show", IMEI)
        return [line for line in shown.splitlines() if IMSI in line]


def answers(msc, mme):
    over_map = msc.ask({"version": 3, "imei": IMEI, "vendor": "huawei", "imsi": IMSI})["result"].replace("error 7", "unknown")
    over_s13 = mme.ask({"imei": IMEI, "imsi": IMSI})["result"]
    return over_map, over_s13


def turns(msc, mme, wanted, since):
    """Seconds until MAP and S13 both answer `wanted`."""
    wait_for(f"{wanted} over S13", lambda: mme.ask({"imei": IMEI, "imsi": IMSI})["result"] == wanted, WAIT_S, every_s=0.01)
    took = time.monotonic() - since
    check(answers(msc, mme) == (wanted, wanted), f"MAP and S13 say {answers(msc, mme)}, expected {wanted}")
    return took


def show(lab, node, msc, mme):
    """Prints what happens; returns the demonstration."""
    print("A central database beside the node: cdbd, eir-syncd, and Net::EPP of another project as importer and police.")
    demo = CentreDemo(lab, node).start()
    row = "{:<42} {:<9} {:<9} {}"
    print(row.format(f"IMEI {IMEI}", "MAP v3", "S13", ""))
    print(row.format("nobody filed it", *answers(msc, mme), ""))
    began = time.monotonic()
    demo.importer.ask("create", "imei", ["name", {}, IMEI])
    took = turns(msc, mme, "white", began)
    print(row.format("an importer files it over EPP", *answers(msc, mme), f"{took:.2f} s after the command"))
    began = time.monotonic()
    demo.block()
    took = turns(msc, mme, "black", began)
    print(row.format("the police blocks it over EPP", *answers(msc, mme), f"{took:.2f} s after the command"))
    wait_for("the sightings at the centre", lambda: len(demo.sightings()) > 0, WAIT_S)
    print("\nwhat the centre knows was seen of it:")
    for line in demo.sightings():
        print("  " + line.strip())
    return demo
