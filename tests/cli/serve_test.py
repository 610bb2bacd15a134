#!/usr/bin/python3
"""`everyface serve` as the person who runs a site meets it. Usage: serve_test.py PROGRAM."""
import contextlib
import http.client
import os
import pathlib
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()


class Site:
    """A running site; knows its address from the first line that the program prints."""

    def __init__(self, *arguments, folder, environment=None):
        self.process = subprocess.Popen([PROGRAM, "serve", *map(str, arguments)], cwd=folder,
                                        env=dict(os.environ, **(environment or {})), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        line = self.process.stdout.readline()
        match = re.fullmatch(r"Everyface is at http://([\d.]+):(\d+)\n", line)
        if not match:
            self.process.kill()
            raise AssertionError(line + self.process.communicate()[1])
        self.host, self.port = match[1], int(match[2])

    def get(self, path):
        with contextlib.closing(http.client.HTTPConnection(self.host, self.port, timeout=60)) as site:
            site.request("GET", path)
            response = site.getresponse()
            return response.status, response.read().decode()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        log = self.process.communicate(timeout=60)[1]
        return self.process.returncode, log


class ServeCommand(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="everyface-serve-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def refused(self, *arguments, environment=None):
        done = subprocess.run([PROGRAM, "serve", *map(str, arguments)], cwd=self.folder, timeout=60,
                              env=dict(os.environ, **(environment or {})), capture_output=True,
                              text=True, check=False)
        self.assertNotEqual(done.returncode, 0)
        return done.returncode, done.stderr

    def test_without_configuration_it_serves_and_keeps_its_data_beside_it(self):
        site = Site("--listen", "127.0.0.1:0", folder=self.folder)
        try:
            self.assertEqual(site.get("/healthz"), (200, "ok\n"))
            self.assertEqual(site.get("/readyz"), (200, "ready\n"))
            self.assertIn("everyface_requests_total", site.get("/metrics")[1])
            status, page = site.get("/")
            self.assertEqual(status, 200)
            self.assertIn("<h1>", page)
        finally:
            code, log = site.stop()
        self.assertEqual(code, 0)
        self.assertIn('"route":"/healthz"', log)
        key = self.folder / "everyface-data" / "site.key"
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o400)
        first = key.read_text()
        self.assertRegex(first, "^[0-9a-f]{64}$")
        Site("--listen", "127.0.0.1:0", folder=self.folder).stop(signal.SIGINT)
        self.assertEqual(key.read_text(), first, "forms stay valid over a restart")

    def test_a_demonstration_leaves_nothing_and_answers_nobody_else(self):
        site = Site("--demo", "--listen", "127.0.0.1:0", folder=self.folder)
        self.assertEqual(site.get("/")[0], 200)
        site.stop()
        self.assertEqual(list(self.folder.iterdir()), [])
        code, message = self.refused("--demo", "--listen", "0.0.0.0:0")
        self.assertEqual(code, 2)
        self.assertIn("loopback", message)
        self.assertEqual(self.refused("--demo", "--config", "/dev/null")[0], 2)

    def test_the_configuration_counts_and_its_mistakes_are_named(self):
        config = self.folder / "site.toml"
        config.write_text("[site]\nname = 'Faces & names'\n[data]\nfolder = 'elsewhere'\n")
        site = Site("--config", config, "--listen", "127.0.0.1:0", folder=self.folder)
        self.assertIn("Faces &amp; names", site.get("/")[1])
        site.stop()
        self.assertTrue((self.folder / "elsewhere" / "site.key").exists())
        config.write_text("[site]\nnane = 'x'\n")
        code, message = self.refused("--config", config)
        self.assertEqual(code, 2)
        self.assertIn("site.toml line 2: [site] has no key nane; did you mean name?", message)
        self.assertIn("EVERYFACE_SERVER_PORT",
                      self.refused(environment={"EVERYFACE_SERVER_PORT": "1"})[1])

    def test_an_address_that_is_taken_is_said(self):
        site = Site("--listen", "127.0.0.1:0", folder=self.folder)
        code, message = self.refused("--listen", f"127.0.0.1:{site.port}")
        site.stop()
        self.assertEqual(code, 3)
        self.assertIn("in use", message)


if __name__ == "__main__":
    unittest.main(verbosity=2)
