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
from support import canonical

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
        statement = base64.b64decode(json.loads(record)["statement"])
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
        verified = self.ok("ledger", "verify", "--store", "srv/store.db", "--vkey", self.vkey(), "--json").json
        self.assertEqual(verified["size"], 0)


if __name__ == "__main__":
    unittest.main()
