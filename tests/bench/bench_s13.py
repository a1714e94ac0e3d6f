# SPDX-License-Identifier: GPL-3.0-or-later
"""S13: the node against a responder on freeDiameter's daemon library, under one load generator."""

import random

from figures import alternate, load
from lab import tcp_port_open, wait_for
from node import REALM, Node

GOAL_RATIO = 10
LISTED = 20_000
ASKED = 4_000
# What a network asks is nearly all white; the others are written to the transaction log.
SHARES = (("white", 0.97), ("black", 0.01), ("grey", 0.01), ("unknown", 0.01))
# One connection with few questions outstanding, and several with many: (connections, window).
SHAPES = ((1, 64), (4, 256))


def make_lists(lab):
    """A list file and two question files: with the answers the node owes, and without."""
    some = random.Random(1)
    names, weights = zip(*SHARES)
    keys = some.sample(range(10**13, 10**14), LISTED)
    rows = [(key, some.choices(names, weights)[0]) for key in keys]
    lab.write("lists.csv", "imei,list\n" + "".join(f"{key},{name}\n" for key, name in rows if name != "unknown"))
    asked = rows[:ASKED]
    lab.write("expected.csv", "".join(f"{key}0,{name}\n" for key, name in asked))
    lab.write("asked.csv", "".join(f"{key}0\n" for key, _ in asked))
    return lab.dir / "lists.csv"


def start_node(lab, lists):
    node = Node(lab, lists=lists, settings=["response-type 2", "transaction-log white off"])
    node.diameter = [f"listen tcp 127.0.0.1 {node.diameter_port}", "unknown-peers accept"]
    node.peers = {}
    return node.start()


def client(lab, port, questions, name, seconds, connections, *more):
    # A name of its own in each round: libfdcore does not take a peer back at once.
    return [lab.program("eir-s13-client"), "--connect", f"127.0.0.1:{port}", "--origin-host", f"mme{{}}.{name}.{REALM}",
            "--origin-realm", REALM, "--questions", lab.dir / questions, "--connections", connections,
            "--warmup", "0.5", "--duration", seconds, *more]


def rate(lab, options, table):
    node = start_node(lab, make_lists(lab))
    port = lab.port()
    responder = lab.start("eir-fdcore-responder", [lab.program("eir-fdcore-responder"), "--port", port, "--realm",
                                                   REALM, "--identity", f"eir.{REALM}"], shim=False)
    wait_for("the libfdcore responder", lambda: tcp_port_open(port))
    for connections, window in SHAPES:
        def ask(to, questions, side):
            return lambda n: load(lab, client(lab, to, questions, f"{side}{n}w{window}", options.seconds, connections,
                                              "--window", window), shim=False)
        ours, other = alternate(options.rounds, (node.process, ask(node.diameter_port, "expected.csv", "a")),
                                (responder, ask(port, "asked.csv", "b")))
        shape = f"{connections} connection{'s' if connections > 1 else ''} x {window} outstanding: "
        table.ratio("s13", shape, ("eird (one server thread)", ours), ("libfdcore", other), GOAL_RATIO)


def latency(lab, options, table):
    node = start_node(lab, make_lists(lab))
    connections, window = SHAPES[-1]
    top = load(lab, client(lab, node.diameter_port, "expected.csv", "top", options.seconds, connections,
                           "--window", window), shim=False)["rate"]
    half = load(lab, client(lab, node.diameter_port, "expected.csv", "half", options.seconds, connections,
                            "--window", 4096, "--rate", int(top / 2)), shim=False)
    table.latency("latency", f"S13, half of the top rate of {top:,.0f}/s,", half)
