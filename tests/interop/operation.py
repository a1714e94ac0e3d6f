# SPDX-License-Identifier: GPL-3.0-or-later
"""What an operator does to a node: imports lists, kills what he should not, checks a configuration, stops."""

import random
import re
import signal
import time

from centre import replica_status
from lab import check, equal, wait_for
from node import REALM, Node, s13_client

ROWS = 400_000
KILLED_BEFORE, KILLS_MAX = 8, 100


def big_lists(lab, name, status):
    """A list of many devices, all on one list, and one by which versions are told apart."""
    path = lab.dir / name
    with open(path, "w", encoding="utf-8") as out:
        out.write("imei,list,svn,reason\n35644504498991," + status + ",,\n")
        out.writelines(f"{86055500000000 + i:014d},{status},,\n" for i in range(ROWS))
    return path


def plain_kill_during_import(lab):
    """SIGKILL at many points of an import: the running node and a new one serve the old version; then it is repeated."""
    node = Node(lab, lists=big_lists(lab, "old.csv", "black")).start()
    new = big_lists(lab, "new.csv", "grey")
    client = s13_client(lab, node.diameter_port)

    def told():
        return client.ask({"imei": "35644504498991"})["result"]

    def served():
        return replica_status(lab, node.replica, "local")

    equal(told(), "black", "before")
    eirctl = lab.program("eirctl")
    start = time.monotonic()
    done = lab.run([eirctl, "import", "--replica", lab.dir / "trial.replica", new])
    whole_s = time.monotonic() - start
    print(f"an import takes {whole_s:.2f} s: {done.stdout.strip()[-200:]}")
    before, published, old = 0, 0, served()
    shares = [i / 16 for i in range(16)] + [random.random() for _ in range(4)]
    while shares or before < KILLED_BEFORE:
        check(before + published < KILLS_MAX, f"only {before} of {before + published} imports were killed before they published")
        share = shares.pop(0) if shares else random.random() / 2
        writer = lab.start("eirctl", [eirctl, "import", "--replica", node.replica, new])
        end = time.monotonic() + whole_s * share * 0.95
        while time.monotonic() < end and writer.running():
            time.sleep(0.002)
        writer.signal(signal.SIGKILL)
        writer.wait()
        if served() == old:
            before += 1
            equal(told(), "black", f"killed at {share:.2f}, before the new version was published")
            continue
        # Killed, or ended, after the version was published: then it is whole. Put the old one back.
        published += 1
        wait_for("the new version", lambda: told() == "grey")
        equal({client.ask({"imei": f"{86055500000000 + i:014d}"})["result"] for i in range(0, ROWS, ROWS // 50)}, {"grey"},
              f"devices of the new version, killed at {share:.2f}")
        node.import_lists()
        wait_for("the old version again", lambda: told() == "black")
        old = served()
    print(f"{before} killed before the new version was published, {published} after")
    second = Node(lab, name="second", lists=None)
    second.replica = node.replica
    second.start()
    other = s13_client(lab, second.diameter_port, name="second-client")
    equal(other.ask({"imei": "35644504498991"})["result"], "black", "a node started after the kills")
    node.import_lists(new)
    wait_for("the repeated import", lambda: told() == "grey")
    wait_for("the repeated import at the second node",
             lambda: other.ask({"imei": "35644504498991"})["result"] == "grey")


def traced_check(lab, config):
    """eird --check under strace; returns it and the socket calls that succeeded."""
    trace = lab.dir / "trace"
    done = lab.run(["strace", "-f", "-qq", "-e", "trace=%network", "-o", trace, lab.program("eird"), "--check", "-c", config],
                   check=False)
    calls = [line for line in trace.read_text(encoding="utf-8", errors="replace").splitlines()
             if re.search(r"(socket|socketpair|bind|connect|listen)\(", line) and not re.search(r"= -1 ", line)]
    return done, [line for line in calls if "socketpair(" not in line]


def plain_check_opens_no_socket(lab):
    node = Node(lab)
    node.extra_cs7 = ["cs7 instance 0", " network-indicator national", " point-code 0.0.2",
                      f" asp stp-1 {lab.port()} 0 m3ua", "  remote-ip 127.0.0.1", " as eir m3ua", "  asp stp-1",
                      "  routing-key 2 0.0.2", f" listen m3ua {lab.port()}", "  accept-asp-connections pre-configured"]
    node.replica.mkdir()
    done, calls = traced_check(lab, node.write_config())
    equal(done.returncode, 0, f"a good configuration: {done.stdout}")
    equal(calls, [], "calls for a socket that succeeded")


def plain_check_reports_every_error(lab):
    good = Node(lab)
    good.replica.mkdir()
    lines = good.config().splitlines()
    lines[lines.index("eir") + 1:lines.index("eir") + 1] = [" response-type 9", " no-such-command 1"]
    at = lines.index(f" origin-realm {REALM}") + 1
    lines[at:at] = [" listen tcp 127.0.0.300 3868", " watchdog 0"]
    path = lab.write("bad.cfg", "\n".join(lines) + "\n")
    done, calls = traced_check(lab, path)
    check(done.returncode != 0, "a bad configuration was found good")
    equal(calls, [], "calls for a socket that succeeded")
    for wrong in (" response-type 9", " no-such-command 1", " listen tcp 127.0.0.300 3868", " watchdog 0"):
        number = lines.index(wrong) + 1
        check(re.search(rf"bad\.cfg:{number}: \S", done.stdout), f"line {number} ({wrong.strip()}) not in:\n{done.stdout}")


def plain_clean_stop(lab):
    """SIGTERM: what was asked is answered, the peer gets DPR, the exit status is 0."""
    node = Node(lab).start()
    client = s13_client(lab, node.diameter_port, "--events")
    equal(client.receive().get("event"), "cea", "the first event")
    equal(client.ask({"imei": "35644504498991"})["result"], "black", "before")
    node.process.signal(signal.SIGTERM)
    equal(client.receive().get("event"), "dpr", "what the peer is sent")
    equal(node.process.wait(), 0, "exit status")


def plain_live_changes(lab):
    """A peer added, blocked, let in again and taken away; decision settings; a refused change changes nothing."""
    node = Node(lab).start()
    new = f"mme2.{REALM}"

    def result(host):
        client = s13_client(lab, node.diameter_port, host=host, name=f"client-{host}")
        try:
            return client.ask({"imei": "35644504498991"}, 10)["result"]
        except (ConnectionError, BrokenPipeError):
            return "refused"
        finally:
            client.stop()

    equal(result(new), "refused", "a peer that is not configured")
    node.configure([f"peer {new}"], "diameter")
    equal(result(new), "black", "a peer added while the node runs")
    node.configure([f"peer {new}", "blocked"], "diameter")
    equal(result(new), "refused", "a peer blocked")
    node.configure([f"peer {new}", "no blocked"], "diameter")
    equal(result(new), "black", "and let in again")
    node.configure([f"no peer {new}"], "diameter")
    equal(result(new), "refused", "and taken away")
    node.configure(["override grey"])
    equal(result(f"mme1.{REALM}"), "grey", "override")
    with node.vty() as vty:
        complaints = vty.configure(["diameter", "listen tcp 127.0.0.300 1", "exit", "eir", "override white"])
    check(complaints, "a bad address was taken")
    equal(result(f"mme1.{REALM}"), "grey", "after a refused change")
