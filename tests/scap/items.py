#!/usr/bin/env python3
"""Compares what we collect with what oscap collects, object by object and item by item, in the same root.

    tests/scap/items.py [--work DIR] [--binary FILE] [--stream NAME …] [--root NAME …] [--all]

Both write an ARF of all rules. Objects are the same when their flags are, and their items: those are told apart by
their entities, with data types and states, and never by their numbers. Prints what differs, and ends with 1 when that is
not in known_items.txt, or a row of that list is met nowhere. Needs root.
"""

import argparse
import collections
import fnmatch
import os
import shlex
import shutil
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import oracle
import parity
import roots
import sandbox
import streams

HERE = Path(__file__).resolve().parent
KNOWN_COLUMNS = ("kind", "what", "object", "oracle", "ours", "cause")
SPACE = "{http://oval.mitre.org/XMLSchema/oval-system-characteristics-5}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
SHOWN = 3  # examples of each difference, without --all
# What differs from run to run.
CHANGING = {("environmentvariable58_item", "pid")}


class Collected:
    """What an ARF says of one object: its flags (one, but for several sets of variables) and its items, each once."""

    def __init__(self):
        self.flags, self.items = set(), set()


def local(tag):
    return tag.rpartition("}")[2]


def entity_of(element):
    """(name, data type, state, text) of an entity; of what is masked, that it is."""
    state = "masked" if element.get("mask") == "true" else element.get("status", "exists")
    state = "nil" if element.get(NIL) == "true" else state
    text = "".join(element.itertext()).strip() if state == "exists" else ""
    return local(element.tag), element.get("datatype", "string"), state, text


def item_of(element):
    """(kind, state, entities) of an item; several values of one entity keep their order."""
    kind = local(element.tag)
    entities = [entity_of(each) for each in element if local(each.tag) != "message"]
    entities = [each for each in entities if (kind, each[0]) not in CHANGING]
    return kind, element.get("status", "exists"), tuple(sorted(entities, key=lambda each: each[0]))


def collected(path):
    """Objects by their ids, out of every OVAL result of an ARF."""
    objects = collections.defaultdict(Collected)
    for _, system in ElementTree.iterparse(path):
        if system.tag != f"{SPACE}oval_system_characteristics":
            continue
        items = {each.get("id"): item_of(each) for data in system.iter(f"{SPACE}system_data") for each in data}
        for each in system.iter(f"{SPACE}object"):
            found = objects[each.get("id")]
            found.flags.add(each.get("flag"))
            found.items |= {items[ref.get("item_ref")] for ref in each.iter(f"{SPACE}reference")}
        system.clear()
    return dict(objects)


def our_arf(root, stream, binary, to):
    """Writes our ARF of all rules to the path `to`."""
    with tempfile.TemporaryDirectory(dir=root.layers[-1].parent, prefix="exchange-") as name:
        exchange = Path(name)
        exchange.chmod(0o755)
        shutil.copy(stream, exchange / "stream.xml")
        shutil.copy(binary, exchange / "twoseal")
        tool, content = f"{sandbox.INSIDE}/twoseal", f"{sandbox.INSIDE}/content"
        add = [tool, "content", "add", f"{sandbox.INSIDE}/stream.xml", "--content-dir", content]
        check = [tool, "check", "--content", "stream", "--content-dir", content, "--profile", oracle.PROFILE,
                 "--export", f"{sandbox.INSIDE}/ours.arf.xml"]
        done = root.run(["/bin/sh", "-c", f"mkdir -p {content} && {shlex.join(add)} && {shlex.join(check)}"], exchange)
        if not (exchange / "ours.arf.xml").exists():
            raise SystemExit(f"no ARF of {stream.stem} in {root.name}: exit {done.returncode}\n{done.stderr.decode()}")
        shutil.copy(exchange / "ours.arf.xml", to)


def entity_difference(theirs, own):
    """The names of entities in which two items of one kind differ."""
    names = {each[0] for each in (*theirs[2], *own[2])}
    return sorted(
        name for name in names if [e for e in theirs[2] if e[0] == name] != [e for e in own[2] if e[0] == name]
    )


def key_of(item):
    """What of an item says which one it is, where two sides may say different things of it."""
    names = ("filepath", "path", "filename", "instance", "name", "username", "mount_point", "unit", "property", "var_ref")
    return item[0], tuple((each[0], each[3]) for each in item[2] if each[0] in names)


def item_differences(theirs, own):
    """(kind, what, oracle, ours) for items that only one side has; two of the same thing are paired."""
    left = collections.defaultdict(list)
    for item in sorted(theirs - own):
        left[key_of(item)].append(item)
    for item in sorted(own - theirs):
        others = left[key_of(item)]
        if others:
            other = others.pop(0)
            if other[1] != item[1]:
                yield item[0], "status", other[1], item[1]
            for name in entity_difference(other, item):
                said = [" ".join("/".join(each[1:]) for each in side[2] if each[0] == name) or "-" for side in (other, item)]
                yield item[0], name, *said
        else:
            yield item[0], "item", "-", words_of(item)
    for others in left.values():
        for item in others:
            yield item[0], "item", words_of(item), "-"


def words_of(item):
    return f"{item[1]}: " + ", ".join(f"{each[0]}={each[3] or each[2]}" for each in item[2])


def differences(theirs, own):
    """(kind, what, object, oracle, ours): an object of one side, another flag, or another item."""
    for name in sorted({*theirs, *own}):
        if name not in own or name not in theirs:
            there = (theirs if name in theirs else own)[name]
            said = " ".join(sorted(there.flags))
            yield ("object", "there", name, *((said, "-") if name in theirs else ("-", said)))
            continue
        flags = [" ".join(sorted(side[name].flags)) for side in (theirs, own)]
        if flags[0] != flags[1]:
            yield "object", "flag", name, *flags
        for kind, what, one, other in item_differences(theirs[name].items, own[name].items):
            yield kind, what, name, one, other


class Known:
    """Differences that are understood. Bars separate fields; each may be a pattern; what was said is compared whole."""

    def __init__(self, text):
        lines = [[field.strip() for field in line.split("|")] for line in text.splitlines() if line and not line.startswith("#")]
        if not lines or tuple(lines[0]) != KNOWN_COLUMNS or any(len(line) != len(KNOWN_COLUMNS) for line in lines):
            raise ValueError(f"every line has the fields {' '.join(KNOWN_COLUMNS)}, which the first one names")
        self.rows, self.met = [tuple(line) for line in lines[1:]], collections.Counter()

    def cause(self, difference):
        for row in self.rows:
            if all(fnmatch.fnmatchcase(said, pattern) for said, pattern in zip(difference, row)):
                self.met[row] += 1
                return row[-1]
        return None

    def unmet(self):
        return [row for row in self.rows if row not in self.met]


def compare(title, theirs, own, known, show_all=False):
    """Prints how two ARFs differ; True when every difference is known."""
    found = list(differences(theirs, own))
    objects = {*theirs, *own}
    same = len(objects) - len({each[2] for each in found})
    items = sum(len(theirs[name].items & own[name].items) for name in objects if name in theirs and name in own)
    print(f"{title}: {len(objects)} objects, {same} equal; {items} items equal, {len(found)} differences")
    groups = collections.defaultdict(list)
    for each in found:
        groups[known.cause(each), each[0], each[1]].append(each)
    for (cause, kind, what), group in sorted(groups.items(), key=lambda pair: (pair[0][0] or "", *pair[0][1:])):
        print(f"  {len(group)} × {kind} {what}: {cause or 'NOT KNOWN'}")
        for each in group[:None if show_all else SHOWN] if cause is None or show_all else ():
            print(f"    {each[2]}\n      oracle {each[3]}\n      ours   {each[4]}")
    return not any(cause is None for cause, _, _ in groups)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=roots.DEFAULT_WORK, help="where everything is cached")
    parser.add_argument("--content", type=Path, default=streams.CONTENT, help="where the guide's files are")
    parser.add_argument("--binary", type=Path, default=parity.BINARY, help="the program to compare")
    parser.add_argument("--known", type=Path, default=HERE / "known_items.txt")
    parser.add_argument("--stream", nargs="+", default=["debian11-forced"], choices=streams.STREAMS)
    parser.add_argument("--root", nargs="+", default=["fresh", "sabotaged"], choices=roots.ROOTS)
    parser.add_argument("--all", action="store_true", help="print every difference, known ones too")
    given = parser.parse_args()
    if os.geteuid() != 0:
        print("skipped: roots of their own need root")
        sys.exit(parity.SKIPPED)
    known, good = Known(given.known.read_text(encoding="utf-8")), True
    for root in (roots.ROOTS[name](given.work) for name in given.root):
        for name in given.stream:
            stream = streams.make(given.work, name, given.content)
            theirs = oracle.verdicts(given.work, stream, root, arf=True)
            arf = given.work / "verdicts" / f"{name}.{root.name}.ours.arf.xml"
            our_arf(root, stream, given.binary, arf)
            good = compare(f"{name} {root.name}", collected(theirs.arf), collected(arf), known, given.all) and good
    unmet = known.unmet()
    for row in unmet:
        print("known, but met nowhere:", *row[:-1], sep="\t")
    sys.exit(0 if good and not unmet else 1)


if __name__ == "__main__":
    main()
