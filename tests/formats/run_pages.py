#!/usr/bin/env python3
"""Runs the worked examples of format pages and compares what they print with what the page says.

    tests/formats/run_pages.py PAGE.md ...

Every block that begins with ```sh is run, all blocks of a page by one bash in an empty directory, with
the root of the repository in $twoseal. A
line that begins with `# ` is a line of output of the commands before it. TWOSEAL_ACCEPT=1 writes the
real output into the page instead.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
END = "--end-of-step--"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)


def steps(block):
    """Pairs of commands and the output that the page shows for them."""
    commands, output, found = [], [], []
    for line in block.splitlines():
        if line == "#" or line.startswith("# "):
            output.append(line[2:])
            continue
        if output:
            found.append((commands, output))
            commands, output = [], []
        commands.append(line)
    found.append((commands, output))
    return found


def run(all_steps):
    """What each step prints."""
    script = "\n".join(["set -eu", *("\n".join(c) + f"\necho {END}" for c, _ in all_steps)])
    with tempfile.TemporaryDirectory() as directory:
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=directory,
            env={**os.environ, "twoseal": str(ROOT)},
            capture_output=True,
            text=True,
        )
    if done.returncode != 0:
        sys.exit(f"an example failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return [part.strip("\n").splitlines() for part in done.stdout.split(END)[:-1]]


def check(page):
    text = page.read_text()
    blocks = [steps(match.group(1)) for match in BLOCK.finditer(text)]
    printed = iter(run([step for block in blocks for step in block]))
    wrong = 0
    pieces = []
    for block in blocks:
        lines = []
        for commands, expected in block:
            real = next(printed)
            if real != expected:
                wrong += 1
                print(f"{page}: after `{commands[-1]}`\n  page: {expected}\n  real: {real}")
            lines += commands + [("# " + line).rstrip() for line in real]
        pieces.append("```sh\n" + "\n".join(lines) + "\n```")
    if wrong and os.environ.get("TWOSEAL_ACCEPT") == "1":
        replacement = iter(pieces)
        page.write_text(BLOCK.sub(lambda _: next(replacement), text))
        return 0
    return wrong


if __name__ == "__main__":
    sys.exit(1 if sum(check(Path(name)) for name in sys.argv[1:]) else 0)
