"""What the tests of the command line share: running the real binary, in a directory of their own."""

import json
import os
import pty
import re
import select
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


def canonical(value):
    """Canonical JSON, for values without characters that need an escape."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


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
            env={**CLEAN, "HOME": str(self.dir), "TWOSEAL_TESTBED": str(self.dir / "testbed"), **(env or {})},
            stderr=subprocess.PIPE,
            start_new_session=True,
            timeout=60,
            check=False,
            **how,
        )
        return Outcome(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())

    def run_on_terminal(self, words, answers):
        """Runs the binary with a controlling terminal of its own and types each answer when asked.

        `answers`: (end of the question, what is typed) in order. Gives the outcome and what stood on
        the terminal; standard output and error go to pipes.
        """
        out_reader, out_writer = os.pipe()
        err_reader, err_writer = os.pipe()
        child, terminal = pty.fork()
        if child == 0:
            os.dup2(out_writer, 1)
            os.dup2(err_writer, 2)
            os.closerange(3, 64)
            os.chdir(self.dir)
            os.execve(BINARY, [BINARY, *map(str, words)], {**CLEAN, "HOME": str(self.dir)})
        os.close(out_writer)
        os.close(err_writer)
        seen, texts = "", {out_reader: "", err_reader: ""}
        open_ends = {terminal, out_reader, err_reader}
        answers = list(answers)
        while open_ends:
            ready, _, _ = select.select(list(open_ends), [], [], 60)
            self.assertTrue(ready, f"nothing for a minute; on the terminal: {seen!r}")
            for end in ready:
                try:
                    read = os.read(end, 4096).decode()
                except OSError:  # the other side of the terminal is closed
                    read = ""
                if not read:
                    open_ends.discard(end)
                    os.close(end)
                elif end == terminal:
                    seen += read
                else:
                    texts[end] += read
            if answers and seen.endswith(answers[0][0]):
                os.write(terminal, (answers.pop(0)[1] + "\n").encode())
        _, status = os.waitpid(child, 0)
        self.assertEqual(answers, [], f"not all was asked; on the terminal: {seen!r}")
        code = os.waitstatus_to_exitcode(status)
        return Outcome(code, texts[out_reader], texts[err_reader]), seen.replace("\r\n", "\n")

    def ok(self, *words, **how):
        outcome = self.run_twoseal(*words, **how)
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def without_privileges(self):
        """For run_twoseal(): lets it run as somebody who may not read everything; else the test is skipped."""
        os.chmod(self.dir, 0o755)
        if os.geteuid() != 0:
            return {}
        try:
            subprocess.run([BINARY, "--version"], user=65534, capture_output=True, check=True)
        except (OSError, subprocess.SubprocessError):
            self.skipTest("another user cannot run the binary here")
        return {"user": 65534}

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
