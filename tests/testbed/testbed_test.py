"""Makes a test bed of real hosts and uses all of it: boot, log in, packages, files, crash, end.

Ends with 77 (skipped) and the reason where hosts cannot be made: without root, the tools, a kernel
that gives namespaces, or a mirror for the first base root.
"""

import fcntl
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BINARY = os.environ.get("TWOSEAL", str(ROOT / "build/dev/bin/twoseal"))
HOST_TEST = os.environ.get("TWOSEAL_HOST_TEST", str(ROOT / "build/dev/bin/system_host_test"))
HOLDER = tempfile.TemporaryDirectory(prefix="twoseal-testbed-")
BED = f"{HOLDER.name}/bed"
SKIPPED = 77


def twoseal(*words, bed=BED, **how):
    """Runs `twoseal testbed`, with --dir behind the verb."""
    verb, *rest = words
    how.setdefault("stdin", subprocess.DEVNULL)
    if "input" in how:
        how.pop("stdin")
    return subprocess.run(
        [BINARY, "testbed", verb, "--dir", bed, *map(str, rest)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
        **how,
    )


def inside(name, *command, bed=BED, **how):
    return twoseal("run", name, "--", *command, bed=bed, **how)


def hosts(bed=BED):
    return {host["name"]: host for host in json.loads(twoseal("list", "--json", bed=bed).stdout)["hosts"]}


def bridge(bed=BED):
    return json.loads(twoseal("list", "--json", bed=bed).stdout)["bridge"]


def wait_for(what, seconds=15):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True


def leftovers(bed, tag):
    """What the kernel still has of a test bed."""
    found = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if bed in line]
    found += [f"loop {line}" for line in run("losetup", "-a").splitlines() if bed in line]
    found += [f"link {name}" for name in os.listdir("/sys/class/net") if name.startswith(tag)]
    spaces = os.listdir("/run/netns") if os.path.isdir("/run/netns") else []
    found += [f"namespace {name}" for name in spaces if name.startswith(tag)]
    for root, names, _ in os.walk("/sys/fs/cgroup"):
        found += [f"group {root}/{name}" for name in names if name.startswith(tag)]
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path(f"/proc/{process}/cmdline").read_text()
        except OSError:
            continue
        if tag in command:
            found.append(f"process {process} {command}")
    return found


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def ssh(where, command):
    return subprocess.run(
        ["ssh", "-F", f"{BED}/ssh/config", where, command],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
        check=False,
    )


class Case(unittest.TestCase):
    def ok(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def refused(self, code, exit_code, done, says=""):
        self.assertIn(f"error {code}: ", done.stderr, done)
        self.assertEqual(done.returncode, exit_code, done)
        self.assertIn(says, done.stderr)


class Refusals(Case):
    def test_only_root_makes_hosts(self):
        for words in (["up"], ["down"], ["list"], ["run", "web-01", "--", "true"], ["copy", "a", "b", "/c"]):
            done = subprocess.run(
                ["setpriv", "--reuid", "65534", "--clear-groups", BINARY, "testbed", *words],
                capture_output=True,
                text=True,
                cwd="/",
                check=False,
            )
            self.refused("TS-6050", 77, done, "user 65534")

    def run_up(self, *before):
        bed = f"{HOLDER.name}/never"
        done = subprocess.run(
            [*before, BINARY, "testbed", "up", "1", "--dir", bed], capture_output=True, text=True, check=False
        )
        self.assertFalse(os.path.exists(bed))
        return done

    def test_a_missing_program_is_named_with_its_package(self):
        hide = 'mount --bind /dev/null "$(command -v debootstrap)" && exec "$@"'
        done = self.run_up("unshare", "--mount", "sh", "-c", hide, "sh")
        self.refused("TS-6051", 78, done, "there is no debootstrap")
        self.assertIn("apt-get install debootstrap", done.stderr)

    def test_a_kernel_that_refuses_namespaces_is_told(self):
        done = self.run_up("setpriv", "--bounding-set", "-sys_admin")
        self.refused("TS-6052", 69, done, "unshare")

    def test_a_number_of_hosts_is_from_1_to_99(self):
        for number in ("0", "100", "x", "1.5", "2x", ""):
            self.refused("TS-1106", 64, twoseal("up", number), "from 1 to 99")

    def test_a_subnet_is_of_one_form_and_stays(self):
        self.refused("TS-1106", 64, twoseal("up", "--subnet", "192.168.1.0/24"), "10.x.y.0/24")
        self.refused("TS-6059", 78, twoseal("up", "--subnet", "10.1.2.0/24"), "this test bed has")
        taken = json.loads(twoseal("list", "--json").stdout)["subnet"]
        other = f"{HOLDER.name}/taken"
        self.refused("TS-6059", 78, twoseal("up", "--subnet", taken, bed=other), "clashes")
        self.assertFalse(os.path.exists(other))

    def test_a_directory_that_holds_something_else_is_left_alone(self):
        mine = Path(HOLDER.name) / "mine"
        mine.mkdir()
        (mine / "precious").write_text("x")
        self.refused("TS-6056", 78, twoseal("up", "1", bed=str(mine)), "is not empty")
        self.refused("TS-6056", 78, twoseal("down", bed=str(mine)))
        self.refused("TS-6056", 78, twoseal("up", "1", bed=f"{BED}/hosts/inner"), "within the test bed")
        self.assertEqual((mine / "precious").read_text(), "x")

    def test_what_is_not_there_is_named(self):
        self.refused("TS-6054", 66, inside("web-99", "true"), "there are web-01, web-02")
        self.refused("TS-1101", 66, twoseal("list", bed=f"{HOLDER.name}/none"), "no such test bed")
        self.refused("TS-1101", 66, twoseal("copy", "web-01", "/no/such/file", "/root/"))
        self.refused("TS-1101", 66, twoseal("up", "--binary", "/no/such/program"))
        self.assertIn("there is no test bed", self.ok(twoseal("down", bed=f"{HOLDER.name}/none")))

    def test_calls_that_mean_nothing(self):
        self.refused("TS-1106", 64, twoseal("run", "web-01"), "no command")
        self.refused("TS-1106", 64, twoseal("copy", "web-01", BINARY, "root"), "absolute")
        self.refused("TS-1106", 64, twoseal("down", "--keep", "--base"), "exclude")
        self.refused("TS-1106", 64, twoseal("up", "1", "--prefix", "Web_"), "host name")

    def test_a_second_run_does_not_interfere(self):
        with open(f"{BED}/lock", "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.refused("TS-6053", 75, twoseal("up"))
            self.refused("TS-6053", 75, twoseal("down"))
        self.ok(twoseal("up"))


class Hosts(Case):
    def setUp(self):
        self.ok(twoseal("up", "2"))

    def test_hosts_are_whole_and_tell_who_they_are(self):
        found = hosts()
        self.assertEqual(sorted(found), ["web-01", "web-02"])
        ids = set()
        for name, host in found.items():
            self.assertEqual(host["state"], "running")
            self.assertEqual(self.ok(inside(name, "systemctl", "is-system-running")), "running\n")
            self.assertEqual(self.ok(inside(name, "hostname")), name + "\n")
            self.assertEqual(Path(f"/proc/{host['leader']}/comm").read_text(), "systemd\n")
            self.assertEqual(Path(host["root"], "etc/hostname").read_text(), name + "\n")
            ids.add(self.ok(inside(name, "cat", "/etc/machine-id")))
        self.assertEqual(len(ids), 2)

    def test_up_leaves_alone_what_runs(self):
        before = hosts()
        self.ok(twoseal("up", "1"))
        self.assertEqual(hosts(), before)

    def test_logging_in_is_real(self):
        self.assertEqual(self.ok(ssh("web-01", "id -un; cat /proc/self/loginuid")), "root\n0")
        told = self.ok(ssh("admin@web-02", "id -un; cat /proc/self/loginuid; echo; sudo cat /proc/self/loginuid"))
        self.assertEqual(told, "admin\n1000\n1000")
        self.assertIn("admin", self.ok(ssh("admin@web-02", "loginctl --no-legend")))
        self.assertNotEqual(ssh("nobody@web-01", "true").returncode, 0)

    def test_hosts_reach_each_other_and_the_machine_by_name(self):
        for name in ("web-02", "machine"):
            self.ok(inside("web-01", "getent", "hosts", name))
        self.ok(inside("web-01", "bash", "-c", "exec 3<>/dev/tcp/web-02/22 && head -c 7 <&3 | grep SSH-2.0"))

    def test_packages_come_and_go(self):
        apt = ("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-y")
        name = "web-02"
        self.ok(inside(name, *apt, "update"))
        self.ok(inside(name, *apt, "install", "testbed-hello=1.0"))
        self.assertEqual(self.ok(inside(name, "testbed-hello")), "hello 1.0\n")
        self.ok(inside(name, "apt-mark", "hold", "testbed-hello"))
        self.ok(inside(name, *apt, "upgrade"))
        self.assertEqual(self.ok(inside(name, "testbed-hello")), "hello 1.0\n")
        self.ok(inside(name, "apt-mark", "unhold", "testbed-hello"))
        self.ok(inside(name, *apt, "upgrade"))
        self.assertEqual(self.ok(inside(name, "testbed-hello")), "hello 1.1\n")
        self.assertIn("1.1", self.ok(inside(name, "cat", "/etc/testbed-hello.conf")))
        self.ok(inside(name, "systemctl", "start", "testbed-hello"))
        self.ok(inside(name, *apt, "purge", "testbed-hello"))

    def test_the_binary_is_there_with_a_unit_that_is_not_enabled(self):
        version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(self.ok(inside("web-01", "twoseal", "--version")), version)
        unit = "twoseal-agent.service"
        self.assertEqual(inside("web-01", "systemctl", "is-enabled", unit).stdout, "disabled\n")
        self.assertIn("/usr/bin/twoseal agent run", self.ok(inside("web-01", "systemctl", "cat", unit)))

    def test_a_command_has_its_own_exit_input_and_output(self):
        done = inside("web-01", "sh", "-c", "cat; echo said >&2; exit 7", input="given")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (7, "given", "said\n"))
        self.assertEqual(inside("web-01", "sh", "-c", "kill -9 $$").returncode, -9)
        self.assertEqual(inside("web-01", "no-such-command").returncode, 127)
        told = json.loads(twoseal("run", "web-01", "--json", "--", "sh", "-c", "echo a; exit 3").stdout)
        self.assertEqual(told, {"exit": 3, "output": "a\n", "errors": ""})
        self.assertNotIn("TWOSEAL_CANARY", self.ok(inside("web-01", "env", env={**os.environ, "TWOSEAL_CANARY": "1"})))

    def test_a_file_keeps_its_mode_and_replaces_a_program_that_runs(self):
        source = Path(HOLDER.name) / "tool"
        source.write_text("#!/bin/sh\necho first\n")
        source.chmod(0o750)
        self.ok(twoseal("copy", "web-01", source, "/usr/local/bin/"))
        self.assertEqual(self.ok(inside("web-01", "tool")), "first\n")
        self.assertEqual(self.ok(inside("web-01", "stat", "-c", "%a %U", "/usr/local/bin/tool")), "750 root\n")
        self.ok(inside("web-01", "cp", "/bin/sleep", "/root/program"))
        with subprocess.Popen(
            [BINARY, "testbed", "run", "--dir", BED, "web-01", "--", "/root/program", "3"]
        ) as running:
            self.ok(twoseal("copy", "web-01", source, "/root/program"))
            self.assertEqual(running.wait(), 0)
        self.assertEqual(self.ok(inside("web-01", "/root/program")), "first\n")
        self.refused("TS-1109", 1, twoseal("copy", "web-01", source, "/no/such/directory/file"))

    def test_watching_all_files_of_a_host_sees_this_host_only(self):
        # What fanotify's mark on a file system needs: an overlay of its own that gives file handles.
        options = self.ok(inside("web-01", "findmnt", "-no", "FSTYPE,OPTIONS", "/"))
        self.assertRegex(options, r"^overlay .*index=on,nfs_export=on")
        devices = {os.stat(host["root"]).st_dev for host in hosts().values()}
        self.assertEqual(len(devices - {os.stat("/").st_dev, os.stat(HOLDER.name).st_dev}), 2)

    def test_services_packages_accounts_and_kernel_of_a_host(self):
        self.ok(twoseal("copy", "web-02", HOST_TEST, "/root/system_host_test"))
        done = inside("web-02", "/root/system_host_test", "--force-colors=false", "--duration=true")
        print(done.stdout[-6000:], file=sys.stderr)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_tests_that_change_their_host_refuse_any_other(self):
        self.assertEqual(subprocess.run([HOST_TEST], capture_output=True, check=False).returncode, 77)


class Ends(Case):
    """How hosts end, and come up again with their files."""

    def setUp(self):
        self.ok(twoseal("up", "2"))
        self.ok(inside("web-01", "touch", "/root/kept"))

    def stopped(self):
        return hosts()["web-01"]["state"] == "stopped"

    def comes_back(self):
        self.assertTrue(wait_for(self.stopped))
        self.refused("TS-6055", 69, inside("web-01", "true"))
        self.ok(twoseal("up"))
        self.ok(inside("web-01", "test", "-e", "/root/kept"))

    def test_switched_off_from_inside(self):
        inside("web-01", "systemctl", "poweroff")
        self.comes_back()

    def test_power_lost(self):
        os.kill(hosts()["web-01"]["leader"], 9)
        self.comes_back()

    def test_its_supervisor_killed(self):
        os.kill(int(Path(f"{BED}/hosts/web-01/pid").read_text().split()[0]), 9)
        self.comes_back()

    def test_rebooted_from_inside(self):
        before = hosts()["web-01"]["leader"]
        inside("web-01", "systemctl", "reboot")
        self.assertTrue(wait_for(lambda: hosts()["web-01"]["leader"] not in (0, before)))
        self.ok(twoseal("up"))
        self.ok(inside("web-01", "test", "-e", "/root/kept"))

    def test_stopped_and_kept(self):
        tag = bridge()
        self.ok(twoseal("down", "--keep"))
        self.assertEqual(leftovers(BED, tag), [])
        self.assertEqual({host["state"] for host in hosts().values()}, {"stopped"})
        self.comes_back()


class SecondBed(Case):
    def setUp(self):
        self.bed = f"{HOLDER.name}/second"
        self.addCleanup(twoseal, "down", bed=self.bed)

    def test_two_beds_at_once_and_nothing_is_left(self):
        self.ok(twoseal("up", "1", "--prefix", "db", bed=self.bed))
        tag = bridge(self.bed)
        self.assertNotEqual(tag, bridge())
        self.assertEqual(list(hosts(self.bed)), ["db-01"])
        self.assertNotEqual(leftovers(self.bed, tag), [])
        self.ok(twoseal("down", bed=self.bed))
        self.assertEqual(leftovers(self.bed, tag), [])
        self.assertFalse(os.path.exists(self.bed))
        self.assertEqual({host["state"] for host in hosts().values()}, {"running"})

    def test_an_up_that_was_killed_can_be_repeated_and_taken_down(self):
        tag = None
        for seconds in (0.1, 0.3, 0.6, 1.0, 1.5, 2.0):
            with subprocess.Popen(
                [BINARY, "testbed", "up", "3", "--dir", self.bed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            ) as process:
                time.sleep(seconds)
                process.kill()
            if os.path.exists(f"{self.bed}/testbed"):
                tag = bridge(self.bed)
        self.ok(twoseal("up", "2", bed=self.bed))
        self.assertGreaterEqual(len(hosts(self.bed)), 2)
        with subprocess.Popen(
            [BINARY, "testbed", "down", "--dir", self.bed], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            time.sleep(0.5)
            process.kill()
        self.ok(twoseal("down", bed=self.bed))
        self.assertEqual(leftovers(self.bed, tag or "none"), [])

    def test_a_damaged_disk_is_told_and_can_be_made_anew(self):
        self.ok(twoseal("up", "1", bed=self.bed))
        self.ok(twoseal("down", "--keep", bed=self.bed))
        with open(f"{self.bed}/disk.img", "r+b") as disk:
            disk.write(bytes(1024 * 1024))
        self.refused("TS-6057", 69, twoseal("up", "1", bed=self.bed), "is damaged")
        self.ok(twoseal("down", bed=self.bed))
        self.ok(twoseal("up", "1", bed=self.bed))

    def test_a_host_that_cannot_run_the_binary_is_told(self):
        self.refused("TS-6057", 69, twoseal("up", "1", "--binary", "/bin/false", bed=self.bed), "--version")

    def test_a_host_that_does_not_come_up_shows_its_console(self):
        self.ok(twoseal("up", "1", "--prefix", "db", bed=self.bed))
        unit = "/etc/systemd/system/broken.service"
        self.ok(inside("db-01", "sh", "-c", f"printf '[Service]\\nExecStart=/bin/false\\nType=oneshot\\n[Install]\\n"
                       f"WantedBy=multi-user.target\\n' >{unit}; systemctl enable broken", bed=self.bed))
        self.ok(twoseal("down", "--keep", bed=self.bed))
        done = twoseal("up", "1", "--prefix", "db", bed=self.bed)
        self.refused("TS-6058", 1, done, "broken.service")
        self.assertRegex(done.stderr, r"log   db-01  .*Reached target")
        self.assertNotIn("\x1b", done.stderr)


def tearDownModule():
    twoseal("down")


def reason_to_skip():
    """Why no host can be made here; nothing when the first up went well."""
    if os.geteuid() != 0:
        return "needs root"
    done = twoseal("up", "2")
    if done.returncode == 0:
        return None
    for code in ("TS-6051", "TS-6052"):
        if f"error {code}" in done.stderr:
            return done.stderr
    if "error TS-6057" in done.stderr and "debootstrap" in done.stderr.split("why")[0]:
        return "no base root and no mirror to make one from: " + done.stderr
    sys.exit(done.stderr)


if __name__ == "__main__":
    why = reason_to_skip()
    if why:
        print("skipped:", why)
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
