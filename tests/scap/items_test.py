"""What the comparison of items tells apart. Needs neither root nor oscap."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path

import items

HEAD = " | ".join(items.KNOWN_COLUMNS) + "\n"
ARF = """<arf xmlns:sc="http://oval.mitre.org/XMLSchema/oval-system-characteristics-5"
  xmlns:u="http://oval.mitre.org/XMLSchema/oval-system-characteristics-5#unix"
  xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<sc:oval_system_characteristics><sc:collected_objects>
<sc:object id="o" flag="FLAG"><sc:reference item_ref="NUMBER"/></sc:object>
</sc:collected_objects><sc:system_data>
<u:file_item id="NUMBER"><u:path>/a</u:path><u:filename xsi:nil="true"/><u:size datatype="int">SIZE</u:size>
<u:secret mask="true">word</u:secret></u:file_item>
</sc:system_data></sc:oval_system_characteristics></arf>"""


def read(**words):
    """Objects of the ARF with these words in it."""
    text = ARF
    for word, value in {"FLAG": "complete", "NUMBER": "1", "SIZE": "7", **words}.items():
        text = text.replace(word, value)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "arf.xml"
        path.write_text(text)
        return items.collected(path)


def compare(theirs, own, rows=""):
    with contextlib.redirect_stdout(io.StringIO()) as said:
        return items.compare("stream root", theirs, own, items.Known(HEAD + rows)), said.getvalue()


class Items(unittest.TestCase):
    def test_numbers_of_items_do_not_count(self):
        self.assertEqual(list(items.differences(read(), read(NUMBER="815"))), [])

    def test_what_is_masked_or_nil_says_so_instead_of_a_text(self):
        (item,) = read()["o"].items
        self.assertEqual(item[2], (("filename", "string", "nil", ""), ("path", "string", "exists", "/a"),
                                   ("secret", "string", "masked", ""), ("size", "int", "exists", "7")))

    def test_another_flag_is_a_difference(self):
        self.assertEqual(list(items.differences(read(), read(FLAG="error"))), [("object", "flag", "o", "complete", "error")])

    def test_two_items_of_one_thing_differ_in_an_entity(self):
        self.assertEqual(list(items.differences(read(), read(SIZE="8"))),
                         [("file_item", "size", "o", "int/exists/7", "int/exists/8")])

    def test_an_item_and_an_object_of_one_side_are_differences(self):
        none = read()
        none["o"].items.clear()
        self.assertEqual([each[:3] for each in items.differences(read(), none)], [("file_item", "item", "o")])
        self.assertEqual(list(items.differences(read(), {})), [("object", "there", "o", "complete", "-")])

    def test_a_difference_that_nobody_explained_fails_and_others_do_not(self):
        self.assertTrue(compare(read(), read())[0])
        good, said = compare(read(), read(SIZE="8"))
        self.assertFalse(good)
        self.assertIn("NOT KNOWN", said)
        self.assertTrue(compare(read(), read(SIZE="8"), "file_item|size|*|*|*|why\n")[0])
        self.assertFalse(compare(read(), read(SIZE="8"), "file_item|size|p|*|*|why\n")[0])

    def test_the_list_needs_its_head_and_full_rows_and_the_one_in_the_tree_has_them(self):
        for text in ("", "kind|what\n", HEAD + "a|b|c|d|e\n"):
            self.assertRaises(ValueError, items.Known, text)
        items.Known((items.HERE / "known_items.txt").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
