# SPDX-License-Identifier: GPL-3.0-or-later
"""The centre: applications filed over EPP, checks against the bare cost of their parts, versions on their way to a node."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

from bench_store import serving, write_rows
from centre import Centre, Syncd
from certificates import Authority
from console import metric
from epp import PASSWORD, Epp
from figures import load
from lab import SOURCE, equal, wait_for
from node import Node, s13_client
from traffic import move

NAME = "epp"
APPLICATIONS_PER_S, CHECK_RATIO, CHECK_P95_MS = 28_000, 0.6, 50
CHANGE, CHANGE_S, FULL_S_PER_10_MILLION = 1_000_000, 20, 60
TURNED, TURNED_S = 10, 2
CONNECTIONS = 8
KEYS, MASK = 10**14 - 1, 2**64 - 1
SEED = 1


def name_of(number, seed=SEED):
    """The 14 digits of the number-th name, as eir-epp-load makes them."""
    x = (seed * 0x9E3779B97F4A7C15 + number) & MASK
    x = ((x ^ x >> 30) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ x >> 27) * 0x94D049BB133111EB) & MASK
    return (x ^ x >> 31) % KEYS + 1


def client(lab, centre, mode, *more):
    return [lab.program("eir-epp-load"), "--connect", f"127.0.0.1:{centre.epp_port}", "--certificate", lab.dir / "load.pem",
            "--key", lab.dir / "load.key", "--ca", lab.dir / "ca.pem", "--schemas", SOURCE / "config/schemas", "--messages",
            SOURCE / "config/messages", "--user", "LOAD-1", "--password", PASSWORD, "--seed", SEED, "--connections",
            CONNECTIONS, "--server-process", centre.process.pid, "--mode", mode, *more]


def preload(lab, centre, entries):
    path = write_rows(lab.dir / "stored.csv", "imei,list", (f"{name_of(n):014},white\n" for n in range(entries)))
    begin = time.monotonic()
    centre.cdbctl("import", path, timeout_s=3600)
    path.unlink()
    return time.monotonic() - begin


def applications(lab, options, table, centre):
    def filed(mode, seconds, first, *more):
        figures = load(lab, client(lab, centre, mode, "--first", first, "--duration", seconds, *more),
                       timeout_s=seconds + 300, shim=False)
        return figures, figures["server_cpu_s"] * 1e6 / max(1, figures["sent"])

    jobs, cost = filed("jobs", options.sustained, options.entries, "--names", 5_000, "--window", 2)
    table.rate(NAME, f"applications in jobs of 5,000 over {CONNECTIONS} connections for {jobs['seconds']:.0f} s, each done, durable "
               f"and on record, from {options.entries:,} stored ({cost:.1f} µs of the server's processors each):",
               jobs["rate"], APPLICATIONS_PER_S)
    single, cost = filed("create", options.seconds, 1 << 41, "--window", 16)
    table.rate(NAME, f"single creates, pipelined ({cost:.1f} µs of the server's processors each):", single["rate"])


def checks(lab, options, table, centre):
    def bare_loop(_):
        return load(lab, [lab.program("eir-bench-epp-bare"), "--database", centre.directory / "registry.db", "--duration",
                          options.seconds], shim=False)

    bare_cpu, cpu, rates = [], [], []
    # The server runs on every processor, beside its client; so do the loops: one that is alone finds a quicker one.
    processors = len(os.sched_getaffinity(0))
    for _ in range(options.rounds):
        with ThreadPoolExecutor(processors) as pool:
            loops = list(pool.map(bare_loop, range(processors)))
        bare_cpu.append(sum(loop["cpu_s"] for loop in loops) * 1e6 / sum(loop["sent"] for loop in loops))
        figures = load(lab, client(lab, centre, "check", "--window", 32, "--known", options.entries, "--duration",
                                   options.seconds), shim=False)
        cpu.append(figures["server_cpu_s"] * 1e6 / figures["sent"])
        rates.append(figures["rate"])
    middle = options.rounds // 2
    ours, bare, top = sorted(cpu)[middle], sorted(bare_cpu)[middle], sorted(rates)[middle]
    table.least(NAME, f"checks of one name over {CONNECTIONS} pipelined sessions, {top:,.0f}/s beside their client: {ours:.1f} µs of "
                f"the server's processors each, {bare:.1f} µs in bare loops on all processors; of what those would do",
                bare / ours, CHECK_RATIO)
    half = load(lab, client(lab, centre, "check", "--window", 256, "--known", options.entries, "--rate", top / 2,
                            "--duration", options.seconds), shim=False)
    table.most(NAME, f"ms, p95 of a check at {half['rate']:,.0f}/s, half of that", half["p95_us"] / 1000, CHECK_P95_MS)


def versions(lab, options, table, centre, authority):
    node = Node(lab, lists=None).start()
    syncd = Syncd(lab, authority, node, [centre])
    centre.add_user(syncd.user, "operator", syncd.name, follows=True)

    def follow():
        epoch, number, _ = centre.version()
        begin = time.monotonic()
        syncd.start()
        wait_for(f"version {epoch}.{number} at the node", lambda: serving(node) == f"{epoch}.{number}", timeout_s=900)
        took = time.monotonic() - begin
        syncd.process.stop()
        return took

    _, entries = centre.stored()
    table.most(NAME, f"seconds from the start of eir-syncd to a full version of {entries:,} served", follow(),
               FULL_S_PER_10_MILLION * max(1, entries / 10e6))
    path = write_rows(lab.dir / "change.csv", "imei,list", (f"{name_of(n):014},black\n" for n in range(CHANGE)))
    centre.cdbctl("import", path, timeout_s=3600)
    time.sleep(2 * centre.version_interval / 1000)
    table.most(NAME, f"seconds from the start of eir-syncd to a change of {CHANGE:,} served", follow(), CHANGE_S)
    turned(lab, table, centre, node, syncd)


def turned(lab, table, centre, node, syncd):
    """Devices that are black by now become grey, each at any moment between two polls of the node, which nobody tells."""
    syncd.start()
    wait_for("eir-syncd to follow", lambda: metric(syncd.metrics_port, "eir_site_followed") == 1)
    mme = s13_client(lab, node.diameter_port)
    moments, took = random.Random(SEED), []
    with Epp(lab, centre.epp_port, "load") as epp:
        epp.login("LOAD-1")
        for n in range(TURNED):
            question = {"imei": f"{name_of(n):014}"}
            equal(mme.ask(question)["result"], "black", "the answer before")
            time.sleep(moments.uniform(0, 1))
            code, answer = epp.ask(move(question["imei"], colour="grey"), f"TURN-{n}")
            begin = time.monotonic()
            equal(code, 1000, answer)
            wait_for("the changed answer", lambda: mme.ask(question)["result"] == "grey", every_s=0.005)
            took.append(time.monotonic() - begin)
    equal(mme.finish(), 0, "the client's end")
    syncd.process.stop()
    table.most(NAME, f"seconds from a change acknowledged over EPP to the changed answer of a node that polls, over S13, the "
               f"slowest of {TURNED} ({sorted(took)[TURNED // 2]:.2f} the middle one)", max(took), TURNED_S)


def rate(lab, options, table):
    authority = Authority(lab, "load")
    centre = Centre(lab, authority)
    centre.epp = ["limit user-sessions 64", "limit frame 16000000"]
    centre.add_user("LOAD-1", "administrator", "load")
    took = preload(lab, centre, options.entries)
    table.note(NAME, f"{options.entries:,} entries stored beforehand in {took:.0f} s, by cdbctl import")
    centre.start()
    applications(lab, options, table, centre)
    checks(lab, options, table, centre)
    versions(lab, options, table, centre, authority)
