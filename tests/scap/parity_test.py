"""What the comparison counts, names and refuses. Needs neither root nor oscap."""

import contextlib
import io
import unittest

import oracle
import parity
import streams

HEAD = "\t".join(parity.KNOWN_COLUMNS) + "\n"


class Parity(unittest.TestCase):
    def compare(self, theirs, own, rows=""):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            good = parity.compare("stream", "fresh", theirs, own, parity.Known(HEAD + rows))
        return good, said.getvalue()

    def test_a_difference_that_nobody_explained_fails_even_at_99_percent(self):
        theirs = {f"r{number}": "pass" for number in range(100)}
        good, said = self.compare(theirs, {**theirs, "r7": "fail"})
        self.assertFalse(good)
        self.assertIn("99.00 %", said)
        self.assertIn("r7\toracle pass\tours fail\tNOT KNOWN", said)

    def test_an_explained_difference_passes_where_it_was_explained(self):
        theirs = {f"r{number}": "pass" for number in range(100)}
        own = {**theirs, "r7": "fail"}
        self.assertTrue(self.compare(theirs, own, "stream\tfresh\tr7\tpass\tfail\twhy\n")[0])
        self.assertTrue(self.compare(theirs, own, "*\t*\tr7\tpass\tfail\twhy\n")[0])
        self.assertFalse(self.compare(theirs, own, "stream\tsabotaged\tr7\tpass\tfail\twhy\n")[0])
        self.assertFalse(self.compare(theirs, own, "*\t*\tr7\tfail\tpass\twhy\n")[0])

    def test_too_many_explained_differences_fail(self):
        self.assertFalse(self.compare({"a": "pass"}, {"a": "fail"}, "*\t*\ta\tpass\tfail\twhy\n")[0])

    def test_a_rule_of_one_side_only_is_a_difference(self):
        self.assertEqual(
            parity.differences({"a": "pass"}, {"b": "pass"}), [("a", "pass", "missing"), ("b", "missing", "pass")]
        )

    def test_nothing_compared_is_no_success(self):
        self.assertFalse(self.compare({}, {})[0])

    def test_known_differences_that_no_longer_occur_are_named(self):
        known = parity.Known(HEAD + "s\tfresh\ta\tpass\tfail\twhy\ns\tother\tb\tpass\tfail\twhy\n")
        self.assertEqual([row[2] for row in known.unmet(["s"], ["fresh"])], ["a"])
        self.assertEqual(known.cause("s", "fresh", ("a", "pass", "fail")), "why")
        self.assertEqual(known.unmet(["s"], ["fresh"]), [])

    def test_a_row_for_every_stream_is_missed_only_when_every_one_was_compared(self):
        known = parity.Known(HEAD + "*\tfresh\ta\tpass\tfail\twhy\n")
        self.assertEqual(known.unmet(["debian11-any"], ["fresh"]), [])
        self.assertEqual(len(known.unmet(parity.COUNTED_STREAMS, ["fresh"])), 1)

    def test_the_list_needs_its_head_and_full_rows(self):
        for text in ("", "stream\troot\n", HEAD + "s\tr\ta\tpass\tfail\n", HEAD + "s\tr\ta\tpass\tfail\t \n"):
            self.assertRaises(ValueError, parity.Known, text)

    def test_the_list_in_the_tree_can_be_read(self):
        parity.Known((parity.HERE / "known_differences.tsv").read_text())


class Reading(unittest.TestCase):
    def test_progress_is_read_line_by_line_and_a_rule_comes_once(self):
        self.assertEqual(oracle.parse_progress("a_rule_x:pass\n\na_rule_y:notapplicable\n"),
                         {"a_rule_x": "pass", "a_rule_y": "notapplicable"})
        self.assertRaises(ValueError, oracle.parse_progress, "a:pass\na:fail\n")

    def test_only_the_systems_own_platform_goes_or_all_do(self):
        text = '<x:platform idref="cpe:/o:debian:debian_linux:11"/><x:platform idref="#pam"/><y:platform id="#pam"/>'
        self.assertEqual(streams.without_platforms(text, streams.SYSTEM),
                         ('<x:platform idref="#pam"/><y:platform id="#pam"/>', 1))
        self.assertEqual(streams.without_platforms(text, streams.EVERY), ('<y:platform id="#pam"/>', 2))


if __name__ == "__main__":
    unittest.main()
