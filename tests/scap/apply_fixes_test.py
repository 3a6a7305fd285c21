"""What becomes of files when a change file is brought about. Needs neither root nor the binary."""

import tempfile
import unittest
from pathlib import Path

import apply_fixes


def setting(form, key, value, section=None):
    want = {"format": form, "value": value, **({"section": section} if section else {})}
    return {"kind": "setting", "key": "/etc/x", "sub": f"[{section}] {key}" if section else key, "want": want}


class Settings(unittest.TestCase):
    def test_a_key_stands_once_and_before_the_match_blocks(self):
        text = "maxauthtries 9\nMaxAuthTries=8\nMatch User root\n    MaxAuthTries 1\n"
        self.assertEqual(apply_fixes.with_setting(text, setting("sshd", "MaxAuthTries", "4")),
                         "MaxAuthTries 4\nMatch User root\n    MaxAuthTries 1\n")

    def test_a_section_is_made_where_there_is_none(self):
        self.assertEqual(apply_fixes.with_setting("", setting("ini", "Storage", "none", "Coredump")),
                         "[Coredump]\nStorage=none\n")
        self.assertEqual(apply_fixes.with_setting("[A]\nx=1\n[B]\nx=1\n", setting("ini", "x", "2", "A")),
                         "[A]\nx=2\n[B]\nx=1\n")

    def test_a_file_keeps_its_habit_of_blanks(self):
        self.assertEqual(apply_fixes.with_setting("freq = 50\n", setting("ini", "num_logs", "5")),
                         "freq = 50\nnum_logs = 5\n")

    def test_a_key_that_is_longer_is_another_one(self):
        self.assertEqual(apply_fixes.with_setting("PASS_MAX_DAYS_X 1\n", setting("login_defs", "PASS_MAX_DAYS", "60")),
                         "PASS_MAX_DAYS_X 1\nPASS_MAX_DAYS\t60\n")


class Lines(unittest.TestCase):
    def test_a_line_takes_the_place_of_all_that_it_replaces(self):
        self.assertEqual(apply_fixes.with_line("a\numask 022\nb\numask 002\n", "umask 077", "umask "),
                         "a\numask 077\nb\n")
        self.assertEqual(apply_fixes.with_line("a\n", "b", None), "a\nb\n")
        self.assertEqual(apply_fixes.with_line("b\na\n", "b", None), "b\na\n")


class ChangeFile(unittest.TestCase):
    def test_only_the_set_is_taken(self):
        text = "change:\n  type: normal\nset:\n  # why\n  - {package: htop}\n\n# Left out\nhealth: []\n"
        self.assertEqual(apply_fixes.set_of(text),
                         "scope: hardened\nset:\n  # why\n  - {package: htop}\n\n# Left out\n")

    def test_rules_are_named_above_what_mends_them_and_nowhere_else(self):
        text = ("# a (high): head\nset:\n  # b (medium): does\n  # c: the same\n  #   resource: more\n"
                "  - {package: htop}\n\n# To be mended by people:\n# d (low): why\n")
        self.assertEqual(apply_fixes.rules_of(text), ["b", "c"])

    def test_effects_build_on_each_other_and_are_written_once(self):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            (root / "etc").mkdir()
            (root / "etc/x").write_text("a 1\n")
            effects = apply_fixes.Effects([root])
            effects.take(setting("key_space_value", "a", "2"))
            effects.take(setting("key_space_value", "b", "3"))
            effects.take({"kind": "package", "key": "aide", "want": {}})
            self.assertEqual(effects.texts["/etc/x"], "a 2\nb 3\n")
            self.assertEqual(apply_fixes.script_of(effects, False).count("cat >"), 1)
            self.assertEqual(effects.passed_over, ["aide"])
            self.assertRaises(AttributeError, effects.take, {"kind": "timer", "key": "x", "want": {}})


if __name__ == "__main__":
    unittest.main()
