# SPDX-License-Identifier: GPL-3.0-or-later
"""How the node is watched and changed: metrics, eirctl, CTRL, certificates, screening, the transaction log."""

import json

from certificates import Authority
from console import metrics
from lab import check, equal, wait_for
from node import MME_HOST, MSC_GT, NODE_HOST, REALM, Node, Stp, map_client, s13_client


def plain_eirctl_asks_the_running_node(lab):
    node = Node(lab, settings=["response-type 2"]).start()
    eirctl, at = lab.program("eirctl"), ["--node", f"127.0.0.1:{node.ctrl_port}", "--json"]

    def asked(*words):
        return json.loads(lab.run([eirctl, *words]).stdout)

    online = asked("check", "49015420323751", "--sv", "07", *at)
    equal((online["answer"], online["decision"], online["reason"]), ("black", "black", "individual-svn"), "eirctl check")
    offline = asked("check", "--offline", "-c", node.config_path, "49015420323751", "--sv", "07", "--json")
    equal((offline["answer"], offline["reason"]), ("black", "individual-svn"), "eirctl check --offline")
    text = lab.run([eirctl, "check", "--offline", "-c", node.config_path, "35999900000001"]).stdout
    check("not asked" in text, f"it does not say that the node was not asked: {text}")
    check(asked("status", *at), "eirctl status")
    check(asked("lists", "--replica", node.replica, "--json"), "eirctl lists")
    equal(json.loads(node.ctrl().get("eir.check.35644504498991"))["answer"], "black", "CTRL")
    equal(node.ctrl().json("eir.summary")["response_type"], 2, "CTRL, the summary")
    node.process.stop()
    done = lab.run([eirctl, "status", *at], check=False)
    check(done.returncode != 0 and done.stdout.strip(), "eirctl without a node says nothing")


def plain_metrics(lab):
    node = Node(lab, settings=["response-type 2"]).start()

    def page():
        return metrics(node.metrics_port)

    before = page()
    client = s13_client(lab, node.diameter_port)
    for _ in range(10):
        equal(client.ask({"imei": "35644504498991"})["result"], "black", "an answer")
    equal(client.ask({"imei": "35999900000001"})["result"], "unknown", "an answer")

    def count(samples, **labels):
        return sum(number for name, having, number in samples if name == "eir_answers_total" and labels.items() <= having.items())

    wait_for("ten black answers in the metrics", lambda: count(page(), interface="s13", status="black", reason="individual") == 10)
    equal(count(page(), interface="s13", status="unknown", reason="not-listed"), 1, "unknown answers")
    equal(count(before), 0, "answers before the first question")
    names = {name for name, _, _ in page()}
    for name in ("eir_diameter_seconds_bucket", "eir_decision_seconds_count", "eir_list_version_number",
                 "eir_alarms_active", "eir_transaction_log_queue_len"):
        check(name in names, f"{name} is not among the metrics")


def plain_tls_and_its_certificates(lab):
    """Mutual TLS; a certificate that ends within 30 days is an alarm, and a new one is taken without a restart."""
    authority = Authority(lab)
    authority.issue("eir", NODE_HOST, 20)
    authority.issue("mme", MME_HOST)
    authority.issue("stranger", f"stranger.{REALM}")
    node, port = Node(lab, settings=["response-type 2"]), lab.port()
    node.diameter += [f"listen tls 127.0.0.1 {port}", f"tls certificate {lab.dir}/eir.pem",
                      f"tls private-key {lab.dir}/eir.key", f"tls ca {lab.dir}/ca.pem"]
    node.start()

    def client(name):
        return s13_client(lab, port, "--transport", "tls", "--tls-ca", lab.dir / "ca.pem", "--tls-name", NODE_HOST,
                          *(["--tls-certificate", lab.dir / f"{name}.pem", "--tls-private-key", lab.dir / f"{name}.key"]
                            if name else []), "--timeout", "5", name=f"client-{name}")

    mme = client("mme")
    equal(mme.ask({"imei": "35644504498991"})["result"], "black", "over TLS")
    equal(mme.finish(), 0, "the client's end")
    for name in ("stranger", None):
        other = client(name)
        try:
            answer = other.ask({"imei": "35644504498991"}, 15)["result"]
        except (ConnectionError, BrokenPipeError):
            answer = "closed"
        check(answer not in ("white", "grey", "black", "unknown"), f"certificate of {name}: {answer}")

    def alarms():
        with node.vty() as vty:
            return [alarm["name"] for alarm in vty.json("show eir alarms json")["alarms"]]

    wait_for("the alarm", lambda: "certificate-ending" in alarms())
    authority.issue("eir", NODE_HOST)
    node.configure([], "diameter")
    wait_for("the alarm to clear", lambda: "certificate-ending" not in alarms())
    again = client("mme")
    equal(again.ask({"imei": "35644504498991"})["result"], "black", "over TLS with the new certificate")
    equal(again.finish(), 0, "the client's end")


def plain_masked_log(lab):
    node = Node(lab, settings=["response-type 2", "mask-identities on", "transaction-log white off"]).start()
    client = s13_client(lab, node.diameter_port)
    for imei in ("35809101685355", "35644504498991"):
        client.ask({"imei": imei, "imsi": "255011234567890"})
    rows = node.wait_log(1)
    equal([row["answer"] for row in rows], ["black"], "white is written on request only")
    equal(rows[0]["imei"][:8], "35644504", "the TAC stays")
    check("*" in rows[0]["imei"] and "*" in rows[0]["imsi"], f"not masked: {rows[0]}")
    check("35644504498991" not in node.transactions.read_text(encoding="utf-8"), "the IMEI is in the log")


def sctp_screening_changed_live(lab):
    stp = Stp(lab).start()
    node = Node(lab, stps=[stp], settings=["response-type 2"]).start()
    msc = map_client(lab, stp.port, stp.msc_ports[0], "--timeout", "2")

    def told():
        return msc.ask({"version": 3, "imei": "35644504498991"})["result"]

    equal(told(), "black", "everybody may ask")
    node.configure(["screening allow calling-gt 99"], "sccp")
    equal(told(), "timeout", "a calling GT that is not on the list: discarded")
    node.configure(["screening action abort"], "sccp")
    check(told().startswith("u-abort"), "refused with U-Abort")
    node.configure([f"screening allow calling-gt {MSC_GT[:5]}"], "sccp")
    equal(told(), "black", "a prefix added")
    node.configure(["no screening allow calling-gt 99", f"no screening allow calling-gt {MSC_GT[:5]}",
                    "screening allow opc 0.0.5"], "sccp")
    check(told().startswith("u-abort"), "an OPC that is not on the list")
    node.configure(["no screening allow opc 0.0.5"], "sccp")
    equal(told(), "black", "the list empty again")
    with node.vty() as vty:
        check(vty.json("show sccp addresses json")["local_gts"], "show sccp addresses")
