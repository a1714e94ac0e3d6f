# SPDX-License-Identifier: GPL-3.0-or-later
"""MAP: the node against a bare echo on the same MTP binding, through osmo-stp and directly."""

from figures import alternate, load
from lab import wait_for
from node import MSC_CONTEXT, MSC_GT, MSC_PC, NODE_CONTEXT, NODE_GT, NODE_PC, Node, Stp

GOAL_RATIO = 0.85
WINDOW = 64


class Target:
    """Where a client connects: port of the gateway, port of its own."""

    def __init__(self, port, client_port):
        self.port, self.client_port = port, client_port


def make_lists(lab):
    return lab.write("map-lists.csv", "imei,list\n49015420323751,white\n")


def make_node(lab, name, **how):
    return Node(lab, name=name, lists=make_lists(lab), settings=["transaction-log white off"], **how)


def through_stp(lab):
    """The node and the echo, each behind an osmo-stp of its own; the idle pair takes no time."""
    stps = [Stp(lab, name=f"osmo-stp-{side}").start() for side in ("node", "echo")]
    make_node(lab, "eird-stp", stps=[stps[0]]).start()
    echo = stps[1]
    lab.start("echo-stp", [lab.program("eir-mtp-echo"), "--stp", f"127.0.0.1:{echo.port}", "--local-port",
                           echo.node_ports[0], "--local-ip", "127.0.0.1", "--pc", NODE_PC, "--rctx", NODE_CONTEXT])
    return [Target(stp.port, stp.msc_ports[0]) for stp in stps]


def directly(lab):
    """The node and the echo as the SG side; the client is their ASP."""
    node = make_node(lab, "eird-sg", listen_m3ua=True).start()
    echo = make_node(lab, "echo-sg", listen_m3ua=True)
    config = lab.write("echo-sg.cfg", "\n".join([*echo._cs7(), ""]))
    lab.start("echo-sg", [lab.program("eir-mtp-echo"), "-c", config])
    wait_for("the echo's M3UA listener", lambda: lab.sctp_ready(echo.m3ua_port))
    return [Target(n.m3ua_port, n.msc_port) for n in (node, echo)]


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
            return lambda _: load(lab, client(lab, target, options.seconds, "--window", WINDOW, *more))
        rates = alternate(options.rounds, ask(ours), ask(echo, "--echo"))
        table.ratio("map", f"{place}: eird", rates[0], "bare echo", rates[1], GOAL_RATIO)


def latency(lab, options, table):
    for how, place in ((through_stp, "through osmo-stp"), (directly, "directly")):
        target = how(lab)[0]
        top = load(lab, client(lab, target, options.seconds, "--window", WINDOW))["rate"]
        half = load(lab, client(lab, target, options.seconds, "--rate", int(top / 2)))
        table.latency("latency", f"MAP {place}, half of the top rate of {top:,.0f}/s,", half)
