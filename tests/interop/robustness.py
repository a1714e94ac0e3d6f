# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that misbehave. Meanwhile a second peer's 1,000 questions are all answered right, and the node's own memory
stays under its bound."""

import contextlib
import os
import resource
import socket
import struct
import time

from lab import check, equal, sctp_listens, wait_for
from node import MME_HOST, REALM, Node, Stp, map_client, s13_client

MEMORY_MAX = 64 * 2**20
QUESTIONS = 1000
ANSWERS = {"35809101685355": "white", "35209900176148": "grey", "35644504498991": "black", "35999900000001": "unknown"}
BAD_HOST = f"bad.{REALM}"


def robust_node(lab, **more):
    node = Node(lab, settings=["response-type 2"], **more)
    node.peers = {MME_HOST: [], BAD_HOST: []}
    return node


def a_second_peer_is_served(lab, node, name="second-peer"):
    """1,000 questions one after the other, each answered right; and the memory is looked at."""
    client = s13_client(lab, node.diameter_port, "--no-raw", name=name)
    imeis = list(ANSWERS)
    wrong = []
    for start in range(0, QUESTIONS, 50):
        batch = [imeis[i % len(imeis)] for i in range(start, start + 50)]
        client.send(*({"imei": imei} for imei in batch))
        for imei in batch:
            got = client.receive()["result"]
            if got != ANSWERS[imei]:
                wrong.append((imei, got))
    equal(wrong, [], "answers to the second peer that are not right")
    equal(client.finish(), 0, "the second peer's end")
    memory = node.memory()
    print(f"{name}: {QUESTIONS} answers right; {memory // 2**20} MB of its own")
    check(memory < MEMORY_MAX, f"the node has {memory} octets of its own")


def diameter_octets(command, flags, avps, application=0, hop=1):
    body = b"".join(avps)
    return struct.pack("!IIIII", 1 << 24 | 20 + len(body), flags << 24 | command, application, hop, hop) + body


def avp(code, data, flags=0x40, vendor=None):
    head = struct.pack("!II", code, (flags | (0x80 if vendor else 0)) << 24 | 8 + (4 if vendor else 0) + len(data))
    return head + (struct.pack("!I", vendor) if vendor else b"") + data + b"\0" * (-len(data) % 4)


def cer(host):
    return diameter_octets(257, 0x80, [
        avp(264, host.encode()), avp(296, REALM.encode()), avp(257, struct.pack("!H4s", 1, socket.inet_aton("127.0.0.1"))),
        avp(266, struct.pack("!I", 10415)), avp(269, b"lab", flags=0),
        avp(260, avp(266, struct.pack("!I", 10415)) + avp(258, struct.pack("!I", 16777252)))])


def ecr(host, session=b"lab;1;1", imei=b"35809101685355", hop=7):
    return diameter_octets(324, 0xC0, [
        avp(263, session), avp(260, avp(266, struct.pack("!I", 10415)) + avp(258, struct.pack("!I", 16777252))),
        avp(277, struct.pack("!I", 1)), avp(264, host.encode()), avp(296, REALM.encode()), avp(283, REALM.encode()),
        avp(1401, avp(1402, imei, vendor=10415), vendor=10415)], 16777252, hop)


def connect(node):
    return contextlib.closing(socket.create_connection(("127.0.0.1", node.diameter_port), timeout=10))


def read_message(sock):
    data = b""
    while len(data) < 4 or len(data) < int.from_bytes(data[1:4], "big"):
        chunk = sock.recv(65536)
        if not chunk:
            raise ConnectionError("closed")
        data += chunk
    return data


def opened(node, host):
    """A connection after CER and a CEA that says success."""
    sock = socket.create_connection(("127.0.0.1", node.diameter_port), timeout=10)
    sock.sendall(cer(host))
    answer = read_message(sock)
    check(struct.pack("!I", 2001) in answer, f"CEA: {answer.hex()}")
    return sock


def plain_a_peer_that_never_reads(lab):
    node = robust_node(lab).start()
    with contextlib.closing(opened(node, BAD_HOST)) as bad:
        bad.setblocking(False)
        pending, sent, stuck_since = b"", 0, time.monotonic()
        # Questions until nothing is taken for a second: the node has stopped reading, its output being full.
        while time.monotonic() - stuck_since < 1:
            pending = pending or ecr(BAD_HOST) * 50
            try:
                count = bad.send(pending)
                pending, sent, stuck_since = pending[count:], sent + count, time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            check(sent < 512 * 2**20, "the node reads on from a peer that does not read")
        print(f"stopped reading after {sent} octets")
        a_second_peer_is_served(lab, node)


def plain_peers_that_never_speak(lab):
    node = robust_node(lab).start()
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(connect(node))
        half = stack.enter_context(connect(node))
        half.sendall(cer(BAD_HOST)[:13])
        a_second_peer_is_served(lab, node)


def plain_a_thousand_idle_connections(lab):
    def raise_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096))

    raise_files()
    node = robust_node(lab)
    node.diameter += ["limit without-cer 2000", "limit connections 3000", "cer-timeout 60"]
    node.start(limits=raise_files)
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(connect(node))
        a_second_peer_is_served(lab, node)
        fds = len(os.listdir(f"/proc/{node.process.pid}/fd"))
        check(fds > 1000, f"only {fds} descriptors: the connections are not there")


def plain_more_silent_connections_than_the_bound(lab):
    node = robust_node(lab)
    node.diameter.append("cer-timeout 60")
    node.start()
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(connect(node))
        for _ in range(200):
            stack.enter_context(connect(node))
        a_second_peer_is_served(lab, node)
        equal(first.recv(1), b"", "the oldest silent connection")


def plain_file_descriptors_used_up(lab):
    limit = 96

    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))

    node = robust_node(lab)
    node.diameter += ["limit without-cer 2000", "cer-timeout 60"]
    node.start(limits=few_files)
    first = s13_client(lab, node.diameter_port, name="before")
    equal(first.ask({"imei": "35644504498991"})["result"], "black", "before")
    with contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connect(node))
        for _ in range(100):
            equal(first.ask({"imei": "35644504498991"})["result"], "black", "an open peer while descriptors are used up")
    equal(first.finish(), 0, "its end")
    a_second_peer_is_served(lab, node)


def plain_nul_in_session_id(lab):
    node = robust_node(lab).start()
    with contextlib.closing(opened(node, BAD_HOST)) as bad:
        for session in (b"a\0b", b"\0", b"\0" * 300, b""):
            bad.sendall(ecr(BAD_HOST, session=session))
            answer = read_message(bad)
            check(int.from_bytes(answer[5:8], "big") == 324, f"no ECA: {answer.hex()}")
        a_second_peer_is_served(lab, node)


def plain_quick_reconnects(lab):
    node = robust_node(lab).start()
    for number in range(200):
        bad = opened(node, BAD_HOST)
        if number % 3 == 0:
            bad.sendall(ecr(BAD_HOST))
        if number % 2:
            bad.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset, not an end
        bad.close()
    a_second_peer_is_served(lab, node)
    with contextlib.closing(opened(node, BAD_HOST)) as again:
        again.sendall(ecr(BAD_HOST))
        read_message(again)


def plain_garbage_and_broken_framing(lab):
    node = robust_node(lab).start()
    for octets in (os.urandom(4096), b"\1\0\0\4", b"\1\xff\xff\xff" + b"\0" * 1000, b"GET / HTTP/1.1\r\n\r\n", b"\0" * 100):
        with connect(node) as bad:
            bad.sendall(octets)
            with contextlib.suppress(ConnectionError):
                equal(bad.recv(65536), b"", "what came back for broken framing")
    a_second_peer_is_served(lab, node)


def sctp_stp_restart(lab):
    stp = Stp(lab).start()
    node = robust_node(lab, stps=[stp]).start()
    with node.vty() as vty:
        for _ in range(2):
            stp.process.stop()
            wait_for("the alarm", lambda: "no-asp-active" in vty.run("show eir alarms json"))
            a_second_peer_is_served(lab, node)
            stp.start()
            node.wait_active(timeout_s=60)
            msc = map_client(lab, stp.port, stp.msc_ports[0])
            equal(msc.ask({"version": 3, "imei": "35644504498991"})["result"], "black", "after the STP came back")
            msc.finish()
            wait_for("the alarm to clear", lambda: "no-asp-active" not in vty.run("show eir alarms json"))


def sctp_association_aborts(lab):
    """Every association an abort, on the Diameter and on the M3UA side."""
    stp = Stp(lab).start()
    node = robust_node(lab, stps=[stp])
    port = lab.port()
    node.diameter.append(f"listen sctp 127.0.0.1 {port}")
    node.start()
    wait_for("the SCTP listener", lambda: sctp_listens(port))
    for number in range(50):
        bad = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
        bad.settimeout(10)
        bad.connect(("127.0.0.1", port))
        if number % 2:
            bad.sendall(cer(BAD_HOST))
            bad.recv(65536)
        if number % 4 == 3:
            bad.sendall(ecr(BAD_HOST))
        bad.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        bad.close()
    a_second_peer_is_served(lab, node, "after-diameter-aborts")
    # The STP killed, not stopped: its kernel aborts the associations.
    stp.process.kill()
    a_second_peer_is_served(lab, node, "after-the-stp-was-killed")
    stp.start()
    node.wait_active(timeout_s=60)
    msc = map_client(lab, stp.port, stp.msc_ports[0])
    equal(msc.ask({"version": 3, "imei": "35209900176148"})["result"], "grey", "after the abort")
    equal(msc.finish(), 0, "the MSC's end")


def sctp_diameter_peer_that_never_reads(lab):
    node = robust_node(lab)
    port = lab.port()
    node.diameter.append(f"listen sctp 127.0.0.1 {port}")
    node.start()
    wait_for("the SCTP listener", lambda: sctp_listens(port))
    with contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_SCTP)) as bad:
        bad.settimeout(10)
        bad.connect(("127.0.0.1", port))
        bad.sendall(cer(BAD_HOST))
        check(struct.pack("!I", 2001) in bad.recv(65536), "CEA")
        bad.setblocking(False)
        sent, stuck_since = 0, time.monotonic()
        while time.monotonic() - stuck_since < 1:
            try:
                bad.send(ecr(BAD_HOST))
                sent, stuck_since = sent + 1, time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
            check(sent < 200_000, "the node reads on from a peer that does not read")
        a_second_peer_is_served(lab, node)
