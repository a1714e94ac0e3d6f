# SPDX-License-Identifier: GPL-3.0-or-later
"""MAP CheckIMEI over real SCTP: through osmo-stp and directly, in every role and form."""

import contextlib

from capture import Capture
from lab import check, equal, wait_for
from node import MSC_CONTEXT, MSC_GT, MSC_PC, Node, Stp, map_client

STATUSES = {"35809101685355": "white", "35209900176148": "grey", "35644504498991": "black", "35999900000001": "error 7"}
UNKNOWN_CONTEXT = "0400000100630300"[:14]
IMSI, MSISDN = "255011234567890", "380501112233"


def type_2_node(lab, **more):
    return Node(lab, settings=["response-type 2"], **more)


def ask_all(msc, **form):
    """Every status in every version."""
    for version in (1, 2, 3):
        for imei, wanted in STATUSES.items():
            equal(msc.ask({"version": version, "imei": imei, **form})["result"], wanted, f"v{version} {imei} {form}")


def through_stp(lab, *client_options):
    stp = Stp(lab).start()
    node = type_2_node(lab, stps=[stp]).start()
    return node, map_client(lab, stp.port, stp.msc_ports[0], *client_options)


def sctp_every_form_through_osmo_stp(lab):
    node, msc = through_stp(lab)
    ask_all(msc)
    for message in ("udt", "xudt", "ludt"):
        ask_all(msc, message=message)
    rows = node.wait_log(12)
    equal({row["calling_gt"] for row in rows}, {MSC_GT}, "the calling GT in the log")
    equal({row["peer"] for row in rows}, {"0.0.1"}, "the peer in the log")
    equal(msc.finish(), 0, "the MSC's end")


def sctp_routing_on_ssn(lab):
    _, msc = through_stp(lab, "--called-ri", "ssn", "--calling-ri", "ssn")
    ask_all(msc)
    equal(msc.finish(), 0, "the MSC's end")


def sctp_segmented_messages(lab):
    _, msc = through_stp(lab)
    for message in ("xudt", "ludt"):
        ask_all(msc, message=message, segment=40)
    equal(msc.finish(), 0, "the MSC's end")


def sctp_subscriber_where_vendors_put_it(lab):
    node, msc = through_stp(lab)
    asked = [(2, "huawei", IMSI, ""), (2, "huawei", IMSI, MSISDN), (3, "huawei", IMSI, ""), (3, "huawei", IMSI, MSISDN),
             (3, "ericsson", IMSI, "")]
    for version, vendor, imsi, msisdn in asked:
        question = {"version": version, "vendor": vendor, "imei": "35644504498991", "imsi": imsi}
        question |= {"msisdn": msisdn} if msisdn else {}
        equal(msc.ask(question)["result"], "black", str(question))
    rows = node.wait_log(len(asked))
    equal([(row["imsi"], row["msisdn"]) for row in rows], [(q[2], q[3]) for q in asked], "the subscriber in the log")
    equal(msc.finish(), 0, "the MSC's end")


def sctp_dialogue_first(lab):
    _, msc = through_stp(lab)
    for version in (2, 3):
        equal(msc.ask({"version": version, "imei": "35644504498991", "dialogue_first": True})["result"], "black",
              f"v{version}, the component in a Continue")
    equal(msc.finish(), 0, "the MSC's end")


def two_nodes(lab, mode):
    stp = Stp(lab, node_asps=2, mode=mode).start()
    nodes = [type_2_node(lab, name=f"eird-{slot}", stps=[stp], stp_slot=slot) for slot in (0, 1)]
    nodes[0].start()
    nodes[1].start(active=mode == "loadshare")
    return stp, nodes, map_client(lab, stp.port, stp.msc_ports[0])


def shares(nodes):
    return [sum(row["interface"].startswith("map") for row in node.log_rows()) for node in nodes]


def sctp_two_asps_loadshare(lab):
    _, nodes, msc = two_nodes(lab, "loadshare")
    for _ in range(10):
        ask_all(msc)
    wait_for("120 answers in the logs", lambda: sum(shares(nodes)) >= 120)
    print(f"shares: {shares(nodes)}")
    check(min(shares(nodes)) > 0, f"one node got everything: {shares(nodes)}")
    equal(nodes[0].process.stop(), 0, "a node's clean end")
    for _ in range(3):
        ask_all(msc)
    equal(msc.finish(), 0, "the MSC's end")


def sctp_two_asps_override(lab):
    stp, nodes, msc = two_nodes(lab, "override")
    with stp.vty() as vty:
        wait_for("one active ASP", lambda: vty.run("show cs7 instance 0 asp").count("ASP_ACTIVE") >= 2)
    ask_all(msc)
    wait_for("12 answers in the logs", lambda: sum(shares(nodes)) >= 12)
    check(sorted(shares(nodes))[0] == 0, f"in override one node answers: {shares(nodes)}")
    active = nodes[0] if shares(nodes)[0] else nodes[1]
    active.process.stop()
    other = nodes[1] if active is nodes[0] else nodes[0]
    other.wait_active(timeout_s=30)
    ask_all(msc)
    equal(msc.finish(), 0, "the MSC's end")


def sctp_two_stps(lab):
    """A mated pair, the node and the MSC at both of them: questions and answers take either, and one may go."""
    stps = [Stp(lab, name=f"osmo-stp-{i}").start() for i in (1, 2)]
    node = type_2_node(lab, stps=stps).start()
    lines = ["cs7 instance 0", " network-indicator national", f" point-code {MSC_PC}"]
    for number, stp in enumerate(stps, 1):
        lines += [f" asp stp-{number} {stp.port} {stp.msc_ports[0]} m3ua", "  remote-ip 127.0.0.1", "  local-ip 127.0.0.1"]
    lines += [" as msc m3ua", "  asp stp-1", "  asp stp-2", f"  routing-key {MSC_CONTEXT} {MSC_PC}",
              "  traffic-mode loadshare", ""]
    msc = map_client(lab, 0, 0, "--config", lab.write("msc.cfg", "\n".join(lines)))
    for stp in stps:
        with stp.vty() as vty:
            wait_for("the MSC at both", lambda: vty.run("show cs7 instance 0 asp").count("ASP_ACTIVE") == 2)
    for _ in range(4):
        ask_all(msc)
    stps[1].process.stop()
    with node.vty() as vty:
        wait_for("the loss to be seen", lambda: vty.run("show cs7 instance 0 asp").count("ASP_ACTIVE") == 1)
    for _ in range(4):
        ask_all(msc)
    equal(msc.finish(), 0, "the MSC's end")


def associations_refused(node):
    with node.vty() as vty:
        return vty.json("show sccp addresses json")["counters"].get("mtp", {}).get("associations_refused", 0)


def sctp_sg_side(lab):
    """The MSC is an ASP of the node itself; one that is not configured is not let in."""
    node = type_2_node(lab, listen_m3ua=True).start()
    msc = map_client(lab, node.m3ua_port, node.msc_port)
    ask_all(msc)
    equal(msc.finish(), 0, "the MSC's end")
    before = associations_refused(node)
    stranger = map_client(lab, node.m3ua_port, lab.port(), "--timeout", "3", name="stranger")
    with contextlib.suppress(ConnectionError, BrokenPipeError, TimeoutError):
        answer = stranger.ask({"version": 3, "imei": "35644504498991"}, 10)
        check(answer["result"] not in ("white", "grey", "black"), f"a stranger was answered: {answer}")
    wait_for("the stranger's refusal to be counted", lambda: associations_refused(node) > before)


def sctp_map_as_tshark_reads_it(lab):
    stp = Stp(lab).start()
    type_2_node(lab, stps=[stp]).start()
    with Capture(lab, f"sctp port {stp.node_ports[0]}") as capture:
        msc = map_client(lab, stp.port, stp.msc_ports[0])
        for message in ("udt", "xudt"):
            ask_all(msc, message=message)
        msc.ask({"version": 3, "imei": "35644504498991", "dialogue_first": True})
        equal(msc.finish(), 0, "the MSC's end")
    sent = f"sctp.srcport == {stp.node_ports[0]}"
    capture.decode(f"{sent} && gsm_map", at_least=25)
    capture.decode(f"{sent} && m3ua", at_least=26)
    statuses = capture.fields(f"{sent} && gsm_map.ms.equipmentStatus", "gsm_map.ms.equipmentStatus")
    equal({value for row in statuses for value in row[0].split(",")}, {"0", "1", "2"}, "statuses as tshark reads them")


def sctp_graceful_end(lab):
    """SIGTERM: ASP inactive, ASP down, then the association ends, as the STP sees it."""
    stp = Stp(lab).start()
    node = type_2_node(lab, stps=[stp]).start()
    with stp.vty() as vty:
        vty.run("enable")
        vty.run("logging enable")
        for category in ("lm3ua", "lss7"):
            vty.run("configure terminal")
            vty.run("log stderr")
            vty.run(f"logging level {category} debug")
            vty.run("end")
    with Capture(lab, f"sctp port {stp.node_ports[0]}") as capture:
        equal(node.process.stop(), 0, "the node's end")
    sent = capture.fields(f"sctp.srcport == {stp.node_ports[0]} && m3ua", "m3ua.message_class", "m3ua.message_type")
    # Class 4 is ASPTM (type 2: ASP Inactive), class 3 ASPSM (type 2: ASP Down). RFC 4666 §3.1.2.
    words = [(c, t) for c, t in sent]
    check(("4", "2") in words and ("3", "2") in words, f"sent: {words}")
    check(words.index(("4", "2")) < words.index(("3", "2")), f"order: {words}")


def sctp_two_point_codes(lab):
    """A second own point code stands in an instance of its own."""
    first, second = Stp(lab, name="osmo-stp-1").start(), Stp(lab, name="osmo-stp-2", node_pc="0.0.3").start()
    node = type_2_node(lab, stps=[first])
    node.extra_cs7 = ["cs7 instance 1", " network-indicator national", " point-code 0.0.3",
                      f" asp stp-b {second.port} {second.node_ports[0]} m3ua", "  remote-ip 127.0.0.1",
                      "  local-ip 127.0.0.1", " as eir-b m3ua", "  asp stp-b", "  routing-key 2 0.0.3",
                      "  traffic-mode loadshare"]
    node.start()
    with node.vty() as vty:
        wait_for("the second instance", lambda: "ASP_ACTIVE" in vty.run("show cs7 instance 1 asp"))
    for stp in (first, second):
        msc = map_client(lab, stp.port, stp.msc_ports[0], dpc=stp.node_pc, name=f"map-client-{stp.name}")
        ask_all(msc)
        equal(msc.finish(), 0, "the MSC's end")


def sctp_refusals(lab):
    """What is not a question is refused as the specifications say, and asked on it answers."""
    _, msc = through_stp(lab)
    refusals = [({"version": 3, "imei": "35644504498991", "operation": 44}, "reject"),
                ({"version": 3, "raw_argument": "3003020101"}, "reject"),
                ({"version": 3, "imei": "35644504498991", "raw_context": UNKNOWN_CONTEXT}, "u-abort aare")]
    for question, wanted in refusals:
        got = msc.ask(question)["result"]
        check(got.startswith(wanted), f"{question}: {got}, expected {wanted}")
    ask_all(msc)
    equal(msc.finish(), 0, "the MSC's end")
