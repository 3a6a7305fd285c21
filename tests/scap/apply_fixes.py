#!/usr/bin/env python3
"""Makes the root `hardened`: what a change file wants, done to a fresh root.

    tests/scap/apply_fixes.py CHANGE.yaml [--work DIR] [--binary FILE] [--packages DIR] [--script FILE]

CHANGE.yaml is what `twoseal check --fix` wrote. The binary compiles its `set`; here only the effect of each
resource is brought about, so that a root can be checked in which no agent ever ran. With --packages the
*.deb of a directory are installed first; others that are wanted are passed over and named. --script writes the shell
script for `parity.py --hardened` as well. Sysctls are written for the next boot: a root has no kernel of its
own. Needs root.
"""

import argparse
import json
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import roots

HERE = Path(__file__).resolve().parent
BINARY = HERE.parents[1] / "build/dev/bin/twoseal"
SYSCTLS = "/etc/sysctl.d/90-twoseal.conf"
# How a key and its value stand in a file: what finds the key in a line, and what a new line looks like.
FORMATS = {
    "ini": (r"\s*{key}\s*=", "{key}={value}"),
    "key_space_value": (r"\s*{key}\s", "{key} {value}"),
    "key_value": (r"\s*(?:export\s+)?{key}=", "{key}={value}"),
    "login_defs": (r"\s*{key}\s", "{key}\t{value}"),
    "sshd": (r"(?i)\s*{key}[\s=]", "{key} {value}"),
    "sysctl": (r"\s*-?{key}\s*=", "{key} = {value}"),
}


def rules_of(text):
    """Short names of the rules whose resources stand in a change file, as the comments above those name them."""
    return re.findall(r"^  # (\S+?)(?: \(\w+\))?: ", set_of(text), re.MULTILINE)


def set_of(text):
    """The `set:` of a change file, with the lines that belong to it."""
    lines = text.splitlines()
    begin = lines.index("set:")
    end = next((i for i in range(begin + 1, len(lines)) if re.match(r"[a-z]", lines[i])), len(lines))
    return "\n".join(["scope: hardened", *lines[begin:end]]) + "\n"


def compiled(change, binary):
    """The resources of a change file, as they stand in a canonical state."""
    with tempfile.TemporaryDirectory() as name:
        state = Path(name) / "hardened.yaml"
        state.write_text(set_of(change.read_text()))
        words = [binary, "canon", "--compile", state, "--org", "sha256:" + "0" * 64, "-o", Path(name) / "state.json"]
        subprocess.run(list(map(str, words)), check=True, stdout=subprocess.DEVNULL)
        return json.loads((Path(name) / "state.json").read_text())["resources"]


def with_setting(text, resource):
    """The text in which the key has the value: once, in its section."""
    want, section = resource["want"], resource["want"].get("section")
    key = resource["sub"].removeprefix(f"[{section}] ")
    find, form = FORMATS[want["format"]]
    find = re.compile(find.format(key=re.escape(key)))
    line = form.format(key=key, value=want["value"])
    lines = text.splitlines()
    if want["format"] == "ini":  # files of this form have a habit of their own
        habit = next((one for one in lines if re.match(r"\s*\w+\s*=", one)), "")
        line = line.replace("=", " = ", 1) if " = " in habit else line
    begin, end = 0, len(lines)
    if section:
        heads = [i for i, one in enumerate(lines) if one.strip() == f"[{section}]"]
        if not heads:
            return text + ("\n" if text else "") + f"[{section}]\n{line}\n"
        begin = heads[-1] + 1
    if section or want["format"] in ("ini", "sshd"):
        head = re.compile(r"(?i)\s*match\s" if want["format"] == "sshd" else r"\s*\[")
        end = next((i for i in range(begin, len(lines)) if head.match(lines[i])), len(lines))
    kept = [one for one in lines[begin:end] if not find.match(one)]
    return "\n".join([*lines[:begin], *kept, line, *lines[end:]]) + "\n"


def with_line(text, line, replaces):
    """The text with `line` once: in the place of what begins with `replaces`, or at the end."""
    found = [i for i, one in enumerate(text.splitlines()) if one == line or (replaces and one.startswith(replaces))]
    lines = [one for i, one in enumerate(text.splitlines()) if i not in found]
    lines.insert(found[0] if found else len(lines), line)
    return "\n".join(lines) + "\n"


class Effects:
    """What becomes of the files of a root, read from directories of which the first counts, and its script."""

    def __init__(self, layers):
        self.layers = layers
        self.texts = {}
        self.written = set()
        self.steps = []
        self.passed_over = []

    def text(self, path):
        """The file as it stands by now; empty when there is none."""
        if path not in self.texts:
            there = [layer / path[1:] for layer in self.layers if (layer / path[1:]).is_file()]
            self.texts[path] = there[0].read_text(errors="surrogateescape") if there else ""
        return self.texts[path]

    def write(self, path, text):
        self.texts[path] = text
        self.written.add(path)

    def writes(self):
        """The lines of shell that write each file as it is in the end."""
        for path in sorted(self.written):
            yield f"mkdir -p {shlex.quote(str(Path(path).parent))}"
            yield f"cat >{shlex.quote(path)} <<'END-OF-FILE'\n{self.texts[path]}END-OF-FILE"

    def own(self, path, want):
        name = shlex.quote(path)
        if "owner" in want or "group" in want:
            self.steps.append(f"chown {want.get('owner', '')}:{want.get('group', '')} {name} || true")
        if "mode" in want:
            self.steps.append(f"chmod {want['mode']} {name}")

    def file(self, resource):
        path, want = resource["key"], resource["want"]
        if want.get("absent"):
            self.steps.append(f"rm -f {shlex.quote(path)}")
        elif "line" in want:
            self.write(path, with_line(self.text(path), want["line"], want.get("replaces")))
        elif "content" in want:
            self.write(path, want["content"])
            self.own(path, want)
        else:
            self.steps.append(f"if [ -e {shlex.quote(path)} ]; then")
            self.own(path, want)
            self.steps.append("fi")

    def directory(self, resource):
        self.steps.append(f"mkdir -p {shlex.quote(resource['key'])}")
        self.own(resource["key"], resource["want"])

    def setting(self, resource):
        self.write(resource["key"], with_setting(self.text(resource["key"]), resource))

    def symlink(self, resource):
        self.steps.append(f"ln -sfn {shlex.quote(resource['want']['to'])} {shlex.quote(resource['key'])}")

    def sysctl(self, resource):
        setting = {"sub": resource["key"], "want": {"format": "sysctl", "value": resource["want"]["value"]}}
        self.write(SYSCTLS, with_setting(self.text(SYSCTLS), setting))

    def service(self, resource):
        unit, want = shlex.quote(resource["key"]), resource["want"]
        for field, words in (("masked", ("unmask", "mask")), ("enabled", ("disable", "enable"))):
            if field in want:
                self.steps.append(f"systemctl {words[want[field]]} {unit} || true")

    def package(self, resource):
        name = shlex.quote(resource["key"])
        if resource["want"].get("absent"):
            self.steps.append(f"if dpkg -s {name} >/dev/null 2>&1; then dpkg --remove {name} >&2; fi")
        else:
            self.passed_over.append(resource["key"])

    def take(self, resource):
        """Brings about what the resource wants. A kind without a method here is an error."""
        getattr(self, resource["kind"])(resource)


def script_of(effects, has_packages):
    """Run by bash inside the root."""
    first = [roots.INSTALL] if has_packages else []
    return "\n".join(["set -e", *first, *effects.writes(), *effects.steps]) + "\n"


def make(change, work, binary=BINARY, packages=None):
    """The root `hardened`, the script that made it, and packages that were passed over."""
    effects = Effects((roots.equipped(work, packages) if packages else roots.fresh(work)).layers)
    for resource in compiled(change, binary):
        effects.take(resource)
    script = script_of(effects, packages is not None)
    return roots.hardened(work, script, exchange=packages), script, effects.passed_over


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("change", type=Path, help="a change file that check --fix wrote")
    parser.add_argument("--work", type=Path, default=roots.DEFAULT_WORK, help="where everything is cached")
    parser.add_argument("--binary", type=Path, default=BINARY, help="the program that compiles the file")
    parser.add_argument("--packages", type=Path, metavar="DIR", help="install the *.deb of this directory first")
    parser.add_argument("--script", type=Path, metavar="FILE", help="write the script there as well")
    given = parser.parse_args()
    root, script, passed_over = make(given.change, given.work, given.binary, given.packages)
    if given.script:
        given.script.write_text(script, errors="surrogateescape")
    print("hardened", root.digest)
    if passed_over:
        print("passed over, packages:", *sorted(set(passed_over)), file=sys.stderr)


if __name__ == "__main__":
    main()
