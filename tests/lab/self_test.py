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
