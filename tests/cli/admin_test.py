#!/usr/bin/python3
"""`everyface admin` as an administrator meets it. Usage: admin_test.py PROGRAM."""
import json
import os
import pathlib
import pty
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
PASSWORD = "walnut tram 71 orbit"


class AdminCommand(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="everyface-admin-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("EVERYFACE_")}
        self.environment["EVERYFACE_DATA_FOLDER"] = str(self.folder / "data")

    def admin(self, *arguments, typed=None):
        return subprocess.run([PROGRAM, "admin", *arguments], input=typed, capture_output=True,
                              text=True, env=self.environment, check=False, cwd=self.folder,
                              start_new_session=True)

    def done(self, *arguments, typed=None):
        finished = self.admin(*arguments, typed=typed)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        return finished.stdout

    def refused(self, *arguments, typed=None):
        finished = self.admin(*arguments, typed=typed)
        self.assertEqual(finished.returncode, 3, finished.stdout)
        self.assertEqual(len(finished.stderr.splitlines()), 1, finished.stderr)
        return finished.stderr

    def migrated(self):
        self.done("migrate")

    def create(self, email, *options):
        return json.loads(self.done("create", email, *options, "--password-file", "-", "--json",
                                    typed=PASSWORD + "\n"))["id"]

    def accounts(self, *options):
        return json.loads(self.done("accounts", "list", "--json", *options))

    def query(self, statement):
        with sqlite3.connect(self.folder / "data" / "everyface.db") as database:
            return database.execute(statement).fetchall()

    def test_tables_are_made_once(self):
        self.assertIn("run: everyface admin migrate", self.refused("accounts", "list"))
        first = json.loads(self.done("migrate", "--json"))
        self.assertGreater(first["applied"], 0)
        self.assertEqual(json.loads(self.done("migrate", "--json")),
                         {"applied": 0, "version": first["version"]})

    def test_the_first_administrator(self):
        self.migrated()
        account = self.create("Ada@Example.org")
        self.assertEqual([(entry["id"], entry["email"], entry["role"], entry["second_factor"])
                          for entry in self.accounts()],
                         [(account, "ada@example.org", "administrator", False)])
        stored = self.query("SELECT password_hash FROM accounts")[0][0]
        self.assertTrue(stored.startswith("$argon2id$v=19$m=65536,t=2,"), stored)
        self.assertIn("already", self.refused("create", "ada@example.org", "--password-file", "-",
                                              typed=PASSWORD))

    def test_passwords_come_from_a_file_a_pipe_or_the_terminal_and_are_never_left_out(self):
        self.migrated()
        self.assertIn("--password-file", self.refused("create", "ada@example.org"))
        self.assertIn("shorter than 12", self.refused("create", "ada@example.org", "--password-file",
                                                      "-", typed="short\n"))
        self.assertIn("empty", self.refused("create", "ada@example.org", "--password-file", "-",
                                            typed=""))
        (self.folder / "secret").write_text(PASSWORD + "\n")
        self.done("create", "ada@example.org", "--password-file", "secret")
        self.assertEqual(self.typed_at_a_terminal("bob@example.org", PASSWORD, "another one"), 3)
        self.assertEqual(self.typed_at_a_terminal("bob@example.org", PASSWORD, PASSWORD), 0)
        self.assertEqual(len(self.accounts()), 2)

    def typed_at_a_terminal(self, email, first, second):
        """The exit code; checks that what is typed is not shown."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder)
            os.execve(PROGRAM, ["everyface", "admin", "create", email], self.environment)
        shown = b""
        for prompt, answer in ((b"Password: ", first), (b"again: ", second)):
            while prompt not in shown:
                shown += os.read(terminal, 1000)
            os.write(terminal, answer.encode() + b"\n")
        try:
            while part := os.read(terminal, 1000):
                shown += part
        except OSError:  # the terminal is gone
            pass
        self.assertNotIn(first.encode(), shown)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def test_roles(self):
        self.migrated()
        self.create("ada@example.org")
        self.create("bob@example.org", "--role", "contributor")
        self.done("role", "bob@example.org", "moderator")
        self.assertEqual([entry["email"] for entry in self.accounts("--role", "moderator")],
                         ["bob@example.org"])
        self.assertIn("only administrator", self.refused("role", "ada@example.org", "contributor"))
        self.assertIn("no account", self.refused("role", "eve@example.org", "moderator"))
        self.assertEqual(self.admin("role", "bob@example.org", "king").returncode, 2)

    def test_sessions_and_second_factors_end(self):
        self.migrated()
        account = self.create("ada@example.org")
        self.query("INSERT INTO sessions (id, digest, account_id, device, created_ms, seen_ms, "
                   f"expires_ms) VALUES ('s', 'd', '{account}', '', 0, 0, 99999999999999)")
        self.done("accounts", "sign-out", "ada@example.org")
        self.assertEqual(self.query("SELECT COUNT(*) FROM sessions"), [(0,)])
        self.query("UPDATE accounts SET totp_seed = x'00'")
        self.assertTrue(self.accounts()[0]["second_factor"])
        self.done("totp", "reset", account)
        self.assertFalse(self.accounts()[0]["second_factor"])

    def test_the_key_that_the_configuration_names_is_used(self):
        self.migrated()
        self.create("ada@example.org")
        (self.folder / "data" / "vault.key").rename(self.folder / "elsewhere.key")
        (self.folder / "site.toml").write_text('[keys]\nvault = "elsewhere.key"\n')
        self.done("role", "ada@example.org", "administrator", "--config", "site.toml")
        self.done("totp", "reset", "ada@example.org", "--config", "site.toml")
        self.assertFalse((self.folder / "data" / "vault.key").exists(), "another key was made")
        (self.folder / "site.toml").write_text('[keys]\nvault = "nowhere.key"\n')
        self.assertIn("nowhere.key",
                      self.refused("totp", "reset", "ada@example.org", "--config", "site.toml"))

    def test_accounts_are_closed(self):
        self.migrated()
        self.create("ada@example.org")
        bob = self.create("bob@example.org", "--role", "contributor")
        self.assertIn("--yes", self.refused("accounts", "close", "bob@example.org"))
        self.assertIn("only administrator", self.refused("accounts", "close", "ada@example.org",
                                                         "--yes"))
        self.done("accounts", "close", "bob@example.org", "--yes")
        self.assertEqual([entry["email"] for entry in self.accounts()], ["ada@example.org"])
        self.assertEqual([entry["closed"] for entry in self.accounts("--closed")
                          if entry["id"] == bob], [True])

    def test_the_log_is_verified(self):
        self.migrated()
        self.assertIn("empty", self.done("audit", "verify"))
        self.create("ada@example.org")
        self.create("bob@example.org", "--role", "moderator")
        noted = self.done("audit", "verify").split()[-1]
        self.done("audit", "verify", "--noted", noted)
        self.assertIn("not POSITION:HASH", self.refused("audit", "verify", "--noted", "12"))
        self.query("DELETE FROM audit_log WHERE position = 2")
        self.done("audit", "verify")
        self.assertIn("cut off", self.refused("audit", "verify", "--noted", noted))
        self.query("UPDATE audit_log SET action = 'account.join' WHERE position = 1")
        self.assertIn("entry 1: was changed", self.refused("audit", "verify"))

    def test_the_books(self):
        self.migrated()
        self.create("ada@example.org", "--role", "contributor")
        self.assertIn("empty", self.done("ledger", "verify"))
        income = ["ledger", "income", "--source", "bank", "--amount", "100.01", "--reference", "1"]
        self.assertIn("posting 1: booked", self.done(*income))
        self.assertIn("nothing was done", self.done(*income))
        self.assertIn("another posting", self.refused(*income[:5], "7.00", *income[6:]))
        self.assertIn("not an amount", self.refused(*income[:5], "1,50", *income[6:]))
        self.done("ledger", "expense", "--kind", "fees", "--amount", "1.50", "--reference", "2")
        self.assertIn("too little", self.refused("ledger", "expense", "--kind", "costs", "--amount",
                                                 "50", "--reference", "3"))
        self.assertIn("too little", self.refused("ledger", "paid", "--account", "ada@example.org",
                                                 "--amount", "5", "--reference", "4"))
        self.assertIn("no account", self.refused("ledger", "paid", "--account", "bob@example.org",
                                                 "--amount", "5", "--reference", "4"))
        books = json.loads(self.done("ledger", "verify", "--json"))
        self.assertEqual(books["postings"], 2)
        self.assertEqual(books["assets"][0]["accounts"]["held_bank"], 10001 - 150)
        self.assertEqual(books["assets"][0]["accounts"]["pool"], -8001)
        postings = json.loads(self.done("ledger", "list", "--json"))
        self.assertEqual([posting["key"] for posting in postings], ["income:1", "expense:2"])
        noted = self.done("ledger", "verify").split()[-1]
        self.done("ledger", "verify", "--noted", noted)
        self.query("UPDATE ledger_lines SET amount = amount + 1 WHERE position = 2 AND line = 1")
        self.assertIn("posting 2: was changed", self.refused("ledger", "verify"))

    def test_rewards_are_simulated(self):
        said = json.loads(self.done("simulate-rewards", "--seed", "1", "--json"))
        self.assertEqual(said, json.loads(self.done("simulate-rewards", "--seed", "1", "--json")))
        ours, rarest = said["schemes"]
        self.assertEqual([ours["name"], rarest["name"]], ["everyface", "rarest-pays-most"])
        for scheme in ours, rarest:
            self.assertAlmostEqual(scheme["cheater_gain"],
                                   scheme["cheater_mean"] / scheme["honest_mean"])
        self.assertLess(ours["cheater_gain"], rarest["cheater_gain"])
        self.assertLess(ours["budget_to_cheaters"], rarest["budget_to_cheaters"])
        self.assertIn("found out", self.done("simulate-rewards"))

    def test_every_command_has_help_with_an_example(self):
        for command in (["create"], ["role"], ["accounts", "list"], ["accounts", "sign-out"],
                        ["accounts", "close"],
                        ["totp", "reset"], ["audit", "verify"], ["migrate"],
                        ["ledger", "verify"], ["ledger", "list"], ["ledger", "income"],
                        ["ledger", "expense"], ["ledger", "paid"], ["simulate-rewards"]):
            self.assertIn("everyface admin " + " ".join(command), self.done(*command, "--help"))
        self.assertIn("Examples:", self.done("--help"))


if __name__ == "__main__":
    unittest.main()
