#!/usr/bin/env python3
"""The tour: a signed change reaches two hosts, and comes back when it fails.

Everything that is shown is a command of the binary, run as its user would run it: a server of its
own, five people with keys, two hosts. On real hosts (as root) nothing is simulated; without root
the hosts exist in memory only, and the rest is the same.

  tools/tour.py BINARY --hosts real|memory [--keep DIR]
"""

import argparse
import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

NAMES = ("web-01", "web-02")
SSHD = "/etc/ssh/sshd_config"
PEOPLE = """\
people:
  - {id: amara, roles: [security-officer, security-lead], keys: [{kind: local-file, pub: amara.pub}]}
  - {id: bo, roles: [engineering-lead], keys: [{kind: ssh, pub: bo.pub}]}
  - {id: chen, roles: [it-manager, security-lead], keys: [{kind: local-file, pub: chen.pub}]}
  - {id: dana, roles: [devops-lead, executor], keys: [{kind: local-file, pub: dana.pub}]}
  - {id: leo, roles: [engineering-lead, executor], keys: [{kind: ssh, pub: leo.pub}]}
root: {threshold: 2, keys: [root-a.pub, root-b.pub, root-c.pub]}
components: [{id: ssh, type: app, owners: [chen], owns: [/etc/ssh/]}]
"""
LOCAL = ("amara", "chen", "dana")  # their keys ask for a passphrase at each signature
FIRST = """\
change: {type: normal, summary: Limit SSH log-in attempts, components: [ssh],
         justification: "STIG V-238203", rollback: automatic}
targets: env=prod role=web
set: [{setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: "4", then: reload ssh}]
rollout: {waves: [1, rest], pause: 2s, max_failed: 0}
health: [{tcp: 22, within: 10s}, {service: ssh.service}]
"""
SECOND = """\
change: {type: normal, summary: Limit SSH log-in attempts further, components: [ssh],
         justification: "an audit asked for it", rollback: automatic}
scope: ssh
targets: env=prod role=web
set: [{setting: /etc/ssh/sshd_config, key: MaxAuthTries, value: "2", then: reload ssh}]
rollout: {waves: [1, rest], pause: 2s, max_failed: 0}
health: [{tcp: 22, within: 5s}, {http: "http://localhost:8080/healthz", expect: 200, within: 3s}]
"""
WEB_SERVER = r"""use IO::Socket::INET;
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8080, Listen => 5, ReuseAddr => 1)
  or die "listen: $!";
while (my $client = $listener->accept) {
  while (my $line = <$client>) { last if $line =~ /^\r?$/ }
  my $status = -e '/run/web-is-ill' ? '503 Service Unavailable' : '200 OK';
  print $client "HTTP/1.1 $status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  close $client;
}
"""
WEB_UNIT = """\
[Service]
ExecStart=/usr/bin/perl /usr/local/lib/web.pl
"""


SKIPPED = 77
UNAVAILABLE = 69


class Failed(Exception):
    """The tour did not go as it must. `exit`: of the command, when it was one."""

    def __init__(self, what, exit_code=None):
        super().__init__(what)
        self.exit = exit_code


class Missing(Exception):
    """This machine cannot make real hosts."""


class Screen:
    """What the visitor sees."""

    seen = True

    def __init__(self):
        color = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.bold, self.dim, self.plain = ("\033[1m", "\033[2m", "\033[0m") if color else ("", "", "")

    def step(self, text):
        print(f"\n{self.bold}{text}{self.plain}", flush=True)

    def command(self, words):
        shown = " ".join(shlex.quote(str(word)) for word in words)
        print(f"{self.dim}$ {shown}{self.plain}", flush=True)

    @staticmethod
    def lines(text):
        for line in text.splitlines():
            print(f"  {line}", flush=True)


class Binary:
    """The twoseal under test, with a home of its own for profiles and sessions."""

    def __init__(self, path, directory, screen):
        self.path = str(Path(path).resolve())
        self.directory = directory
        self.screen = screen
        self.environment = dict(
            os.environ, XDG_CONFIG_HOME=f"{directory}/config", XDG_STATE_HOME=f"{directory}/state"
        )

    def run(self, *words, expect=0, show=True, quiet=True, cut=None):
        if show:
            self.screen.command(["twoseal", *words])
        done = subprocess.run(
            [self.path, *(["--quiet"] if quiet else []), *map(str, words)],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if show else subprocess.PIPE,
            text=True,
            timeout=600,
            check=False,
        )
        if show:
            self.screen.lines("\n".join(done.stdout.splitlines()[:cut]))
        if done.returncode != expect:
            said = "" if show and self.screen.seen else f"\n{done.stdout}{done.stderr or str()}"
            raise Failed(
                f"{' '.join(map(str, words))}: exit {done.returncode}, expected {expect}{said}", done.returncode
            )
        return done.stdout

    def ask(self, *words):
        """The answer as JSON; nothing is shown."""
        return json.loads(self.run("--json", *words, show=False))

    def watch(self, *words, expect=0):
        """Shows every line when it comes."""
        self.screen.command(["twoseal", *words])
        with subprocess.Popen(
            [self.path, *map(str, words)],
            cwd=self.directory,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            for line in process.stdout:
                self.screen.lines(line)
        if process.returncode != expect:
            raise Failed(f"{' '.join(map(str, words))}: exit {process.returncode}, expected {expect}")

    def start(self, *words, out, err):
        with open(f"{self.directory}/{out}", "wb") as stdout, open(f"{self.directory}/{err}", "wb") as stderr:
            return subprocess.Popen(
                [self.path, *map(str, words)],
                cwd=self.directory,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )


class RealHosts:
    """Two Debian 12 machines with systemd, sshd and a network of their own."""

    what = "real hosts: Debian 12 with systemd and sshd, in namespaces of their own"

    def __init__(self, twoseal, directory):
        self.twoseal = twoseal
        self.bed = f"{directory}/bed"

    def up(self):
        if os.geteuid() != 0:
            raise Missing("real hosts take root; make demo shows the same on hosts in memory")
        try:
            self.twoseal.run("testbed", "up", len(NAMES), "--dir", "bed", quiet=False)
        except Failed as problem:
            if problem.exit != UNAVAILABLE:
                raise
            raise Missing(str(problem)) from problem
        subnet = self.twoseal.ask("testbed", "list", "--dir", "bed")["subnet"]
        return subnet.replace(".0/24", ".1")

    def inside(self, host, *command, show=True):
        return self.twoseal.run("testbed", "run", "--dir", "bed", host, "--", *command, show=show)

    def put(self, host, file, path):
        self.twoseal.run("testbed", "copy", "--dir", "bed", host, file, path, show=False)

    def join(self, tokens):
        codes = {}
        for host, token in tokens.items():
            self.put(host, token, "/root/join-token")
            said = self.inside(host, "twoseal", "agent", "join", "--token", "/root/join-token")
            codes[host] = next(line.split()[1] for line in said.splitlines() if line.startswith("code "))
        return codes

    def start_agents(self):
        for host in NAMES:
            self.inside(host, "systemctl", "enable", "--now", "--quiet", "twoseal-agent")

    def start_web(self):
        for name, text in (("web.pl", WEB_SERVER), ("web.service", WEB_UNIT)):
            Path(f"{self.twoseal.directory}/{name}").write_text(text, encoding="utf-8")
        for host in NAMES:
            self.put(host, "web.pl", "/usr/local/lib/web.pl")
            self.put(host, "web.service", "/run/systemd/system/web.service")
            self.inside(host, "systemctl", "start", "web", show=False)

    def file(self, host, path):
        return self.inside(host, "cat", path, show=False)

    def show_reload(self, host):
        self.inside(host, "journalctl", "-u", "ssh", "--no-pager", "-n", "2", "-o", "cat", "-g", "Reloaded|SIGHUP")

    def make_ill(self, host):
        self.inside(host, "touch", "/run/web-is-ill")

    def down(self):
        subprocess.run(
            [self.twoseal.path, "testbed", "down", "--dir", self.bed, "--quiet"],
            check=False,
            stdout=subprocess.DEVNULL,
        )


class MemoryHosts:
    """Two hosts in the memory of one process, each with the real agent."""

    what = "hosts in memory: the agent is the real one, the Debian under it is not"

    def __init__(self, twoseal, directory):
        self.twoseal = twoseal
        self.directory = f"{directory}/hosts"
        self.process = None

    @staticmethod
    def up():
        return "localhost"

    def join(self, tokens):
        words = ["agent", "simulate", "--dir", "hosts"]
        for host, token in tokens.items():
            words += ["--join", f"{host}={token}"]
        self.twoseal.screen.command(["twoseal", *words])
        self.process = self.twoseal.start(*words, out="hosts.out", err="hosts.err")
        wait_until(lambda: len(self.joined()) == len(tokens) or self.process.poll() is not None, "hosts join")
        for host in self.joined():
            self.twoseal.screen.lines(json.dumps(host))
        if len(self.joined()) != len(tokens):
            raise Failed(Path(f"{self.twoseal.directory}/hosts.err").read_text(encoding="utf-8"))
        return {host["name"]: host["code"] for host in self.joined()}

    def joined(self):
        out = Path(f"{self.twoseal.directory}/hosts.out").read_text(encoding="utf-8")
        return [json.loads(line) for line in out.splitlines()]

    def start_agents(self):
        """They run since they joined."""

    def start_web(self):
        """Its checks pass while nobody makes a host ill."""

    def file(self, host, path):
        return Path(f"{self.directory}/{host}{path}").read_text(encoding="utf-8")

    def show_reload(self, host):
        self.twoseal.screen.command(["cat", f"hosts/{host}/units"])
        self.twoseal.screen.lines(self.file(host, "/units"))

    def make_ill(self, host):
        self.twoseal.screen.command(["touch", f"hosts/{host}.ill"])
        Path(f"{self.directory}/{host}.ill").touch()

    def down(self):
        stop(self.process)


def wait_until(holds, what, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise Failed(f"waited {seconds} s in vain until {what}")
        time.sleep(0.1)


def stop(process):
    if process is not None and process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Tour:
    def __init__(self, binary, kind, directory):
        self.screen = Screen()
        self.directory = directory
        self.twoseal = Binary(binary, directory, self.screen)
        self.hosts = (RealHosts if kind == "real" else MemoryHosts)(self.twoseal, directory)
        self.server = None
        self.ports = [free_port() for _ in range(3)]
        self.org = None

    def write(self, name, text):
        Path(f"{self.directory}/{name}").write_text(text, encoding="utf-8")

    def key_words(self, who):
        return ["--profile", who, *(["--passphrase-file", "passphrase"] if who in LOCAL else [])]

    def acts(self, who, *words, **how):
        return self.twoseal.run(*words, *self.key_words(who), **how)

    # --- the organisation ---------------------------------------------------------------------

    def make_keys(self):
        self.write("passphrase", "correct horse battery\n")
        for who in ("amara", "bo", "chen", "dana", "leo", "root-a", "root-b", "root-c"):
            words = ["key", "new", "-o", who]
            words += ["--local", "--passphrase-file", "passphrase"] if who in LOCAL else ["--no-input"]
            self.twoseal.run(*words, show=who in ("amara", "bo"), cut=1)

    def make_server(self, gateway):
        self.write("people.yaml", PEOPLE)
        people, agents, local = self.ports
        words = ["server", "init", "--dir", "srv", "--domain", "acme.example", "--people", "people.yaml"]
        words += ["--profile", "team", "--name", "localhost", "--no-input"]
        words += ["--people-listen", f"127.0.0.1:{people}", "--local-listen", f"127.0.0.1:{local}"]
        words += ["--agents-listen", f"{'127.0.0.1' if gateway == 'localhost' else gateway}:{agents}"]
        self.screen.command(["twoseal", *words])
        made = self.twoseal.ask(*words)
        self.org = made["org"]
        self.screen.lines(f"organisation  {made['org']}\nwords         {made['words']}")
        self.sign_documents(made["tasks"])
        self.twoseal.run("server", "init", "--continue", "--dir", "srv", cut=3)
        return made["tls_pins"][0]

    def sign_documents(self, tasks):
        keys = {}
        for who in ("amara", "bo", "chen", "dana", "leo", "root-a", "root-b", "root-c"):
            keys[self.twoseal.ask("key", "show", who)["id"]] = who
        for number, task in enumerate(tasks):
            words = [keys[task["key"]] if word == "KEY" else word for word in task["command"].split()[1:]]
            local = keys[task["key"]] in LOCAL
            words += ["--passphrase-file", "passphrase"] if local else []
            self.twoseal.run(*words, show=number == 0, cut=0)

    def start_server(self):
        self.screen.command(["twoseal", "server", "run", "--dir", "srv"])
        self.server = self.twoseal.start("server", "run", "--dir", "srv", out="server.out", err="server.err")
        out = Path(f"{self.directory}/server.out")
        wait_until(lambda: out.stat().st_size > 0 or self.server.poll() is not None, "the server is ready")
        self.screen.lines(out.read_text(encoding="utf-8"))
        if self.server.poll() is not None:
            raise Failed(Path(f"{self.directory}/server.err").read_text(encoding="utf-8"))

    def log_in(self, pin):
        for who in ("leo", "amara", "bo", "chen", "dana"):
            words = ["login", "--server", f"https://localhost:{self.ports[0]}", "--org", self.org]
            words += ["--pin", pin, "--by", f"p:{who}", "--key", f"{self.directory}/{who}"]
            self.acts(who, *words, show=who == "leo")

    # --- hosts --------------------------------------------------------------------------------

    def join_hosts(self, gateway):
        tokens = {}
        for host in NAMES:
            tokens[host] = f"{host}.token"
            agents = f"https://{gateway}:{self.ports[1]}"
            self.twoseal.run(
                "token", "join", "--agents", agents, "-o", tokens[host], "--profile", "dana", show=host == NAMES[0]
            )
        codes = self.hosts.join(tokens)
        self.screen.step("   Dana signs what each host is; Chen, who typed their codes, signs as well")
        words = ["host", "assign", *NAMES, "--env", "prod", "--label", "role=web", "--component", "ssh"]
        said = self.acts("dana", *words)
        digest = said.rsplit("list ", 1)[1].split()[0]
        signs = ["host", "sign", digest]
        for host in NAMES:
            signs += ["--code", codes[host]]
        self.acts("chen", *signs)
        self.hosts.start_agents()

    def hosts_are_here(self):
        listed = self.twoseal.ask("host", "list", "--profile", "leo")["hosts"]
        return [host["server_heard"] for host in listed] == ["here"] * len(NAMES)

    # --- changes ------------------------------------------------------------------------------

    def propose(self, name, text):
        self.write(name, text)
        self.screen.command(["cat", name])
        self.screen.lines(text)
        self.twoseal.run("plan", name, "--profile", "leo", expect=2)
        self.twoseal.run("propose", name, "--profile", "leo", expect=5, cut=2)
        self.twoseal.run("propose", name, "--profile", "leo", "--accept-risk", "lose-ssh", show=False)
        return self.twoseal.ask("change", "list", "--profile", "leo")["changes"][0]["number"]

    def approve(self, number, who, show=True):
        words = self.twoseal.ask("review", number, "--profile", who)["words"]
        self.acts(who, "approve", number, "--words", words, show=show)

    def values(self):
        found = {}
        for host in NAMES:
            lines = self.hosts.file(host, SSHD).splitlines()
            found[host] = next((line for line in lines if line.startswith("MaxAuthTries")), "as Debian has it")
        return found

    def expect_values(self, *expected):
        # What a host in memory has is shown on disk right after it has told the server.
        wait_until(lambda: tuple(self.values().values()) == expected, f"the hosts have {expected}", 10)
        for host, value in self.values().items():
            self.screen.lines(f"{host}  {SSHD}  {value}")

    # --- the tour -----------------------------------------------------------------------------

    def run(self):
        began = time.monotonic()
        self.screen.step(f"1  Five people make their keys; then two hosts. They are {self.hosts.what}")
        self.make_keys()
        gateway = self.hosts.up()
        self.screen.step("2  An organisation and its server: documents, signed by those who may, then the ledger")
        pin = self.make_server(gateway)
        self.start_server()
        self.log_in(pin)
        self.screen.step("3  The hosts ask to join, each under a token of its own")
        self.join_hosts(gateway)
        wait_until(self.hosts_are_here, "both hosts have been heard of")
        self.twoseal.run("host", "list", "--profile", "leo")
        self.ship_well()
        self.ship_ill()
        self.prove()
        self.screen.step(f"Done in {time.monotonic() - began:.0f} s: two people signed, two hosts checked, and one way back was used")

    def ship_well(self):
        self.screen.step("4  Leo writes a change. The hosts say what it would do; he has to name its risk")
        before = self.values()
        number = self.propose("ssh.yaml", FIRST)
        self.screen.step("5  His own approval is refused")
        words = self.twoseal.ask("review", number, "--profile", "leo")["words"]
        self.twoseal.run("approve", number, "--words", words, "--profile", "leo", expect=5, cut=2)
        self.screen.step("   Amara reviews what her own program verified, and signs it with a key that asks her each time")
        self.twoseal.run("review", number, "--profile", "amara")
        self.approve(number, "amara")
        self.screen.step("   Bo is the second")
        self.approve(number, "bo")
        self.screen.step("6  Dana ships it: one host first, then the other")
        self.ship(number, expect=0)
        self.expect_values("MaxAuthTries 4", "MaxAuthTries 4")
        self.hosts.show_reload(NAMES[0])
        if before != {host: "as Debian has it" for host in NAMES}:
            raise Failed(f"the hosts were not fresh: {before}")

    def ship(self, number, expect):
        self.twoseal.watch("ship", number, "--watch", "--timeout", "180s", *self.key_words("dana"), expect=expect)

    def ship_ill(self):
        self.screen.step(f"7  A further change, and {NAMES[1]} falls ill: its health check will fail")
        self.hosts.start_web()
        kept = {host: self.hosts.file(host, SSHD) for host in NAMES}
        number = self.propose("ssh-further.yaml", SECOND)
        self.approve(number, "amara", show=False)
        self.approve(number, "bo", show=False)
        self.hosts.make_ill(NAMES[1])
        self.ship(number, expect=1)
        self.screen.step("   Both hosts took it back by themselves")
        self.twoseal.run("change", "logs", number, "--profile", "leo")
        self.expect_values("MaxAuthTries 4", "MaxAuthTries 4")
        if {host: self.hosts.file(host, SSHD) for host in NAMES} != kept:
            raise Failed("a host is not back to the byte")
        self.screen.lines("both files are what they were, to the byte")

    def prove(self):
        self.screen.step("8  The proof, which anybody checks offline with the organisation's digest alone")
        for number in ("CHG-1", "CHG-2"):
            file = f"{number.lower()}.evidence"
            self.twoseal.run("evidence", "export", "--change", number, "-o", file, "--profile", "leo")
            self.twoseal.run("verify", file, "--org", self.org)
        self.tamper("chg-1.evidence")

    def tamper(self, name):
        self.screen.step("   One octet of it altered")
        path = Path(f"{self.directory}/{name}")
        octets = bytearray(path.read_bytes())
        octets[octets.index(b"Limit SSH")] ^= 1
        self.write_bytes(f"altered-{name}", octets)
        self.twoseal.run("verify", f"altered-{name}", "--org", self.org, expect=6)

    def write_bytes(self, name, octets):
        Path(f"{self.directory}/{name}").write_bytes(octets)

    def end(self):
        self.hosts.down()
        stop(self.server)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("binary")
    parser.add_argument("--hosts", choices=("real", "memory"), required=True)
    parser.add_argument("--keep", metavar="DIR", help="work in DIR, which must not exist, and leave it there")
    arguments = parser.parse_args()
    directory = arguments.keep or tempfile.mkdtemp(prefix="twoseal-tour-")
    os.makedirs(directory, exist_ok=not arguments.keep)
    tour = Tour(arguments.binary, arguments.hosts, str(Path(directory).resolve()))
    try:
        tour.run()
        return 0
    except Missing as missing:
        print(f"tour: {missing}", file=sys.stderr)
        return SKIPPED
    except (Failed, OSError, subprocess.SubprocessError) as problem:
        print(f"tour: {problem}", file=sys.stderr)
        return 1
    finally:
        tour.end()
        if not arguments.keep:
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
