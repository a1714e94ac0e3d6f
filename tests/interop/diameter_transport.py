# SPDX-License-Identifier: GPL-3.0-or-later
"""The Diameter server's own transport test, where the kernel has SCTP."""

from lab import check


def sctp_server_on_kernel_sctp(lab):
    done = lab.run([lab.program("diameter_sctp_test")], env=lab.environment(shim=False))
    check("4 tests" in done.stdout and "FAILED" not in done.stdout, done.stdout)
