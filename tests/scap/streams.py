#!/usr/bin/env python3
"""Data streams to evaluate: those of the SCAP Security Guide, made applicable to the roots.

    tests/scap/streams.py [--work DIR] [--content DIR] [NAME …]

`NAME-any` lost the benchmark's own platform, the name of the operating system, and keeps those of groups
and rules; `NAME-forced` lost all, so that every rule is evaluated. Written to DIR/streams/NAME.xml. The
content comes from Debian's packages ssg-debian and ssg-debderived, and ssg-nondebian for Red Hat's.
"""

import argparse
import re
from pathlib import Path

from roots import DEFAULT_WORK

CONTENT = Path("/usr/share/xml/scap/ssg/content")
# Which platforms go: what a pattern says of the value of idref.
SYSTEM = r"cpe:/[oa]:(?:debian|canonical|redhat|suse|oracle|centos|fedoraproject)[^\"]*"
EVERY = r"[^\"]*"
# Name: the file of the guide, and the platforms that go.
STREAMS = {
    "debian11-any": ("ssg-debian11-ds.xml", SYSTEM),
    "debian11-forced": ("ssg-debian11-ds.xml", EVERY),
    "ubuntu2204-forced": ("ssg-ubuntu2204-ds.xml", EVERY),
    "ubuntu2004-forced": ("ssg-ubuntu2004-ds.xml", EVERY),
    "rhel9-forced": ("ssg-rhel9-ds.xml", EVERY),
}


def without_platforms(text, which):
    """The text of a stream without the XCCDF platforms whose idref fits, and how many those were."""
    return re.subn(rf'<(?:[\w.-]+:)?platform\s+idref="{which}"\s*/>', "", text)


def make(work, name, content=CONTENT):
    """Path of the stream, written when it is not there as it should be."""
    source, which = STREAMS[name]
    text, removed = without_platforms((content / source).read_text(encoding="utf-8"), which)
    if removed == 0:
        raise SystemExit(f"{source} has no platform to remove: is this the content that is meant?")
    path = work / "streams" / f"{name}.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(STREAMS), help="which streams; all when none is named")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="where the streams are written")
    parser.add_argument("--content", type=Path, default=CONTENT, help="where the guide's files are")
    given = parser.parse_args()
    for name in given.names:
        print(make(given.work, name, given.content))


if __name__ == "__main__":
    main()
