# SPDX-License-Identifier: GPL-3.0-or-later
"""Decisions of one core from a large index."""

import statistics

from figures import load

GOAL_PER_S = 5e6


def rate(lab, options, table):
    runs = [load(lab, [lab.program("eir-bench-decision"), "--entries", options.entries, "--seconds", options.seconds,
                       "--seed", seed], shim=False) for seed in range(1, options.rounds + 1)]
    first = runs[0]
    table.note("decision", f"index of {first['entries']:,} IMEIs, {first['octets_per_entry']} octets each; questions: "
               f"{first['hit']:.0%} listed, {first['tac']:.0%} in a listed TAC, the others not listed; one core")
    table.rate("decision", "one after the other", statistics.median(r["single_per_s"] for r in runs))
    table.rate("decision", f"in batches of {first['batch']}", statistics.median(r["batched_per_s"] for r in runs),
               GOAL_PER_S)
