# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of CheckIMEI cases over every interface of a running node: the same verdicts, the same reasons."""

import sys

from lab import SOURCE, check, equal, wait_for
from node import MME_HOST, Node, Stp, map_client, s13_client

sys.path.append(str(SOURCE / "tests/cases"))
import checkimei  # noqa: E402

MAP_VERSIONS = {"map-v1": 1, "map-v2": 2, "map-v3": 3}


class Asking:
    """One node and a client for each interface."""

    def __init__(self, lab, node, msc, mme):
        self.lab, self.node, self.msc, self.mme = lab, node, msc, mme

    def ask(self, interface, case):
        """The status the interface was told; the console's whole answer."""
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
        asked += len(cases)

        def logged(name=interface):
            return [row for row in asking.node.log_rows() if row["interface"] == name]

        before = len(logged())
        answers = [asking.ask(interface, case) for case in cases]
        if interface == "console":  # it says itself why, and stands in no log
            rows, answers = answers, [answer["answer"] for answer in answers]
        else:
            wait_for(f"{len(cases)} more rows of {interface}", lambda: len(logged()) >= before + len(cases))
            rows = logged()[before:]
        for case, told, row in zip(cases, answers, rows, strict=True):
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
    node = Node(lab, stps=[stp], settings=first, lists=None if unproven else checkimei.lists())
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
