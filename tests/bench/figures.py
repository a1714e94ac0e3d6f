# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benches share: the load generators' JSON line, medians, the table."""

import json
import os
import pathlib
import statistics
import subprocess


def load(lab, argv, timeout_s=180, shim=None):
    """Runs a load generator and returns what it measured. A wrong or lost answer is a fault, not a figure."""
    done = subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.PIPE, timeout=timeout_s, check=False, env=lab.environment(shim))
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise RuntimeError(f"{argv[0]} ended with {done.returncode} and no figures: {done.stderr[-2000:]}")
    figures = json.loads(lines[-1])
    if figures.get("wrong") or figures.get("lost") or done.returncode:
        raise RuntimeError(f"{argv[0]}: wrong or lost answers (status {done.returncode}): {lines[-1]}")
    return figures


def cpu_s(process):
    """Processor time a started program has used so far, its threads together."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def alternate(rounds, *sides):
    """Measures the sides, each (server process, measure), in turn. Of each side the median rate, and the processor
    time its server used for an answer, in microseconds."""
    rates, cpu = [[] for _ in sides], [[] for _ in sides]
    for number in range(rounds):
        for side, (process, measure) in enumerate(sides):
            before = cpu_s(process)
            figures = measure(number)
            rates[side].append(figures["rate"])
            cpu[side].append((cpu_s(process) - before) * 1e6 / figures["sent"])
    return [(statistics.median(r), statistics.median(c)) for r, c in zip(rates, cpu)]


class Table:
    """Prints as it goes; remembers whether all was well."""

    def __init__(self):
        self.failures = 0

    def _goal(self, value, goal):
        met = value >= goal
        self.failures += not met
        return f"(goal >= {goal:,.10g}: {'met' if met else 'MISSED'})"

    def _print(self, name, text):
        print(f"{name + ':':<10} {text}", flush=True)

    def ratio(self, name, what, ours, other, goal):
        """`ours` and `other`: (name, (rate, processor time for an answer))."""
        (our_name, (our_rate, our_cpu)), (other_name, (other_rate, other_cpu)) = ours, other
        value = our_rate / other_rate if other_rate else 0
        self._print(name, f"{what}{our_name} {our_rate:,.0f}/s, {other_name} {other_rate:,.0f}/s, ratio {value:.2f} "
                    + self._goal(value, goal) + f"; server CPU for an answer {our_cpu:.2f} and {other_cpu:.2f} µs")

    def rate(self, name, what, rate, goal=None):
        self._print(name, f"{what} {rate:,.0f}/s " + (self._goal(rate, goal) if goal else ""))

    def most(self, name, what, value, goal):
        met = value <= goal
        self.failures += not met
        self._print(name, f"{what} {value:,.2f} (goal <= {goal:,.10g}: {'met' if met else 'MISSED'})")

    def least(self, name, what, value, goal):
        self._print(name, f"{what} {value:,.2f} " + self._goal(value, goal))

    def latency(self, name, what, figures):
        self._print(name, f"{what} at {figures['rate']:,.0f}/s: p50 {figures['p50_us']:,.0f} µs, "
                          f"p99 {figures['p99_us']:,.0f} µs, p99.9 {figures['p999_us']:,.0f} µs")

    def note(self, name, text):
        self._print(name, text)

    def broken(self, name, error):
        self.failures += 1
        self._print(name, f"NOT MEASURED: {error}")

    def close(self):
        return 1 if self.failures else 0
