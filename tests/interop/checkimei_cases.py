# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of CheckIMEI cases over every interface of a running node: the same verdicts, the same reasons."""

import sys

from lab import SOURCE, check, equal
from node import MME_HOST, Node, Stp, map_client, s13_client

sys.path.append(str(SOURCE / "tests/cases"))
import checkimei  # noqa: E402

MAP_VERSIONS = {"map-v1": 1, "map-v2": 2, "map-v3": 3}


class Asking:
    """One node and a client for each interface."""

    def __init__(self, lab, node, msc, mme):
        self.lab, self.node, self.msc, self.mme = lab, node, msc, mme

    def ask(self, interface, case):
        """The status the interface was told."""
        if interface == "s13":
            # An absent IMEI stands in a Terminal-Information that is there.
            question = {"imei": case.imei} if case.imei else {}
            question |= {"svn": case.svn} if case.svn else {}
            question |= {"imsi": case.imsi} if case.imsi else {}
            return self.mme.ask(question)["result"]
        if interface in MAP_VERSIONS:
            question = {"version": MAP_VERSIONS[interface], "raw_imei_tbcd": checkimei.tbcd(case.imei)}
            if case.imsi or case.msisdn:
                question |= {"vendor": "huawei", "imsi": case.imsi, "msisdn": case.msisdn}
            result = self.msc.ask({k: v for k, v in question.items() if v != "" or k == "raw_imei_tbcd"})["result"]
            return "unknown" if result == "error 7" else result
        with self.node.vty() as vty:
            words = [f"check imei {case.imei or 'null'}"]
            words += [f"sv {case.svn}"] if case.svn else []
            words += [f"imsi {case.imsi}"] if case.imsi else []
            words += [f"msisdn {case.msisdn}"] if case.msisdn else []
            return vty.json(" ".join([*words, "json"]))


def ask_group(asking, group, wrong):
    """Every case of a group, interface by interface; returns how many questions that were."""
    asked = 0
    for interface in checkimei.INTERFACES:
        cases = [case for case in group if case.carried_by(interface)]
        before = len([row for row in asking.node.log_rows() if row["interface"] == interface])
        found = [(case, asking.ask(interface, case)) for case in cases]
        asked += len(cases)
        if interface == "console":
            found = [(case, got, {"answer": got["answer"], "decision": got["decision"], "reason": got["reason"]})
                     for case, got in found]
            found = [(case, row["answer"], row) for case, _, row in found]
        else:
            total = before + len(cases)

            def rows(name=interface):
                return [row for row in asking.node.log_rows() if row["interface"] == name]

            from lab import wait_for

            wait_for(f"{total} rows of {interface}", lambda: len(rows()) >= total)
            found = [(case, told, row) for (case, told), row in zip(found, rows()[before:], strict=True)]
        for case, told, row in found:
            got = (told, row["answer"], row["decision"], row["reason"])
            wanted = (case.told, case.told, case.judged, case.reason)
            if got != wanted:
                wrong.append(f"{interface}: {case.name}: {got}, expected {wanted}")
    return asked


def ask_everything(lab, unproven):
    """All groups on one node, changed while it runs. Unproven: those for a node that has no lists."""
    groups = {name: lines for name, lines in checkimei.load_settings().items() if name.endswith("-unproven") == unproven}
    cases = checkimei.load()
    stp = Stp(lab).start()
    first = next(iter(groups.values()))
    node = Node(lab, stps=[stp], settings=first)
    if unproven:
        node.lists = None
    node.start()
    msc = map_client(lab, stp.port, stp.msc_ports[0])
    mme = s13_client(lab, node.diameter_port, host=MME_HOST)
    asking, wrong, asked, before = Asking(lab, node, msc, mme), [], 0, first
    for name, lines in groups.items():
        node.configure(checkimei.change(before, lines))
        before = lines
        asked += ask_group(asking, [case for case in cases if case.settings == name], wrong)
    print(f"{asked} questions over {len(groups)} settings, {len(wrong)} answered otherwise")
    print("\n".join(wrong))
    check(not wrong, f"{len(wrong)} of {asked} answers are not the table's")
    check(asked > (20 if not unproven else 3), "the table was not asked")
    equal(mme.finish(), 0, "the S13 client's end")


def sctp_every_case_on_every_interface(lab):
    ask_everything(lab, unproven=False)


def sctp_faults_on_every_interface(lab):
    ask_everything(lab, unproven=True)
