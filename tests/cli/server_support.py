"""What the tests of a running server share: its keys, its making, its process, and calls of it."""

import base64
import hashlib
import json
import os
import shutil
import signal
import ssl
import subprocess
import threading
import urllib.error
import urllib.request

from org_test import LOCAL, PEOPLE
from support import BINARY, CLEAN, CommandTest


class Running:
    """A `server run` and what it says."""

    def __init__(self, test, *words, people="127.0.0.1:0"):
        self.log = open(test.path("server.log"), "ab")
        self.process = subprocess.Popen(
            [BINARY, "server", "run", "--dir", "srv", "--people-listen", people, "--agents-listen", "127.0.0.1:0",
             "--local-listen", "127.0.0.1:0", *words],
            cwd=test.dir,
            env={**CLEAN, "HOME": str(test.dir)},
            stdout=subprocess.PIPE,
            stderr=self.log,
        )
        test.addCleanup(self.kill)
        line = self.process.stdout.readline()
        test.assertTrue(line, test.path("server.log").read_text())
        self.addresses = json.loads(line)
        self.key = 0

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def call(self, method, path, token=None, body=None, port="people", key=None):
        """Status and body. The server is known by its pin alone, so its name is not looked at."""
        scheme = "http" if port == "local" else "https"
        request = urllib.request.Request(f"{scheme}://{self.addresses[port]}{path}", method=method)
        if token:
            request.add_header("Authorization", "Bearer " + token)
        if body is not None:
            request.data = body if isinstance(body, bytes) else body.encode()
        if method == "POST":
            self.key += 1
            request.add_header("Idempotency-Key", key or f"{os.getpid():08}-{threading.get_ident()}-{self.key:08}")
        unverified = ssl.create_default_context()
        unverified.check_hostname = False
        unverified.verify_mode = ssl.CERT_NONE
        try:
            with urllib.request.urlopen(request, timeout=30, context=unverified) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()


class ServerTest(CommandTest):
    """Keys are made once for all tests: each costs half a second on purpose."""

    @classmethod
    def setUpClass(cls):
        maker = cls("make_keys")
        maker.setUp()
        cls.keys = maker.dir
        cls.addClassCleanup(maker.doCleanups)
        maker.make_keys()

    def make_keys(self):
        self.write("pw", "correct horse\n")
        for name in LOCAL:
            self.ok("key", "new", "--local", "--output", name, "--passphrase-file", "pw")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "leo"], cwd=self.dir, check=True)

    def setUp(self):
        super().setUp()
        if hasattr(self, "keys"):
            for path in self.keys.iterdir():
                shutil.copy(path, self.dir)
        self.write("people.yaml", PEOPLE)

    def init(self, *words):
        return ["server", "init", "--dir", "srv", "--domain", "acme.example", "--people", "people.yaml",
                "--profile", "team", *words]

    def key_of(self, task):
        for name in LOCAL:
            blob = base64.b64decode(self.path(name + ".pub").read_text().split()[1])
            if hashlib.sha256(blob).hexdigest()[:32] == task["key"]:
                return name
        raise AssertionError(f"nobody has the key of {task}")

    def make(self, *words):
        first = self.ok(*self.init("--json", *words)).json
        for task in first["tasks"]:
            words = task["command"].split()
            words[words.index("KEY")] = self.key_of(task)
            self.ok(*words[1:], "--passphrase-file", "pw")
        self.ok("server", "init", "--continue", "--dir", "srv")
        return first

    def log_in(self, server, who, key):
        status, body = server.call("POST", "/v1/login", body=json.dumps({"by": "p:" + who}, separators=(",", ":")))
        self.assertEqual(status, 200, body)
        self.path("session.json").write_bytes(base64.b64decode(json.loads(body)["session"]))
        self.path("record.json").unlink(missing_ok=True)
        self.ok("sign", "--dir", "srv/org", "--by", "p:" + who, "--act", "login", "--obj", "session.json", "--key", key,
                "-o", "record.json", "--passphrase-file", "pw")
        record = base64.b64encode(self.path("record.json").read_bytes()).decode()
        status, body = server.call("POST", "/v1/login", body='{"record":"' + record + '"}')
        self.assertEqual(status, 200, body)
        return json.loads(body)["token"]

    def vkey(self):
        return json.loads(self.path("srv/org/roster/1.json").read_text())["log"]["vkeys"][0]
