"""What goes wrong around a running server, as people and the owner of the server meet it."""

import base64
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from server_support import Running, ServerTest
from support import CommandTest, canonical

STATEMENTS = 48
WRITERS = 4


class Faults(ServerTest):
    def sealed(self, number, org):
        """The body that hands in a stop by Leo, and the digest of its statement. Each stops a scope of its own."""
        now = int(time.time())
        stop = {
            "by": "p:leo", "effect": "stop", "from": now, "id": f"stop-{number}",
            "nonce": base64.b64encode(number.to_bytes(16, "big")).decode(), "org": org,
            "target": {"scope": f"scope-{number}"}, "to": now + 3600, "type": "stop", "v": 1,
        }
        self.write(f"stop-{number}.json", canonical(stop))
        self.ok("sign", "--dir", "srv/org", "--by", "p:leo", "--act", "sign", "--obj", f"stop-{number}.json", "--key",
                "leo", "-o", f"record-{number}.json")
        record = self.path(f"record-{number}.json").read_bytes()
        statement = base64.b64decode(json.loads(record)["stmt"])
        encoded = [base64.b64encode(octets).decode() for octets in (canonical(stop).encode(), record)]
        return f'{{"objects":["{encoded[0]}"],"record":"{encoded[1]}"}}', hashlib.sha256(statement).hexdigest()

    def problem(self, answer, status, code):
        """A refusal has its status, its code, its cause and a next step."""
        self.assertEqual(answer[0], status, answer)
        problem = json.loads(answer[1])
        self.assertEqual(problem["type"].rsplit("/", 1)[-1], code, problem)
        for part in ("title", "detail", "next"):
            self.assertTrue(problem.get(part), problem)

    def test_a_killed_server_has_every_statement_that_it_acknowledged(self):
        org = self.make()["org"]
        server = Running(self)
        token = self.log_in(server, "leo", "leo")
        sealed = [self.sealed(number, org) for number in range(STATEMENTS)]
        acknowledged = []
        lock = threading.Lock()

        def submit(mine):
            for body, digest in mine:
                try:
                    status, said = server.call("POST", "/v1/statements", token, body)
                except OSError:
                    return
                with lock:
                    acknowledged.append((status, digest, said))
                    if len(acknowledged) == STATEMENTS // 2:
                        server.process.send_signal(signal.SIGKILL)

        threads = [threading.Thread(target=submit, args=(sealed[first::WRITERS],)) for first in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertGreaterEqual(len(acknowledged), STATEMENTS // 2)
        again = Running(self)
        for status, digest, said in acknowledged:
            self.assertEqual(status, 200, said)
            self.assertEqual(again.call("GET", "/v1/statements/" + digest, token)[0], 200, digest)
        for body, digest in sealed:  # whoever heard nothing may say it again: it is there once
            status, said = again.call("POST", "/v1/statements", token, body)
            self.assertEqual(status, 200, said)
        self.assertEqual(again.stop(), 0)
        self.ok("ledger", "verify", "--store", "srv/store.db", "--vkey", self.vkey())

    @unittest.skipUnless(os.geteuid() == 0, "only root can mount a small disk")
    def test_a_full_disk_refuses_what_it_cannot_keep_and_goes_on_when_there_is_room(self):
        org = self.make()["org"]
        self.path("srv").rename(self.path("made"))
        self.path("srv").mkdir(mode=0o700)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=8m,mode=700", "twoseal-test", self.path("srv")], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("mounting is not permitted here")
        self.addCleanup(lambda: subprocess.run(["umount", self.path("srv")], check=True))
        subprocess.run(["cp", "-a", f"{self.path('made')}/.", self.path("srv")], check=True)
        server = Running(self)
        self.addCleanup(server.kill)
        token = self.log_in(server, "leo", "leo")
        sealed = [self.sealed(number, org) for number in range(24)]
        ballast = self.path("srv/ballast")
        subprocess.run(["dd", "if=/dev/zero", f"of={ballast}", "bs=4096"], capture_output=True)
        kept, refused = [], []
        for body, digest in sealed:
            answer = server.call("POST", "/v1/statements", token, body)
            (kept if answer[0] == 200 else refused).append((body, digest, answer))
        self.assertTrue(refused)
        for _, _, answer in refused:
            self.problem(answer, 503, "TS-1104")
        self.assertEqual(server.call("GET", "/v1/checkpoint")[0], 200)
        time.sleep(61)  # the use of a session is noted once a minute
        self.assertEqual(server.call("GET", "/v1/changes", token)[0], 200)
        ballast.unlink()
        for body, digest, _ in refused:
            self.assertEqual(server.call("GET", "/v1/statements/" + digest, token)[0], 404)
            status, said = server.call("POST", "/v1/statements", token, body)
            self.assertEqual(status, 200, said)
        for _, digest, _ in kept + refused:
            self.assertEqual(server.call("GET", "/v1/statements/" + digest, token)[0], 200)
        self.assertEqual(server.stop(), 0)
        self.ok("ledger", "verify", "--store", "srv/store.db", "--vkey", self.vkey())

    def begin_at_home(self):
        """A server under a name and port of its own, and Leo logged in with his own program."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        org = self.make("--people-listen", f"127.0.0.1:{port}")["org"]
        server = Running(self, people=f"127.0.0.1:{port}")
        pins = json.loads(self.path("srv/org/roster/1.json").read_text())["server_spki"]
        self.ok("login", "--server", f"https://localhost:{port}", "--org", org, *[w for one in pins for w in ("--pin", one)],
                "--by", "p:leo", "--key", self.path("leo"))
        self.ok("status")
        return server, port

    def make_other_certificate(self, key, certificate):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
             "/CN=localhost", "-keyout", key, "-out", certificate],
            cwd=self.dir, check=True, capture_output=True)

    def test_a_session_that_is_over_sends_to_the_login(self):
        server, _ = self.begin_at_home()
        token = self.log_in(server, "leo", "leo")
        own = json.loads(server.call("GET", "/v1/me", token)[1])["session"]["id"]
        all_of_leo = [one["id"] for one in json.loads(server.call("GET", "/v1/sessions", token)[1])["sessions"]]
        for session in sorted(all_of_leo, key=lambda one: one == own):  # its own as the last one
            self.assertEqual(server.call("DELETE", "/v1/sessions/" + session, token)[0], 204)
        outcome = self.run_twoseal("status")
        self.assertEqual((outcome.error_code, outcome.code), ("TS-1113", 4), outcome)
        self.assertRegex(outcome.err, r"next .*twoseal login")

    def test_a_server_with_another_certificate_is_told_nothing(self):
        server, port = self.begin_at_home()
        self.assertEqual(server.stop(), 0)
        self.make_other_certificate("other.key", "other.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("other.pem"), self.path("other.key"))
        heard = []

        def impostor(listener):
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True) as tls:
                        heard.append(tls.recv(4096))
                except OSError:
                    pass

        listener = socket.create_server(("127.0.0.1", port))
        thread = threading.Thread(target=impostor, args=(listener,))
        thread.start()
        outcome = self.run_twoseal("status")
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        self.assertEqual((outcome.error_code, outcome.code), ("TS-2100", 6), outcome)
        self.assertRegex(outcome.err, r"\n  next +\S")
        self.assertEqual(b"".join(heard), b"")  # no token, not even a path

    def test_a_server_whose_key_was_exchanged_does_not_start(self):
        self.make()
        self.make_other_certificate("srv/keys/tls-server.key", "srv/keys/tls-server.pem")
        self.refused("TS-1201", 65, "server", "run", "--dir", "srv", "--people-listen", "127.0.0.1:0", "--agents-listen",
                     "127.0.0.1:0", "--local-listen", "127.0.0.1:0", says="roster")

    def test_a_body_that_is_cut_off_does_nothing(self):
        org = self.make()["org"]
        server = Running(self)
        token = self.log_in(server, "leo", "leo")
        body, digest = self.sealed(1, org)
        host, port = server.addresses["people"].rsplit(":", 1)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        head = (
            f"POST /v1/statements HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Idempotency-Key: {'k' * 24}\r\nContent-Length: {len(body)}\r\n\r\n")
        for cut in (0, 1, len(body) // 2, len(body) - 1):
            with context.wrap_socket(socket.create_connection((host, int(port)))) as connection:
                connection.sendall((head + body[:cut]).encode())
        self.assertEqual(server.call("GET", "/v1/statements/" + digest, token)[0], 404)
        with context.wrap_socket(socket.create_connection((host, int(port)))) as connection:
            connection.sendall((head + body).encode())  # the same key: nothing was kept under it
            self.assertIn(b"HTTP/1.1 200", connection.recv(4096))
        self.assertEqual(server.call("GET", "/v1/statements/" + digest, token)[0], 200)

    def at_once(self, times, call):
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(call())) for _ in range(times)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def test_a_statement_that_is_handed_in_by_many_at_once_stands_once(self):
        org = self.make()["org"]
        server = Running(self)
        token = self.log_in(server, "leo", "leo")
        body, _ = self.sealed(1, org)
        answers = self.at_once(8, lambda: server.call("POST", "/v1/statements", token, body))
        said = [json.loads(answer) for status, answer in answers if status == 200]
        self.assertEqual(len(said), 8, answers)
        self.assertEqual(len({one["index"] for one in said}), 1, said)
        self.assertEqual([one["repeated"] for one in said].count(False), 1, said)
        other, _ = self.sealed(2, org)
        following = json.loads(server.call("POST", "/v1/statements", token, other)[1])
        self.assertEqual(following["index"], said[0]["index"] + 1)

    def test_one_idempotency_key_twice_is_one_request(self):
        self.make()
        server = Running(self)
        token = self.log_in(server, "dana", "dana")
        expires = json.loads(server.call("GET", "/v1/me", token)[1])["session"]["expires"]
        key = "once-" + "0" * 20
        body = f'{{"expires":{expires},"id":"web-01"}}'
        answers = self.at_once(8, lambda: server.call("POST", "/v1/join-tokens", token, body, key=key))
        done = [answer for answer in answers if answer[0] == 201]
        self.assertTrue(done, answers)
        self.assertEqual(len(set(done)), 1, done)  # to the byte
        for answer in answers:
            if answer[0] != 201:
                self.problem(answer, 409, "TS-3105")
        self.assertEqual(server.call("POST", "/v1/join-tokens", token, body, key=key), done[0])
        other = body.replace("web-01", "web-02")
        self.problem(server.call("POST", "/v1/join-tokens", token, other, key=key), 409, "TS-3104")
        tokens = json.loads(server.call("GET", "/v1/join-tokens", token)[1])["tokens"]
        self.assertEqual([one["id"] for one in tokens], ["web-01"])


class Files(CommandTest):
    """Faults of what people write, found before anything leaves their machine."""

    compile = ["canon", "--compile", "state.yaml", "--kind", "state", "--org", "sha256:" + "0" * 64, "-o", "out.json"]

    def test_a_path_with_a_nul_is_refused(self):
        for path in ('"/srv/a\\0b"', '"/srv/a\\x00b"', '"/srv/a\\u0000b"'):
            self.write("state.yaml", f"set: [{{file: {path}, content: x}}]\n")
            self.refused("TS-1007", 65, *self.compile, says="state.yaml:1:")
        self.write("state.yaml", b"set: [{file: /srv/a\0b, content: x}]\n")
        self.refused("TS-1007", 65, *self.compile, says="state.yaml:1:20")

    def test_a_source_of_four_gigabytes_is_refused_unread(self):
        self.write("big", "")
        os.truncate(self.path("big"), 4 << 30)
        self.write("state.yaml", "set: [{file: /srv/big, source: big}]\n")
        began = time.monotonic()
        self.refused("TS-1007", 65, *self.compile, says="big")
        self.assertLess(time.monotonic() - began, 10)

    def test_a_hundred_thousand_resources_are_refused_by_number(self):
        items = "".join(f"- {{file: /d/{number}, mode: a}}\n" for number in range(100_000))
        self.assertLess(len(items), 4 * 1024 * 1024)
        self.write("state.yaml", "set:\n" + items)
        self.refused("TS-1007", 65, *self.compile, says="20000")

    def apply(self, resource):
        self.write("state.yaml", f"set: [{resource}]\n".replace("HOST", str(self.path("host"))))
        self.path("out.json").unlink(missing_ok=True)
        self.ok(*self.compile)
        self.path("host").chmod(0o700)
        return ["apply", "--local-state", "out.json", "--unsigned-dir", self.path("host")]

    def test_a_pipe_in_the_place_of_a_file_is_left_alone_without_waiting(self):
        self.path("host").mkdir()
        os.mkfifo(self.path("host/pipe"))
        for resource in ("{file: HOST/pipe, content: x}", "{file: HOST/pipe, line: x}", "{file: HOST/pipe, absent: true}"):
            self.refused("TS-4102", 7, *self.apply(resource), says="host/pipe")
        self.assertTrue(self.path("host/pipe").is_fifo())

    def test_a_file_of_four_gigabytes_on_a_host_is_refused_unread(self):
        self.path("host").mkdir()
        self.write("host/big", "")
        os.truncate(self.path("host/big"), 4 << 30)
        began = time.monotonic()
        for resource in ('{file: HOST/big, mode: "0600"}', "{file: HOST/big, line: x}", "{file: HOST/big, content: x}"):
            self.refused("TS-1002", 65, *self.apply(resource), says="/big")
        self.assertLess(time.monotonic() - began, 10)
        self.assertEqual(self.path("host/big").stat().st_size, 4 << 30)


if __name__ == "__main__":
    unittest.main()
