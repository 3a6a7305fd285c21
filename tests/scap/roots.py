#!/usr/bin/env python3
"""Roots to look at: a Debian 12 made by debootstrap, and layers over it, cached in a directory.

    tests/scap/roots.py [--work DIR] [--mirror URL] [--hardened SCRIPT] [fresh|sabotaged …]

`fresh` is what debootstrap left; `sabotaged` has the edits of sabotage.py; `hardened` is what a script
made of it, which runs inside the root. Under DIR: base/ the root and base.id its digest; roots/NAME/ the
layer over it and roots/NAME.id its digest, which changes whenever the contents may have. Needs root.
"""

import argparse
import contextlib
import fcntl
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import sandbox
from sabotage import EDITS, ODD

DEFAULT_WORK = Path(__file__).resolve().parents[2] / "build/scap"
SUITE = "bookworm"
# The first row is a host that can be administered; the second is the oracle and its clock; the third what
# the binary needs.
PACKAGES = (
    "systemd systemd-sysv dbus openssh-server sudo nftables iproute2 cron procps libpam-systemd "
    "openscap-scanner time "
    "libxml2 libpcre2-8-0 libfmt9 libyaml-cpp0.7 libsqlite3-0 libssl3 libzstd1 libboost-json1.81.0 libsystemd0"
).split()
# What debootstrap takes over from the machine is replaced: two machines shall make the same root.
CONFIGURE = r"""set -e
: >/etc/machine-id
ln -sfn /etc/machine-id /var/lib/dbus/machine-id
rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin
rm -rf /var/lib/apt/lists/*
mkdir -p /var/lib/apt/lists/partial
: >/etc/resolv.conf
echo scap-root >/etc/hostname
printf '127.0.0.1 localhost\n127.0.1.1 scap-root\n' >/etc/hosts
printf 'deb http://ftp.debian.org/debian bookworm main\n' >/etc/apt/sources.list
"""
# Of the base these say what it holds and when it was made.
TELLING = ("var/lib/dpkg/status", "etc/shadow")


# How packages come into a root that has no init: nothing is started meanwhile.
INSTALL = r"""printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
DEBIAN_FRONTEND=noninteractive dpkg -i @INSIDE@/*.deb >&2
rm /usr/sbin/policy-rc.d
""".replace("@INSIDE@", sandbox.INSIDE)


class Root:
    """A name, the layers to mount (topmost first) and the digest of what they hold."""

    def __init__(self, name, layers, digest):
        self.name, self.layers, self.digest = name, layers, digest

    def run(self, words, exchange, timeout=900):
        """Runs the words inside; what they change is thrown away."""
        return sandbox.run(self.layers, words, exchange, timeout=timeout, scratch=self.layers[-1].parent)


def digest_of(*parts):
    """SHA-256 in hex over the parts and their lengths."""
    total = hashlib.sha256()
    for part in parts:
        octets = part if isinstance(part, bytes) else part.encode()
        total.update(b"%d:" % len(octets) + octets)
    return total.hexdigest()


def mirror_of_machine():
    """The first address from which this machine's apt takes SUITE, or nothing: then debootstrap's own."""
    files = [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
    for path in files:
        if not path.is_file():
            continue
        for paragraph in path.read_text(errors="replace").split("\n\n"):
            fields = dict(line.split(":", 1) for line in paragraph.splitlines() if ":" in line and line[0].isupper())
            if SUITE in fields.get("Suites", "").split() and "deb" in fields.get("Types", "").split():
                return fields["URIs"].split()[0]
            for line in paragraph.splitlines():
                words = [word for word in line.split() if not word.startswith("[") and not word.endswith("]")]
                if words[:1] == ["deb"] and words[2:3] == [SUITE]:
                    return words[1]
    return None


@contextlib.contextmanager
def locked(work):
    """One process at a time makes something here; the others wait and find it made."""
    work.mkdir(parents=True, exist_ok=True)
    with open(work / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def base(work, mirror=None):
    """The path of the debootstrapped root and its digest; makes it when the recipe changed or none is there.

    For who holds the lock.
    """
    recipe = digest_of(SUITE, *PACKAGES, CONFIGURE)
    root, stamp = work / "base", work / "base.id"
    if stamp.exists() and stamp.read_text().split()[0] == recipe:
        return root, stamp.read_text().split()[1]
    stamp.unlink(missing_ok=True)
    if root.exists():
        shutil.rmtree(root)
    print(f"making {root} with debootstrap, a minute or two", file=sys.stderr)
    words = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, str(root)]
    mirror = mirror or mirror_of_machine()
    # In namespaces of its own, so that what it mounts and starts ends with it.
    own = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--"]
    with open(work / "base.log", "wb") as log:
        subprocess.run([*own, *words, *([mirror] if mirror else [])], stdout=log, stderr=log, check=True)
        subprocess.run(["chroot", str(root), "/bin/sh", "-c", CONFIGURE], stdout=log, stderr=log, check=True)
    digest = digest_of(recipe, *((root / name).read_bytes() for name in TELLING))
    stamp.write_text(f"{recipe} {digest}\n")
    return root, digest


def layered(work, name, script, mirror=None, exchange=None):
    """A root whose layer is what `script` (shell, run inside the base as root) made; none of it when empty.

    `exchange`: a directory that the script sees as sandbox.INSIDE; its contents count to the digest.
    """
    with locked(work):
        return make_layer(work, name, script, mirror, exchange)


def make_layer(work, name, script, mirror, exchange):
    """What `layered` promises, for who holds the lock."""
    below, below_digest = base(work, mirror)
    given = [] if exchange is None else [p.read_bytes() for p in sorted(exchange.rglob("*")) if p.is_file()]
    digest = digest_of(below_digest, script, *given)
    layer, stamp = work / "roots" / name, work / "roots" / f"{name}.id"
    found = Root(name, [layer, below], digest)
    if stamp.exists() and stamp.read_text().strip() == digest:
        return found
    stamp.unlink(missing_ok=True)
    if layer.exists():
        shutil.rmtree(layer)
    layer.mkdir(parents=True)
    layer.chmod(0o755)
    if script:
        with tempfile.TemporaryDirectory(dir=work) as empty:
            done = sandbox.run([below], ["/bin/bash", "-c", script], exchange or Path(empty), upper=layer, scratch=work)
        (work / "roots" / f"{name}.log").write_bytes(done.stdout + done.stderr)
        if done.returncode != 0:
            raise SystemExit(f"the script of {name} ended with {done.returncode}:\n{done.stderr.decode()[-2000:]}")
    stamp.write_text(digest + "\n")
    return found


def fresh(work, mirror=None):
    """What debootstrap left."""
    return layered(work, "fresh", "", mirror)


def edited(work, name, edits, mirror):
    """A host on which these edits of sabotage.py were done."""
    steps = [f": {number}\n{edit.strip()}" for number, (_, edit) in enumerate(edits, 1)]
    return layered(work, name, "set -e\n" + "\n".join(steps) + "\n", mirror)


def sabotaged(work, mirror=None):
    """A host on which every edit of EDITS was done."""
    return edited(work, "sabotaged", EDITS, mirror)


def odd(work, mirror=None):
    """A host that has besides what the oracle cannot read."""
    return edited(work, "odd", [*EDITS, *ODD], mirror)


def equipped(work, packages, mirror=None):
    """A fresh root with the packages of a directory installed: what `check --fix` is asked about."""
    return layered(work, "equipped", "set -e\n" + INSTALL, mirror, packages)


def hardened(work, script, mirror=None, exchange=None):
    """What `script` made of a fresh root. A tool that the script calls lies in `exchange`, seen as /mnt."""
    return layered(work, "hardened", script, mirror, exchange)


# The roots that need nothing from outside.
ROOTS = {"fresh": fresh, "sabotaged": sabotaged, "odd": odd}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", default=list(ROOTS), help="which roots; all when none is named")
    parser.add_argument("--work", type=Path, default=DEFAULT_WORK, help="where everything is cached")
    parser.add_argument("--mirror", help="where debootstrap takes packages from; the machine's when not given")
    parser.add_argument("--hardened", type=Path, metavar="SCRIPT", help="make the root `hardened` with this script")
    parser.add_argument("--exchange", type=Path, help="directory that SCRIPT sees as /mnt")
    given = parser.parse_args()
    for name in given.names:
        print(name, ROOTS[name](given.work, given.mirror).digest)
    if given.hardened:
        print("hardened", hardened(given.work, given.hardened.read_text(), given.mirror, given.exchange).digest)


if __name__ == "__main__":
    main()
