# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of CheckIMEI cases: questions, settings, and what every interface must answer.

checkimei.csv   one case a line; '#' starts a comment
lists*.csv      what the node is given with `eirctl import`, a file for each kind of entry
settings.cfg    the groups of settings the cases name
"""

import csv
import dataclasses
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
INTERFACES = ("map-v1", "map-v2", "map-v3", "s13", "console")
# What adds to a list instead of replacing a value, and is taken back with "no".
ADDING = ("exception", "home-plmn", "observe")


@dataclasses.dataclass
class Case:
    name: str
    settings: str
    imei: str
    svn: str
    imsi: str
    msisdn: str
    judged: str
    told: str
    reason: str
    interfaces: tuple

    def carried_by(self, interface):
        """Can this interface ask it? v1 has no place for a subscriber, S13 none for an MSISDN."""
        if self.interfaces:
            return interface in self.interfaces
        if interface == "map-v1":
            return not self.imsi and not self.msisdn
        if interface == "s13":
            return not self.msisdn
        return True


def load():
    with open(HERE / "checkimei.csv", encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        cases = []
        for row in rows:
            row["told"] = row["told"] or row["judged"]
            row["interfaces"] = tuple(row["interfaces"].split(",")) if row["interfaces"] else ()
            cases.append(Case(**row))
    return cases


def lists():
    """The list files, the one of IMEIs first."""
    return sorted(HERE.glob("lists*.csv"), key=lambda path: (path.name != "lists.csv", path.name))


def load_settings():
    """Group name to its lines; [base] is not among them but stands before each."""
    groups, current = {}, None
    for line in (HERE / "settings.cfg").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            current = groups.setdefault(line.strip("[]"), [])
        elif line.strip() and not line.startswith("!"):
            current.append(line.strip())
    base = groups.pop("base")
    return {name: base + lines for name, lines in groups.items()}


def change(before, after):
    """The lines that turn one group's settings into another's on a running node."""
    gone = ["no " + (line.rpartition(" ")[0] if line.startswith("exception") else line)
            for line in before if line.startswith(ADDING) and line not in after]
    return gone + [line for line in after if line not in before or not line.startswith(ADDING)]


def tbcd(text):
    """Characters 0-9 and A-F as TBCD octets in hex, low nibble first, a filler at the end of an odd number."""
    text = text.lower() + ("f" if len(text) % 2 else "")
    return "".join(text[i + 1] + text[i] for i in range(0, len(text), 2))
