"""The root hardened by what `twoseal check --fix` writes, and whether every rule passes there that it was written for.

The change is written for a fresh root with the packages that fixes set up, and then carried out by apply_fixes.
"""

import fnmatch
import re
import shlex
import shutil
import tempfile
from pathlib import Path

import apply_fixes
import oracle
import packages
import roots
import sandbox
import streams

# The stream with the most rules that we know to mend.
STREAM = "ubuntu2204-forced"


def short(rule):
    """The part of a rule's name that tells it from others."""
    return re.sub(r"^xccdf_.*?_rule_", "", rule)


class Unmended:
    """Rules that a fix is written for and that do not pass afterwards in a root, with the reason. Blanks separate."""

    def __init__(self, text):
        lines = [line.split(maxsplit=1) for line in text.splitlines()]
        self.rows = [tuple(line) for line in lines if line and not line[0].startswith("#")]
        for row in self.rows:
            if len(row) != 2:
                raise ValueError(f"a row needs a rule and the reason: {row}")

    def judge(self, written, own):
        """Prints every rule that was written and does not pass without being named, and every row that is not so
        for any that was written."""
        results = {short(rule): result for rule, result in own.items()}
        red = [rule for rule in written if results.get(rule) != "pass"]
        unnamed = [rule for rule in red if not any(fnmatch.fnmatchcase(rule, row[0]) for row in self.rows)]
        idle = [row[0] for row in self.rows if fnmatch.filter(written, row[0]) and not fnmatch.filter(red, row[0])]
        print(f"fixes: {len(written)} rules written, {len(written) - len(red)} pass afterwards, {len(red)} do not")
        for rule in unnamed:
            print(f"  {rule}\twas written, and is {results.get(rule, 'missing')} afterwards")
        for name in idle:
            print(f"  {name}\tis named as unmended, and nothing is so")
        return bool(written) and not unnamed and not idle


def fix_change(work, binary, content_files, root, directory):
    """The change that `check --fix` writes for a root: everything that it knows to mend there."""
    stream = streams.make(work, STREAM, content_files)
    with tempfile.TemporaryDirectory(dir=root.layers[-1].parent, prefix="exchange-") as name:
        exchange = Path(name)
        exchange.chmod(0o755)
        shutil.copy(stream, exchange / "stream.xml")
        shutil.copy(binary, exchange / "twoseal")
        tool, content = f"{sandbox.INSIDE}/twoseal", f"{sandbox.INSIDE}/content"
        add = [tool, "content", "add", f"{sandbox.INSIDE}/stream.xml", "--content-dir", content]
        check = [tool, "check", "--content-dir", content, "--history", f"{sandbox.INSIDE}/history", "--profile",
                 oracle.PROFILE, "--fix", f"{sandbox.INSIDE}/change.yaml"]
        script = f"mkdir -p {content} && {shlex.join(add)} >&2 && exec {shlex.join(check)}"
        done = root.run(["/bin/sh", "-c", script], exchange)
        if not (exchange / "change.yaml").exists():
            raise SystemExit(f"check --fix ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
        return Path(shutil.copy(exchange / "change.yaml", directory))


def make(work, binary, content):
    """The root hardened by our own fixes, and the rules that those were written for."""
    with roots.locked(work):
        debs = packages.fetch(work, *roots.base(work))
    before = roots.equipped(work, debs) if debs else roots.fresh(work)
    with tempfile.TemporaryDirectory(prefix="twoseal-") as name:
        change = fix_change(work, binary, content, before, Path(name))
        root, _, _ = apply_fixes.make(change, work, binary, debs)
        return root, apply_fixes.rules_of(change.read_text())
