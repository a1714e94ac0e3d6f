# SPDX-License-Identifier: GPL-3.0-or-later
"""MAP: the node against a bare echo on the same MTP binding, through osmo-stp and directly."""

from figures import alternate, load
from lab import wait_for
from node import MSC_CONTEXT, MSC_GT, MSC_PC, NODE_CONTEXT, NODE_GT, NODE_PC, Node, Stp

GOAL_RATIO = 0.85
WINDOW = 64


class Target:
    """Where a client connects, port of the gateway and port of its own; and who answers there."""

    def __init__(self, port, client_port, process):
        self.port, self.client_port, self.process = port, client_port, process


def make_lists(lab):
    return lab.write("map-lists.csv", "imei,list\n49015420323751,white\n")


def make_node(lab, name, **how):
    return Node(lab, name=name, lists=make_lists(lab), settings=["transaction-log white off"], **how)


def through_stp(lab):
    """The node and the echo, each behind an osmo-stp of its own; the idle pair takes no time."""
    ours, other = [Stp(lab, name=f"osmo-stp-{side}").start() for side in ("node", "echo")]
    node = make_node(lab, "eird-stp", stps=[ours]).start()
    echo = lab.start("echo-stp", [lab.program("eir-mtp-echo"), "--stp", f"127.0.0.1:{other.port}", "--local-port",
                                  other.node_ports[0], "--local-ip", "127.0.0.1", "--pc", NODE_PC, "--rctx",
                                  NODE_CONTEXT])
    return Target(ours.port, ours.msc_ports[0], node.process), Target(other.port, other.msc_ports[0], echo)


def directly(lab):
    """The node and the echo as the SG side; the client is their ASP."""
    node = make_node(lab, "eird-sg", listen_m3ua=True).start()
    other = make_node(lab, "echo-sg", listen_m3ua=True)
    config = lab.write("echo-sg.cfg", "\n".join([*other._cs7(), ""]))
    echo = lab.start("echo-sg", [lab.program("eir-mtp-echo"), "-c", config])
    wait_for("the echo's M3UA listener", lambda: lab.sctp_ready(other.m3ua_port))
    return Target(node.m3ua_port, node.msc_port, node.process), Target(other.m3ua_port, other.msc_port, echo)


def client(lab, target, seconds, *more):
    return [lab.program("eir-map-client"), "--stp", f"127.0.0.1:{target.port}", "--local-port", target.client_port,
            "--local-ip", "127.0.0.1", "--pc", MSC_PC, "--dpc", NODE_PC, "--rctx", MSC_CONTEXT, "--called-gt",
            NODE_GT, "--calling-gt", MSC_GT, "--duration", seconds, *more]


def rate(lab, options, table):
    if not lab.kernel_sctp:
        table.note("map", "this kernel has no SCTP: M3UA is carried over TCP, the same for both sides")
    for how, place in ((through_stp, "through osmo-stp"), (directly, "directly")):
        ours, echo = how(lab)
        def ask(target, *more):
            return target.process, lambda _: load(lab, client(lab, target, options.seconds, "--window", WINDOW, *more))
        rates = alternate(options.rounds, ask(ours), ask(echo, "--echo"))
        table.ratio("map", f"{place}: ", ("eird", rates[0]), ("bare echo", rates[1]), GOAL_RATIO)


def latency(lab, options, table):
    for how, place in ((through_stp, "through osmo-stp"), (directly, "directly")):
        target = how(lab)[0]
        top = load(lab, client(lab, target, options.seconds, "--window", WINDOW))["rate"]
        half = load(lab, client(lab, target, options.seconds, "--rate", int(top / 2)))
        table.latency("latency", f"MAP {place}, half of the top rate of {top:,.0f}/s,", half)
