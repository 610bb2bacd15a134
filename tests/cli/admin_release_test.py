#!/usr/bin/python3
"""Releases and moderation on the command line. Usage: admin_release_test.py PROGRAM."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()


class Site(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="everyface-release-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {name: value for name, value in os.environ.items()
                            if not name.startswith("EVERYFACE_")}
        self.environment["EVERYFACE_DATA_FOLDER"] = str(self.folder / "data")

    def run_admin(self, *arguments):
        return subprocess.run([PROGRAM, "admin", *arguments], capture_output=True, text=True,
                              env=self.environment, check=False, cwd=self.folder)

    def test_a_new_site_has_no_releases_and_no_judgements(self):
        self.assertEqual(self.run_admin("migrate").returncode, 0)
        self.assertEqual(json.loads(self.run_admin("release", "list", "--json").stdout), [])
        self.assertIn("version", self.run_admin("release", "list").stdout)
        statistics = json.loads(self.run_admin("moderation", "stats", "--json").stdout)
        self.assertEqual(statistics, {"alpha": None, "units": 0, "moderators": []})
        self.assertIn("Krippendorff", self.run_admin("moderation", "stats").stdout)

    def test_nothing_approved_is_no_release(self):
        self.assertEqual(self.run_admin("migrate").returncode, 0)
        finished = self.run_admin("release", "cut")
        self.assertEqual(finished.returncode, 3)
        self.assertIn("public_url", finished.stderr)
        self.environment["EVERYFACE_SITE_PUBLIC_URL"] = "https://faces.example"
        finished = self.run_admin("release", "cut")
        self.assertEqual(finished.returncode, 3)
        self.assertIn("no approved photo", finished.stderr)
        self.assertEqual(json.loads(self.run_admin("release", "list", "--json").stdout), [])


class Verify(Site):
    """A release that OpenSSL signed: ours and theirs are the same."""

    def setUp(self):
        super().setUp()
        self.release = self.folder / "faces-1.0"
        self.release.mkdir()
        lines = ""
        for name in ("LICENSE.txt", "metadata.csv"):
            (self.release / name).write_text("content of " + name)
            digest = hashlib.sha256((self.release / name).read_bytes()).hexdigest()
            lines += f"{digest}  {name}\n"
        (self.release / "SHA256SUMS").write_text(lines)
        for command in (
                "genpkey -algorithm ed25519 -out private.pem",
                "pkey -in private.pem -pubout -out key.pem",
                "pkeyutl -sign -inkey private.pem -rawin -in faces-1.0/SHA256SUMS "
                "-out faces-1.0/SHA256SUMS.sig",
                "genpkey -algorithm ed25519 -out other-private.pem",
                "pkey -in other-private.pem -pubout -out other.pem"):
            subprocess.run(["openssl", *command.split()], check=True, cwd=self.folder,
                           capture_output=True)

    def verify(self, key="key.pem"):
        finished = self.run_admin("release", "verify", "faces-1.0", "--key", key, "--json")
        return finished.returncode, finished.stdout, finished.stderr

    def test_whole(self):
        code, text, _ = self.verify()
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(text),
                         {"intact": True, "files": 2, "missing": [], "damaged": []})

    def test_not_all_downloaded(self):
        (self.release / "metadata.csv").unlink()
        code, text, _ = self.verify()
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(text)["missing"], ["metadata.csv"])

    def test_damaged(self):
        (self.release / "metadata.csv").write_text("forged")
        code, text, complaint = self.verify()
        self.assertEqual(code, 1)
        self.assertEqual(json.loads(text)["damaged"], ["metadata.csv"])
        self.assertIn("metadata.csv", complaint)

    def test_signed_by_somebody_else(self):
        code, _, complaint = self.verify("other.pem")
        self.assertEqual(code, 3)
        self.assertIn("not of this key", complaint)

    def test_no_release(self):
        (self.release / "SHA256SUMS.sig").unlink()
        code, _, complaint = self.verify()
        self.assertEqual(code, 3)
        self.assertIn("SHA256SUMS.sig", complaint)


if __name__ == "__main__":
    unittest.main()
