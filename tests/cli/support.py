"""What the tests of the command line share: running the real binary, in a directory of their own."""

import json
import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TWOSEAL", str(ROOT / "build/dev/bin/twoseal"))
CLEAN = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "LC_ALL": "C.UTF-8",
    **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")},
}


class Outcome:
    """Exit code, standard output and standard error of one run."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def error_code(self):
        """TS-1001, or nothing."""
        found = re.search(r"^error (TS-\d+): ", self.err, re.M)
        return found.group(1) if found else None

    @property
    def json(self):
        return json.loads(self.out)

    def __repr__(self):
        return f"exit {self.code}\n--- out\n{self.out[:2000]}\n--- err\n{self.err[:4000]}"


class CommandTest(unittest.TestCase):
    """Each test has an empty directory, self.dir, in which every command runs."""

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="twoseal-cli-")
        self.addCleanup(holder.cleanup)
        self.dir = Path(holder.name)

    def path(self, name):
        return self.dir / name

    def write(self, name, content):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    def run_twoseal(self, *words, env=None, **how):
        """Runs the binary without a controlling terminal, so that a question would fail."""
        how.setdefault("stdin", subprocess.DEVNULL)
        if "input" in how:
            how.pop("stdin")
        how.setdefault("stdout", subprocess.PIPE)
        done = subprocess.run(
            [BINARY, *map(str, words)],
            cwd=self.dir,
            env={**CLEAN, "HOME": str(self.dir), **(env or {})},
            stderr=subprocess.PIPE,
            start_new_session=True,
            timeout=60,
            check=False,
            **how,
        )
        return Outcome(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())

    def ok(self, *words, **how):
        outcome = self.run_twoseal(*words, **how)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def files(self):
        return sorted(str(p.relative_to(self.dir)) for p in self.dir.rglob("*"))

    def refused(self, code, exit_code, *words, says="", **how):
        """The command fails with this code and exit, says why in five parts, and writes nothing."""
        before = self.files()
        outcome = self.run_twoseal(*words, **how)
        self.assertEqual((outcome.error_code, outcome.code), (code, exit_code), outcome)
        for part in ("\n  why   ", "\n  next  ", f"\n  more  twoseal explain {code}\n"):
            self.assertIn(part, outcome.err)
        self.assertIn(says, outcome.err)
        self.assertEqual(outcome.err.count("error TS-"), 1, outcome)
        self.assertEqual(self.files(), before)
        return outcome
