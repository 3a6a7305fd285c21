"""Running a command inside a root: an overlay of it, in namespaces of its own, with /proc, /sys and /dev.

Nothing the command does outlives it, unless the caller names an upper layer that shall keep it. The
machine's processes, network and mounts are not seen, so that two runs see the same. /proc/sys and /sys are
read-only: a hardening script must not turn the machine's own switches.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

# Where the exchange directory of a run is seen inside the root.
INSIDE = "/mnt"
# Both tools must see this very environment: some rules look at PATH.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
}
NAMESPACES = ["--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--net", "--uts", "--ipc"]
# $1 mount point, $2 options of the overlay, $3 exchange directory, then the command.
SCRIPT = r"""set -e
root=$1 options=$2 exchange=$3; shift 3
umask 022
# Without any address on any interface oscap 1.3.7 ends with an error: its probe system_info finds none.
ip link set lo up
echo scap-root >/proc/sys/kernel/hostname
mount -t overlay -o "$options" overlay "$root"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro,nosuid,nodev,noexec "$root/proc/sys"
mount -t sysfs -o ro,nosuid,nodev,noexec sysfs "$root/sys"
mount -t tmpfs -o mode=755,nosuid,noexec dev "$root/dev"
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
  IFS=:; set_node() { mknod -m 666 "$root/dev/$1" c "$2" "$3"; }; set_node $node; unset IFS
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=666,mode=620,gid=5 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$root/dev/shm"
mount --bind "$exchange" "$root@INSIDE@"
chroot "$root" "$@"
""".replace("@INSIDE@", INSIDE)


class Cost:
    """What a timed command cost: seconds of user and system CPU and of wall clock, largest resident set in KiB."""

    def __init__(self, user, system, wall, rss_kib):
        self.user, self.system, self.wall, self.rss_kib = user, system, wall, rss_kib

    @property
    def cpu(self):
        return self.user + self.system

    def __str__(self):
        return f"{self.cpu:.2f} s CPU, {self.wall:.2f} s wall, {self.rss_kib / 1024:.0f} MB"


def timed(words, name="time"):
    """The words, measured: `cost_of(exchange, name)` reads the result afterwards."""
    return ["/usr/bin/time", "-q", "-o", f"{INSIDE}/{name}", "-f", "%U %S %e %M", "--", *words]


def cost_of(exchange, name="time"):
    """Reads what `timed` left in the exchange directory."""
    user, system, wall, rss = (exchange / name).read_text().split()[-4:]
    return Cost(float(user), float(system), float(wall), int(rss))


def run(lowers, words, exchange, upper=None, timeout=900, scratch=None):
    """Runs `words` in the overlay of `lowers` (topmost first); gives a CompletedProcess with bytes.

    `exchange` is a directory that the command sees as INSIDE. What the command changes goes to `upper`, or is thrown
    away; the scratch directory must lie on the file system of the lower ones, else device numbers differ
    between files and directories, and scanners that stay on one device stop early.
    """
    holder = Path(tempfile.mkdtemp(prefix="run-", dir=scratch or lowers[-1].parent))
    try:
        for name in ("root", "upper", "work"):
            (holder / name).mkdir()
        os.chmod(holder / "upper", 0o755)
        keeps = upper or holder / "upper"
        layers = ":".join(str(lower.resolve()) for lower in lowers)
        options = f"lowerdir={layers},upperdir={keeps.resolve()},workdir={(holder / 'work').resolve()}"
        options += ",index=off,metacopy=off,redirect_dir=off"
        return subprocess.run(
            ["unshare", *NAMESPACES, "--", "/bin/sh", "-c", SCRIPT, "sandbox", str(holder / "root"), options,
             str(exchange.resolve()), *map(str, words)],
            env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False,
        )
    finally:
        shutil.rmtree(holder)
