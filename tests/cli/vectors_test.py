"""twoseal vectors export: one vector or all of them, as decision directories."""

import unittest

from support import CommandTest


class Export(CommandTest):
    def test_all_vectors_are_exported_at_once(self):
        self.ok("vectors", "export", "--all", "v")
        count = len(self.ok("vectors", "list").out.splitlines())
        self.assertEqual(len(list(self.path("v").glob("*/expect.json"))), count)
        self.refused("TS-1105", 1, "vectors", "export", "--all", "v")

    def test_one_or_all_is_said(self):
        for words in ([], ["permit-basic"], ["--all", "v", "permit-basic"], ["--all", "v", "permit-basic", "w"]):
            self.refused("TS-1106", 64, "vectors", "export", *words, says="--all DIR")

    def test_a_directory_without_vectors_is_an_error(self):
        self.path("v").mkdir()
        self.refused("TS-1101", 66, "vectors", "run", "v", says="v  holds no directory")
        self.write("v/readme", "text")
        self.refused("TS-1101", 66, "vectors", "run", "v", says="vectors export --all DIR")


if __name__ == "__main__":
    unittest.main()
