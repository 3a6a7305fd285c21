"""Which rules may stay red after their own fix. Needs neither root nor the binary."""

import contextlib
import io
import unittest

import mended


class Fixes(unittest.TestCase):
    def judge(self, rows, written, own):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            good = mended.Unmended(rows).judge(written, own)
        return good, said.getvalue()

    def test_a_rule_that_stays_red_after_its_fix_fails_the_run(self):
        own = {"xccdf_x_rule_a": "pass", "xccdf_x_rule_b": "fail"}
        self.assertTrue(self.judge("", ["a"], own)[0])
        good, said = self.judge("", ["a", "b"], own)
        self.assertFalse(good)
        self.assertIn("b\twas written, and is fail afterwards", said)
        self.assertFalse(self.judge("", ["a", "absent"], own)[0])

    def test_a_named_one_may_stay_red_but_only_as_long_as_it_does(self):
        own = {"xccdf_x_rule_a": "pass", "xccdf_x_rule_b": "fail"}
        self.assertTrue(self.judge("# why\nb no such thing here\n", ["a", "b"], own)[0])
        self.assertTrue(self.judge("b* no such thing here\n", ["a", "b"], own)[0])
        self.assertFalse(self.judge("a it was so once\n", ["a"], own)[0])

    def test_nothing_written_is_no_success(self):
        self.assertFalse(self.judge("", [], {})[0])

    def test_a_row_needs_a_reason(self):
        self.assertRaises(ValueError, mended.Unmended, "a\n")


if __name__ == "__main__":
    unittest.main()
