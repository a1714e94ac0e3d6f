# SPDX-License-Identifier: GPL-3.0-or-later
"""S13 with programs of other projects: the Erlang/OTP client, freeDiameterd as a relay, tshark as the reader."""

import os

from capture import Capture
from lab import SOURCE, check, equal, sctp_listens, tcp_port_open, wait_for
from node import MME_HOST, NODE_HOST, REALM, Node, s13_client

RELAY_HOST = f"relay.{REALM}"
# IMEI, software version, IMSI, and what a node of response type 2 says.
QUESTIONS = [
    ("35809101685355", "", "", "white"),
    ("352099001761481", "", "255010000000001", "grey"),
    ("35644504498991", "00", "", "black"),
    ("35999900000001", "", "255010000000001", "unknown"),
    ("49015420323751", "07", "", "black"),
]


def type_2_node(lab, **more):
    return Node(lab, settings=["response-type 2"], **more)


def ask_all(client):
    for imei, svn, imsi, wanted in QUESTIONS:
        question = {"imei": imei} | ({"svn": svn} if svn else {}) | ({"imsi": imsi} if imsi else {})
        answer = client.ask(question)
        equal(answer["result"], wanted, f"{imei} {svn}")
        check(not answer.get("problems"), f"{imei}: {answer.get('problems')}")


def with_otp(lab, transport, port):
    """Asks QUESTIONS with the Erlang/OTP client; its dictionary is compiled here."""
    here = SOURCE / "tests/interop"
    lab.run(["diameterc", "-o", lab.dir, here / "s13.dia"])
    lab.run(["erlc", "-o", lab.dir, lab.dir / "s13.erl"])
    lab.run(["erlc", "-o", lab.dir, "-I", lab.dir, here / "eir_otp_client.erl"])
    words = [transport, str(port), MME_HOST, REALM, *("/".join(q[:3]) for q in QUESTIONS)]
    call = "eir_otp_client:main([" + ",".join(f'"{w}"' for w in words) + "])."
    done = lab.run(["erl", "-noshell", "-pa", lab.dir, "-eval", call], timeout_s=90, env=dict(os.environ, HOME=str(lab.dir)))
    got = [line for line in done.stdout.splitlines() if line.strip()]
    equal(got, [f"{imei} {wanted}" for imei, _, _, wanted in QUESTIONS], "what the Erlang client was told")


def plain_otp_client_over_tcp(lab):
    node = type_2_node(lab).start()
    with_otp(lab, "tcp", node.diameter_port)


def sctp_otp_client_over_sctp(lab):
    node = type_2_node(lab)
    port = lab.port()
    node.diameter.append(f"listen sctp 127.0.0.1 {port}")
    node.start()
    wait_for("the SCTP listener", lambda: sctp_listens(port))
    with_otp(lab, "sctp", port)


def sctp_s13_over_sctp_as_tshark_reads_it(lab):
    node = type_2_node(lab)
    port = lab.port()
    node.diameter.append(f"listen sctp 127.0.0.1 {port}")
    node.start()
    wait_for("the SCTP listener", lambda: sctp_listens(port))
    with Capture(lab, f"sctp port {port}") as capture:
        client = s13_client(lab, port, "--transport", "sctp")
        ask_all(client)
        odd_questions(client)
        equal(client.finish(), 0, "the client's end")
    capture.decode(f"sctp.srcport == {port} && diameter", [f"sctp.port=={port},diameter"], at_least=len(QUESTIONS) + 2)


def odd_questions(client):
    """Refusals are read by tshark, too."""
    equal(client.ask({"imei": "35809101685355", "omit": ["auth-session-state"]})["result"], "5005", "an AVP left out")
    equal(client.ask({"imei": "35809101685355", "destination_realm": "elsewhere.example"})["result"], "3003",
          "a foreign realm")


def plain_s13_over_tcp_as_tshark_reads_it(lab):
    node = type_2_node(lab).start()
    with Capture(lab, f"tcp port {node.diameter_port}") as capture:
        client = s13_client(lab, node.diameter_port)
        ask_all(client)
        odd_questions(client)
        equal(client.finish(), 0, "the client's end")
    capture.decode(f"tcp.srcport == {node.diameter_port} && diameter", [f"tcp.port=={node.diameter_port},diameter"],
                   at_least=len(QUESTIONS) + 2)


def plain_freediameterd_relays(lab):
    node = type_2_node(lab)
    node.peers = {RELAY_HOST: []}
    node.start()
    port = lab.port()
    lab.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={RELAY_HOST}",
             "-keyout", lab.dir / "relay.key", "-out", lab.dir / "relay.pem"])
    lab.write("acl.conf", f"ALLOW_IPSEC *.{REALM}\n")
    config = lab.write("relay.conf", "\n".join([
        f'Identity = "{RELAY_HOST}";', f'Realm = "{REALM}";', f"Port = {port};", "SecPort = 0;", "No_SCTP;", "No_IPv6;",
        'ListenOn = "127.0.0.1";', f'TLS_Cred = "{lab.dir}/relay.pem", "{lab.dir}/relay.key";',
        f'TLS_CA = "{lab.dir}/relay.pem";', f'LoadExtension = "acl_wl.fdx" : "{lab.dir}/acl.conf";',
        f'ConnectPeer = "{NODE_HOST}" {{ ConnectTo = "127.0.0.1"; Port = {node.diameter_port}; No_TLS; No_SCTP; }};', ""]))
    relay = lab.start("freeDiameterd", [lab.program("freeDiameterd"), "-c", config])
    wait_for("the relay", lambda: relay.must_run() and tcp_port_open(port))
    with node.vty() as vty:
        wait_for("the relay at the node", lambda: {"origin_host": RELAY_HOST, "state": "open"}.items()
                 <= vty.json("show diameter peers json")["peers"][0].items())
    client = s13_client(lab, port)
    ask_all(client)
    equal([row["peer"] for row in node.wait_log(len(QUESTIONS))], [MME_HOST] * len(QUESTIONS), "who asked")
    with node.vty() as vty:
        wait_for("the relay's count of questions",
                 lambda: vty.json("show diameter peers json")["peers"][0]["requests"] == len(QUESTIONS))
    equal(client.finish(), 0, "the client's end")
