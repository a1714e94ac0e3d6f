# SPDX-License-Identifier: GPL-3.0-or-later
"""The replica's tables: memory, decisions with ranges and locks in play, and a large change beside them."""

import statistics

from figures import load

IMEI_OCTETS, RANGE_OCTETS, LOCK_OCTETS = 12, 24, 48
DECISIONS_PER_S = 3e6
SLOW_RATIO = 2
NAME = "replica"
MIX = ["a listed IMEI", "a range, at depths 1 to 4", "a locked device", "a device with a pair entry", "nothing listed"]


def rate(lab, options, table):
    runs = [load(lab, [lab.program("eir-bench-replica"), "--entries", options.entries, "--seconds", options.seconds,
                       "--change", min(1_000_000, options.entries // 10),
                       "--seed", seed, "--snapshot", lab.dir / f"{seed}.snapshot"], timeout_s=3600, shim=False)
            for seed in range(1, options.rounds + 1)]
    first = runs[0]

    def median(key):
        return statistics.median(run[key] for run in runs)

    table.note(NAME, f"{first['entries']:,} IMEIs, a tenth as many ranges (nested 4 deep), locks and pairs, a hundredth "
               f"subscribers, a thousandth exceptions: {first['total']:,} entries, {first['octets'] / 1e6:,.0f} MB mapped")
    asked = sum(first["mix"])
    table.note(NAME, "asked about: " + ", ".join(
        f"{what} {count / asked:.0%}" for what, count in zip(MIX, first["mix"]))
        + "; half of them with an IMSI. eird asks one after the other: what a batch would gain is shown beside it")
    table.most(NAME, "octets of an IMEI", first["imei_octets"], IMEI_OCTETS)
    table.most(NAME, f"octets of a range, a change of {first['change']:,} in the overlay",
               first["range_octets_with"], RANGE_OCTETS)
    table.most(NAME, "octets of a lock, its share of the sieves included", first["lock_octets"], LOCK_OCTETS)
    table.note(NAME, f"a pair takes {first['pair_octets']:.1f} octets; with the change in the overlay and two states "
               f"held the process has {first['swap_own'] / 1e6:,.0f} MB of its own, questions and the change included")
    table.note(NAME, f"snapshot written in {median('build_s'):.1f} s with {first['build_own'] / 1e6:,.0f} MB of its own, "
               f"opened and proven in {median('open_s'):.2f} s, change taken in {median('apply_s'):.2f} s at most")
    table.rate(NAME, "decisions of one core (processor time), one after the other", median("single_per_s"))
    table.rate(NAME, f"decisions of one core (processor time), in batches of {first['batch']}",
               median("batched_per_s"), DECISIONS_PER_S)
    quiet = sum(run["quiet_slow"] for run in runs) / max(1, sum(run["quiet_asked"] for run in runs))
    busy = sum(run["busy_slow"] for run in runs) / max(1, sum(run["busy_asked"] for run in runs))
    table.most(NAME, f"decisions over 10 µs: {quiet:.5%} alone, {busy:.5%} beside the change, ratio",
               busy / quiet if quiet else float(busy > 0), SLOW_RATIO)
    if first["sqlite_per_s"]:
        table.note(NAME, f"SQLite on the same data ({first['sqlite_octets'] / 1e6:,.0f} MB): "
                   f"{median('sqlite_per_s'):,.0f} decisions/s, {median('single_per_s') / median('sqlite_per_s'):.0f} "
                   "times fewer than one after the other")
