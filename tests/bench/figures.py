# SPDX-License-Identifier: GPL-3.0-or-later
"""What the benches share: the load generators' JSON line, medians, the table."""

import json
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


def alternate(rounds, *sides):
    """Measures the sides in turn; the median of each side's rates."""
    rates = [[] for _ in sides]
    for number in range(rounds):
        for side, measure in enumerate(sides):
            rates[side].append(measure(number)["rate"])
    return [statistics.median(r) for r in rates]


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

    def ratio(self, name, ours, our_rate, other, other_rate, goal):
        value = our_rate / other_rate if other_rate else 0
        self._print(name, f"{ours} {our_rate:,.0f}/s, {other} {other_rate:,.0f}/s, ratio {value:.2f} "
                    + self._goal(value, goal))

    def rate(self, name, what, rate, goal=None):
        self._print(name, f"{what} {rate:,.0f}/s " + (self._goal(rate, goal) if goal else ""))

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
