"""Shows what coverage.py counts as covered, excepted and missing."""

import unittest

import coverage

PATH = "src/policy/a.cc"
SOURCES = {PATH: ["int f() {", "  return a && b;", "}", "  stop();"]}


class Coverage(unittest.TestCase):
    def judge(self, rows, exceptions=None):
        return coverage.judge({PATH: rows}, SOURCES, exceptions or {})

    def test_a_line_that_ran_through_all_branches_is_covered(self):
        table, missing, unused = self.judge([(1, 3, 0, 0), (2, 3, 4, 4)])
        self.assertEqual((missing, unused), ([], []))
        self.assertEqual(table, {"policy": [2, 2, 4, 4, 0]})

    def test_a_line_that_never_ran_is_missing_and_so_is_a_branch(self):
        _, missing, _ = self.judge([(2, 3, 3, 4), (4, 0, 0, 0)])
        self.assertEqual([(row[1], row[5]) for row in missing], [(2, "return a && b;"), (4, "stop();")])

    def test_an_exception_covers_the_line_of_its_text(self):
        table, missing, unused = self.judge([(4, 0, 0, 0)], {(PATH, "stop();"): "never returns"})
        self.assertEqual((missing, unused), ([], []))
        self.assertEqual(table["policy"][4], 1)

    def test_an_exception_that_applies_to_nothing_is_reported(self):
        _, _, unused = self.judge([(2, 3, 4, 4)], {(PATH, "return a && b;"): "why"})
        self.assertEqual(unused, [(PATH, "return a && b;")])

    def test_exceptions_need_path_text_and_reason(self):
        text = "# comment\n\nsrc/a.cc | stop(); | cannot happen\n"
        self.assertEqual(coverage.read_exceptions(text), {("src/a.cc", "stop();"): "cannot happen"})
        for wrong in ("src/a.cc | stop();\n", "src/a.cc | stop(); | \n"):
            with self.assertRaises(ValueError):
                coverage.read_exceptions(wrong)

    def test_branches_of_exceptions_do_not_count(self):
        def branch(count, throw=False):
            return {"count": count, "throw": throw}

        call_that_may_throw = [branch(5), branch(0, throw=True)]
        self.assertEqual(coverage.own_branches([branch(3), branch(2), *call_that_may_throw]), [3, 2])
        self.assertEqual(coverage.without_clean_up([3, 2, 0, 0]), [3, 2])
        self.assertEqual(coverage.without_clean_up([5, 0, 0, 0]), [5, 0, 0, 0])

    def test_instantiations_of_one_template_add_up(self):
        self.assertEqual(coverage.merge([(3, [3, 0]), (2, [0, 2])]), (5, 2, 2))
        self.assertEqual(coverage.merge([(3, [2, 1]), (0, [0, 0, 0, 0])]), (3, 2, 2))
        self.assertEqual(coverage.merge([(0, [0, 0])]), (0, 0, 2))


if __name__ == "__main__":
    unittest.main()
