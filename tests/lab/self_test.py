#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The laboratory's own parts, without a node."""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cases")]


class Vty(unittest.TestCase):
    def test_telnet_negotiation_is_taken_out(self):
        from console import without_telnet

        self.assertEqual(without_telnet(b"\xff\xfb\x01\xff\xfd\x22Turnstile> "), b"Turnstile> ")
        self.assertEqual(without_telnet(b"\xff\xfa\x22\x01\xff\xf0a\xff\xffb"), b"a\xffb")

    def test_the_prompt_is_found_before_the_news_of_a_commit(self):
        from console import Vty

        for text in (b"Turnstile> ", b"x\r\nTurnstile(config-eir)# ", b"x\r\nTurnstile# \r\nCommit 3 taken\r\n",
                     b"x\r\nTurnstile# \r\nCommit 3 refused\r\n% listen tcp: no\r\n% watchdog: no\r\n"):
            self.assertTrue(Vty.PROMPT.search(text), text)
        for text in (b"Turnstile", b"Turnstile> show", b"x\r\nTurnstile# \r\nCommit 3 ta", b"a> b\r\n"):
            self.assertFalse(Vty.PROMPT.search(text), text)

    def test_json_is_found_between_other_lines(self):
        from console import json_in

        self.assertEqual(json_in('show x json\r\n{"a": [1,\r\n 2]}\r\n'), {"a": [1, 2]})
        self.assertEqual(json_in("[]"), [])
        with self.assertRaises(ValueError):
            json_in("% Unknown command.")


class Waits(unittest.TestCase):
    def test_what_was_found_is_said_when_the_time_is_over(self):
        from lab import wait_for

        with self.assertRaisesRegex(TimeoutError, "for a thing: what there is .*the cause"):
            def broken():
                raise OSError("the cause")
            wait_for("a thing", broken, timeout_s=0.05, state=lambda: "what there is")

    def test_a_limit_ends_a_wait_that_passes_over_errors(self):
        from lab import wait_for
        from runner import OutOfTime, limited

        with self.assertRaises(OutOfTime), limited(1):
            wait_for("what never comes", lambda: False, timeout_s=60)


class Ports(unittest.TestCase):
    def test_a_port_is_one_labs_until_it_is_left(self):
        from unittest import mock

        from lab import Lab

        def drawn(lab, *ports):
            with mock.patch("random.randint", side_effect=[*ports, *range(20000, 32000)]):
                return lab.port()
        with Lab(HERE, "ports-2") as other:
            with Lab(HERE, "ports-1") as lab:
                mine = [lab.port(), lab.port()]
                self.assertNotIn(drawn(other, *mine), mine)
                self.assertNotIn(drawn(lab, *mine), mine)
            self.assertEqual(drawn(other, *mine), mine[0])


class Lines(unittest.TestCase):
    """A proxy before a server that sends back what it gets."""

    def setUp(self):
        import socket
        import socketserver
        import threading

        from proxy import Proxy

        class Echo(socketserver.BaseRequestHandler):
            def handle(self):
                while data := self.request.recv(100):
                    self.request.sendall(data)

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.line = Proxy(port, self.server.server_address[1])
        self.connect = lambda: socket.create_connection(("127.0.0.1", port), timeout=10)

    def tearDown(self):
        self.server.shutdown()
        self.server.server_close()

    def passes(self, end):
        try:
            end.sendall(b"a question")
            return end.recv(100) == b"a question"
        except ConnectionError:
            return False

    def test_it_passes_on_and_is_cut(self):
        with self.connect() as end:
            self.assertTrue(self.passes(end))
            self.line.cut()
            self.assertFalse(self.passes(end))
        with self.connect() as end:
            self.line.slow_down()
            self.assertTrue(self.passes(end))

    def test_nothing_passes_a_silent_one(self):
        with self.connect() as end:
            self.assertTrue(self.passes(end))
            self.line.silence()
            self.assertFalse(self.passes(end))
        with self.connect() as end:
            self.assertFalse(self.passes(end))
        self.line.heard_again()
        with self.connect() as end:
            self.assertTrue(self.passes(end))


class Cases(unittest.TestCase):
    def test_there_are_at_least_eighty_and_each_is_named_once(self):
        import checkimei

        cases = checkimei.load()
        self.assertGreaterEqual(len(cases), 80)
        self.assertEqual(len({case.name for case in cases}), len(cases))

    def test_every_settings_group_is_defined_and_used(self):
        import checkimei

        self.assertEqual({case.settings for case in checkimei.load()}, set(checkimei.load_settings()))

    def test_tbcd(self):
        import checkimei

        self.assertEqual(checkimei.tbcd("35809180683555"), "53081908865355")
        self.assertEqual(checkimei.tbcd("358091806835550"), "53081908865355f0")


if __name__ == "__main__":
    unittest.main()
