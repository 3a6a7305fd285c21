"""twoseal ledger: a store made, filled, proven and checked from the command line."""

import hashlib
import json
import resource
import shutil
import sqlite3
import unittest

import org_test
from support import CLEAN, CommandTest

ORIGIN = "example.org/twoseal/log1"


class Ledger(CommandTest):
    def setUp(self):
        super().setUp()
        self.ok("vectors", "export", "permit-basic", "case")
        self.vkey = self.ok(
            "ledger", "init", "--store", "l.db", "--key", "log.key", "--origin", ORIGIN
        ).out.strip()

    def append(self, *words):
        return ["ledger", "append", "--store", "l.db", "--key", "log.key", *words]

    def fill(self):
        names = ["case/statements/root-1.json", "case/statements/root-2.json"]
        return self.ok(*self.append("--with", "case/roster/1.json", *names, "--json")).json

    def test_init_makes_key_store_and_first_checkpoint(self):
        self.assertEqual(self.path("log.key").stat().st_mode & 0o777, 0o600)
        self.assertTrue(self.vkey.startswith(ORIGIN + "+"))
        lines = self.ok("ledger", "checkpoint", "--store", "l.db").out.split("\n")
        self.assertEqual(lines[:3], [ORIGIN, "0", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="])

    def test_init_overwrites_nothing_and_takes_an_existing_key(self):
        init = ["ledger", "init", "--key", "log.key", "--origin", ORIGIN, "--store"]
        self.refused("TS-1105", 1, *init, "l.db")
        self.assertEqual(self.ok(*init, "m.db").out.strip(), self.vkey)
        self.write("bad.key", "no key\n")
        self.refused("TS-1201", 65, "ledger", "init", "--key", "bad.key", "--origin", ORIGIN, "--store", "n.db")

    def test_init_completes_a_store_whose_init_did_not_finish(self):
        init = ["ledger", "init", "--key", "log.key", "--origin", ORIGIN, "--store"]
        self.write("empty.db", "")
        self.ok(*init, "early.db")
        with sqlite3.connect(self.path("early.db")) as database:
            for (name,) in database.execute("select name from sqlite_schema where type = 'table'").fetchall():
                if name != "migration":
                    database.execute(f"drop table if exists {name}")
            database.execute("delete from migration")
        database.close()
        self.ok(*init, "late.db")
        with sqlite3.connect(self.path("late.db")) as database:
            database.execute("delete from checkpoint")
            database.execute("update ledger set holder = 'dead', lease_until = 1e11")
        database.close()
        for name in ("empty.db", "early.db", "late.db"):
            with self.subTest(name):
                self.assertEqual(self.ok(*init, name).out.strip(), self.vkey)
                self.assertEqual(self.ok("ledger", "checkpoint", "--store", name, "--json").json["size"], 0)

    def test_init_goes_on_after_running_out_of_space_anywhere(self):
        init = ["ledger", "init", "--store", "n.db", "--key", "n.key", "--origin", ORIGIN]
        failures = 0
        for size in [0, 64, 500, *range(4096, 400_000, 16_384)]:
            limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            limited = self.run_twoseal(*init, preexec_fn=limit)
            with self.subTest(size):
                if limited.code:
                    failures += 1
                    self.assertIn(limited.error_code, ("TS-1103", "TS-3003"), limited)
                    limited = self.ok(*init)
                self.assertTrue(limited.out.startswith(ORIGIN + "+"))
                self.ok("ledger", "verify", "--store", "n.db", "--vkey", limited.out.strip())
            for path in [*self.dir.glob("n.db*"), self.path("n.key")]:
                path.unlink()
        self.assertGreater(failures, 5)

    def test_init_overwrites_no_file_that_is_there(self):
        init = ["ledger", "init", "--key", "log.key", "--origin", ORIGIN, "--store"]
        self.fill()
        with sqlite3.connect(self.path("l.db")) as database:
            database.execute("delete from checkpoint")
        database.close()
        with sqlite3.connect(self.path("other.db")) as database:
            database.execute("create table other (a)")
        database.close()
        self.write("text.db", "hello\n" * 1000)
        self.path("dir.db").mkdir()
        self.path("link.db").symlink_to("none.db")
        for name in ("l.db", "other.db", "text.db", "dir.db", "link.db"):
            with self.subTest(name):
                self.refused("TS-1105", 1, *init, name, says="ledger checkpoint")

    def test_the_public_key_of_a_ledger_is_told_again(self):
        words = ["ledger", "checkpoint", "--store", "l.db", "--key", "log.key", "--json=vkey"]
        self.assertEqual(self.ok(*words).json, {"vkey": self.vkey})

    def test_records_are_appended_and_a_checkpoint_signed(self):
        rows = self.fill()["entries"]
        self.assertEqual([(row["seq"], row["event"]) for row in rows], [(0, "roster"), (1, "roster")])
        self.assertEqual(self.ok("ledger", "checkpoint", "--store", "l.db", "--json").json["size"], 2)
        out = self.ok("ledger", "verify", "--store", "l.db", "--vkey", self.vkey).out
        self.assertIn("verified  2 entries", out)

    def test_what_an_auditor_would_refuse_is_not_appended(self):
        root = "case/statements/root-1.json"
        self.refused("TS-3007", 66, *self.append(root), says="--with FILE")
        self.fill()
        before = self.ok("ledger", "checkpoint", "--store", "l.db").out
        self.refused("TS-1105", 1, *self.append(root), says="recorded already")
        self.refused("TS-3007", 66, *self.append("case/statements/author.json"), says="--with FILE")
        with_change = ["--with", "case/change.json"]
        self.refused("TS-2155", 6, *self.append(*with_change, "case/statements/author.json"))
        policy = ["--with", "case/policy/1.json"]
        self.refused("TS-1203", 6, *self.append(*policy, "case/statements/policy-amara.json"), says="within a day")
        record = json.loads(self.path(root).read_text())
        record["armor"] = json.loads(self.path("case/statements/root-2.json").read_text())["armor"]
        self.write("mixed.json", json.dumps(record, separators=(",", ":"), sort_keys=True))
        self.ok("ledger", "init", "--store", "m.db", "--key", "log.key", "--origin", ORIGIN)
        mixed = ["ledger", "append", "--store", "m.db", "--key", "log.key", "--with", "case/roster/1.json"]
        self.refused("TS-1203", 6, *mixed, "mixed.json", says="root:")
        self.refused("TS-1001", 65, *self.append("log.key"))
        self.refused("TS-1106", 64, *self.append(), says="at least one")
        self.assertEqual(self.ok("ledger", "checkpoint", "--store", "l.db").out, before)

    def test_another_key_cannot_append(self):
        self.ok("ledger", "init", "--store", "m.db", "--key", "other.key", "--origin", ORIGIN)
        words = ["--with", "case/roster/1.json", "case/statements/root-1.json"]
        self.refused("TS-3002", 6, "ledger", "append", "--store", "l.db", "--key", "other.key", *words)
        self.refused("TS-1101", 66, "ledger", "append", "--store", "l.db", "--key", "none", *words)
        self.refused("TS-3007", 66, "ledger", "append", "--store", "none.db", "--key", "log.key", *words)

    def test_proofs_convince_without_the_ledger(self):
        self.ok("ledger", "checkpoint", "--store", "l.db", "-o", "old.txt")
        self.fill()
        self.ok("ledger", "checkpoint", "--store", "l.db", "-o", "new.txt")
        prove = ["ledger", "prove", "--store", "l.db"]
        self.ok(*prove, "--index", "1", "-o", "entry.json")
        self.ok(*prove, "--from", "0", "-o", "growth.json")
        shutil.rmtree(self.path("case"))
        self.path("l.db").unlink()
        verify = ["ledger", "verify", "--vkey", self.vkey, "--checkpoint", "new.txt", "--proof"]
        self.assertIn("stands at 1 of 2", self.ok(*verify, "entry.json").out)
        self.assertIn("beginning", self.ok(*verify, "growth.json", "--old", "old.txt").out)
        altered = self.path("entry.json").read_text().replace('"index":1', '"index":0')
        self.write("altered.json", altered)
        self.refused("TS-3001", 6, *verify, "altered.json")
        old = [word if word != "new.txt" else "old.txt" for word in verify]
        self.refused("TS-3001", 6, *old, "entry.json", says="checkpoint for 0")
        other = ["ledger", "verify", "--vkey", self.vkey.replace("log1", "log2"), "--checkpoint", "new.txt"]
        self.refused("TS-3002", 6, *other, "--proof", "entry.json")

    def test_proofs_are_found_by_statement_too(self):
        rows = self.fill()["entries"]
        prove = ["ledger", "prove", "--store", "l.db"]
        self.assertEqual(
            self.ok(*prove, "--statement", rows[1]["statement"]).out, self.ok(*prove, "--index", "1").out
        )
        self.refused("TS-3007", 66, *prove, "--statement", "sha256:" + "0" * 64)
        self.refused("TS-3001", 6, *prove, "--index", "2")
        self.refused("TS-3001", 6, *prove, "--index", "0", "--size", "3")
        self.refused("TS-1106", 64, *prove, "--index", "x")
        self.refused("TS-1106", 64, *prove)

    def test_an_edited_store_is_found_out(self):
        self.fill()
        with sqlite3.connect(self.path("l.db")) as database:
            database.execute("update entry set bytes = cast(replace(cast(bytes as text), 'roster', 'policy') as blob) where seq = 1")
        database.close()
        verify = ["ledger", "verify", "--store", "l.db", "--vkey", self.vkey]
        self.refused("TS-3006", 6, *verify)

    def test_a_store_that_lost_an_entry_is_found_out(self):
        self.fill()
        org = self.ok("digest", "case/roster/1.json").out.strip()
        verify = ["ledger", "verify", "--store", "l.db", "--vkey", self.vkey]
        with sqlite3.connect(self.path("l.db")) as database:
            database.execute("update ledger set size = 3")
        database.close()
        self.refused("TS-3006", 6, *verify, says="entry 2")
        with sqlite3.connect(self.path("l.db")) as database:
            database.execute("update ledger set size = 2")
            database.execute("delete from entry where seq = 1")
        database.close()
        self.refused("TS-3006", 6, *verify, says="entry 1")
        audit = self.run_twoseal("ledger", "audit", "--store", "l.db", "--org", org)
        self.assertEqual(audit.code, 6)
        self.assertIn("entry 1: cannot be read", audit.out)
        self.assertNotIn("entry 0: cannot be read", audit.out)

    def test_a_store_whose_head_says_another_time_is_named(self):
        record = self.append("--with", "case/roster/1.json", "case/statements/root-1.json")
        verify = ["ledger", "verify", "--store", "l.db", "--vkey", self.vkey]
        for filled in (False, True):
            for time in (-1, 1 << 60, 9_000_000_000):
                with sqlite3.connect(self.path("l.db")) as database:
                    (before,) = database.execute("select last_at from ledger").fetchone()
                    database.execute("update ledger set last_at = ?", (time,))
                database.close()
                with self.subTest(filled=filled, time=time):
                    self.refused("TS-3006", 6, *record, says="l.db  the head of the log says")
                    self.refused("TS-3006", 6, *verify, says="l.db")
                with sqlite3.connect(self.path("l.db")) as database:
                    database.execute("update ledger set last_at = ?", (before,))
                database.close()
            if not filled:
                self.fill()
        self.ok(*verify)

    def test_an_audit_begins_with_the_organisation(self):
        self.fill()
        org = self.ok("digest", "case/roster/1.json").out.strip()
        audit = ["ledger", "audit", "--store", "l.db", "--org"]
        outcome = self.run_twoseal(*audit, org)
        self.assertEqual(outcome.code, 6)
        self.assertIn("checkpoint: not signed by the log key", outcome.out)
        self.assertIn("NOT CLEAN  2 entries", outcome.out)
        self.refused("TS-3011", 6, *audit, "sha256:" + "0" * 64, says=f"l.db  --org is sha256:{'0' * 64}; the first roster in the store is {org}")
        self.refused("TS-1006", 65, *audit, "57b5")


class Audit(CommandTest):
    """Audits of the ledger of an organisation that is complete, made once: 8 entries, all sound."""

    @classmethod
    def setUpClass(cls):
        maker = org_test.Organisation("make_keys")
        maker.setUp()
        cls.addClassCleanup(maker.doCleanups)
        maker.make_keys()
        made = maker.make()
        cls.made, cls.org, cls.vkey = maker.dir / "acme.private", made["org"], made["vkey"]

    def setUp(self):
        super().setUp()
        for name in ("ledger.db", "log.key"):
            shutil.copy(self.made / name, self.dir)
        self.words = ["ledger", "audit", "--store", "ledger.db", "--org", self.org]
        self.verify = ["ledger", "verify", "--store", "ledger.db", "--vkey", self.vkey]

    def alter(self, *texts, store="ledger.db"):
        with sqlite3.connect(self.path(store)) as database:
            for sql, *values in texts:
                database.execute(sql, values)
        database.close()

    def checkpoint_of(self, size):
        """A checkpoint that the log key signed when the log had `size` entries, in a file."""
        shutil.copy(self.path("ledger.db"), self.path("early.db"))
        origin = self.vkey.split("+")[0]
        self.ok("ledger", "init", "--store", "none.db", "--key", "log.key", "--origin", origin)
        with sqlite3.connect(self.path("none.db")) as database:
            (note,) = database.execute("select note from checkpoint").fetchone()
        database.close()
        self.alter(
            ("delete from entry where seq >= ?", size),
            ("update ledger set size = ?, last_at = (select max(at) from entry)", size),
            ("update checkpoint set size = 0, note = ?", note),
            store="early.db",
        )
        self.ok("ledger", "checkpoint", "--store", "early.db", "--key", "log.key", "-o", f"{size}.txt")
        return f"{size}.txt"

    def put_back(self, size):
        note = self.path(self.checkpoint_of(size)).read_bytes()
        self.alter(("update checkpoint set size = ?, note = ?", size, note))

    def test_a_sound_ledger_is_clean(self):
        outcome = self.ok(*self.words)
        self.assertTrue(outcome.out.startswith("CLEAN  8 entries"), outcome)
        self.assertEqual(outcome.out.count("\n"), 1, outcome)

    def test_a_size_that_does_not_fit_ends_at_once(self):
        for size in (1_000_000_000_000, -1, 9, 1 << 62):
            with self.subTest(size):
                shutil.copy(self.made / "ledger.db", self.dir)
                self.alter(("update checkpoint set size = ?", size))
                self.refused("TS-3006", 6, *self.words, says="ledger.db")
                self.refused("TS-3006", 6, *self.verify, says="ledger.db")
                self.refused("TS-3006", 6, "ledger", "checkpoint", "--store", "ledger.db", says="ledger.db")
                self.alter(("update ledger set size = ?", size))
                if size != 9:
                    self.refused("TS-3006", 6, *self.words, says="ledger.db")
                    self.refused("TS-3006", 6, *self.verify, says="ledger.db")

    def test_entries_behind_the_checkpoint_are_told_and_end_as_verify_does(self):
        self.put_back(4)
        outcome = self.run_twoseal(*self.words)
        self.assertEqual(outcome.code, 8, outcome)
        self.assertIn("CLEAN  4 entries", outcome.out)
        self.assertIn("unsigned  4 entries after the newest checkpoint, which were not judged\nnext      ", outcome.out)
        self.assertEqual(self.run_twoseal(*self.words, "--json").json["unsigned"], 4)
        self.assertEqual(self.run_twoseal(*self.verify).code, 8)

    def test_a_head_before_the_last_entry_is_named(self):
        self.put_back(2)
        self.alter(("update ledger set size = 2, last_at = (select at from entry where seq = 1)",))
        says = "ledger.db  the head of the log counts 2 entries, but the store has entry 7"
        self.refused("TS-3006", 6, *self.words, says=says)
        self.refused("TS-3006", 6, *self.verify, says=says)

    def test_the_ledger_must_contain_the_checkpoint_that_the_auditor_kept(self):
        self.ok("ledger", "checkpoint", "--store", "ledger.db", "-o", "8.txt")
        kept = [*self.words, "--checkpoint"]
        for name in (self.checkpoint_of(4), "8.txt"):
            self.assertIn("CLEAN  8 entries", self.ok(*kept, name).out)
        # One that was never the log's, by the log key.
        self.alter(("update entry set leaf = zeroblob(32) where seq = 2",), store="early.db")
        with sqlite3.connect(self.path("none.db")) as database:
            (empty,) = database.execute("select note from checkpoint").fetchone()
        database.close()
        self.alter(("update checkpoint set size = 0, note = ?", empty), store="early.db")
        self.ok("ledger", "checkpoint", "--store", "early.db", "--key", "log.key", "-o", "other.txt")
        outcome = self.run_twoseal(*kept, "other.txt")
        self.assertEqual(outcome.code, 6, outcome)
        self.assertIn("other.txt: signs 4 entries with root sha256:", outcome.out)
        self.assertIn("NOT CLEAN  8 entries", outcome.out)
        self.assertIn("\nnext      keep the store", outcome.out)
        self.write("forged.txt", self.path("8.txt").read_text().replace("\n8\n", "\n7\n"))
        outcome = self.run_twoseal(*kept, "forged.txt")
        self.assertEqual(outcome.code, 6, outcome)
        self.assertIn("forged.txt: ", outcome.out)
        self.refused("TS-1101", 66, *kept, "none.txt", says="none.txt")
        # The store was put back, with a checkpoint that was once the newest.
        early = ["ledger", "audit", "--store", "ledger.db", "--org", self.org, "--checkpoint", "8.txt"]
        self.alter(("update checkpoint set size = 4, note = ?", self.path("4.txt").read_bytes()))
        outcome = self.run_twoseal(*early)
        self.assertEqual(outcome.code, 6, outcome)
        self.assertIn("8.txt: signs 8 entries; the newest checkpoint of the store signs only 4\n", outcome.out)

    def test_a_store_that_may_not_be_read_is_told_so(self):
        how = self.without_privileges()
        self.path("ledger.db").chmod(0)
        for words in (self.words, self.verify):
            outcome = self.refused("TS-1108", 77, *words, says="ledger.db", **how)
            self.assertIn("read", outcome.err)

    def test_a_damaged_store_is_told_to_who_reads_it(self):
        whole = self.path("ledger.db").read_bytes()
        for name, content in {
            "text": b"hello\n" * 1000,
            "short": whole[:10_000],
            "cut": whole[:-4096],
            "overwritten": whole[:4096] + b"\xff" * (len(whole) - 4096),
        }.items():
            for words in (self.words, self.verify):
                with self.subTest(name):
                    self.write("ledger.db", content)
                    outcome = self.refused("TS-3010", 69, *words, says="ledger.db")
                    self.assertNotIn("not recorded", outcome.err)
                    self.assertNotIn("acknowledged", outcome.err)

    def test_a_list_that_cannot_be_read_is_named_and_the_audit_goes_on(self):
        junk = b'{"type":"batch-list","v":1}'
        digest = hashlib.sha256(junk)
        self.alter(("insert into document values (?, 'batch-list', 0, ?)", digest.digest(), junk))
        outcome = self.ok(*self.words)
        self.assertIn(f"ignored   the batch-list sha256:{digest.hexdigest()} cannot be read: ", outcome.out)
        self.assertIn("CLEAN  8 entries", outcome.out)
        self.assertEqual(len(self.ok(*self.words, "--json").json["ignored"]), 1)

    def test_a_store_without_checkpoint_sends_the_auditor_to_who_runs_it(self):
        self.alter(("delete from checkpoint",))
        for words, code, exit_code in (
            (self.words, "TS-3007", 66),
            (["ledger", "checkpoint", "--store", "ledger.db"], "TS-3007", 66),
            (self.verify, "TS-3002", 6),
        ):
            outcome = self.refused(code, exit_code, *words, says="ledger.db  the store has no checkpoint")
            self.assertIn("ask who runs the ledger", outcome.err)

    def test_an_entry_that_is_too_large_is_named_and_not_read(self):
        self.alter(("update entry set bytes = zeroblob(200000000) where seq = 5",))
        sanitized = any(name.endswith("SAN_OPTIONS") for name in CLEAN)  # which needs far more memory itself
        limit = None if sanitized else lambda: resource.setrlimit(resource.RLIMIT_DATA, (150_000_000, 150_000_000))
        says = "entry 5 has 200000000 bytes"
        outcome = self.run_twoseal(*self.words, preexec_fn=limit)
        self.assertEqual(outcome.code, 6, outcome)
        self.assertIn("entry 5: cannot be read: " + says, outcome.out)
        self.assertEqual(outcome.out.count("cannot be read"), 1)
        self.assertIn("\nnext      keep the store", outcome.out)
        self.refused("TS-3006", 6, *self.verify, says=says, preexec_fn=limit)

    def test_a_view_in_the_place_of_a_table_is_refused(self):
        endless = "as with recursive r (n) as (values (1) union all select n + 1 from r) select n as size, n as note, 1 as id from r"
        self.alter(("drop table checkpoint",), (f"create view checkpoint {endless}",))
        for words in (self.words, self.verify):
            self.refused("TS-3010", 69, *words, says="has a view checkpoint that twoseal did not make")


if __name__ == "__main__":
    unittest.main()
