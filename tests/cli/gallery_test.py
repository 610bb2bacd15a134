#!/usr/bin/python3
"""`everyface gallery` as a person or a script meets it. Usage: gallery_test.py PROGRAM.

Templates are made up and written in the layout that recognize/template_file.h documents; no weights
are needed.
"""
import json
import os
import pathlib
import random
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import numpy

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
DIMENSIONS = 100


def run(*arguments):
    environment = dict(os.environ, EVERYFACE_MODELS="", EVERYFACE_MODEL_DIR="/nonexistent")
    return subprocess.run([PROGRAM, "gallery", *map(str, arguments)], capture_output=True, text=True,
                          env=environment, check=False)


def templates(count, seed=1):
    rows = numpy.random.default_rng(seed).normal(size=(count, DIMENSIONS)).astype(numpy.float32)
    return rows / numpy.linalg.norm(rows, axis=1, keepdims=True)


def write_templates(path, rows, columns, model="a" * 64):
    info = json.dumps({"model": "made-up", "model_sha256": model, "flip": False, "detector": "yunet",
                       "columns": list(columns)}).encode()
    body = bytearray(40) + info
    body += bytes(-len(body) % 64) + rows.tobytes()
    for values in columns.values():
        texts = [value.encode() for value in values]
        borders = numpy.cumsum([0] + [len(text) for text in texts]).astype("<u8")
        body += bytes(-len(body) % 8) + borders.tobytes() + b"".join(texts)
    body[:40] = b"EVFTMPL\n" + struct.pack("<IIQQQ", 1, DIMENSIONS, len(rows), len(info), len(body))
    path.write_bytes(body)
    return path


class GalleryCommand(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="everyface-gallery-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.gallery = self.folder / "gallery"
        self.rows = templates(300)
        names = [f"p{i}" for i in range(300)]
        self.file = write_templates(self.folder / "people.templates", self.rows,
                                    {"name": names, "race": [("x", "y")[i % 2] for i in range(300)]})

    def enrol(self, *arguments):
        result = run("enrol", self.gallery, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def probes(self, count=5):
        mixed = self.rows[:count] + 0.5 * templates(count, 2)
        return mixed / numpy.linalg.norm(mixed, axis=1, keepdims=True)

    def write_probes(self):
        return write_templates(self.folder / "probes.templates", self.probes().astype("float32"),
                               {"name": [f"q{i}" for i in range(5)]})

    def test_every_subcommand_has_help_with_an_example(self):
        for command in ([], ["enrol"], ["search"], ["info"]):
            result = run(*command, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn("Example", result.stdout)

    def test_enrolling_again_changes_nothing(self):
        first = json.loads(self.enrol("--templates", self.file, "--json").stdout)
        self.assertEqual((first["enrolled"], first["known"], first["templates"]), (300, 0, 300))
        before = sorted(p.name for p in self.gallery.iterdir())
        again = json.loads(self.enrol("--templates", self.file, "--json").stdout)
        self.assertEqual((again["enrolled"], again["known"], again["templates"]), (0, 300, 300))
        self.assertEqual(sorted(p.name for p in self.gallery.iterdir()), before)

    def test_a_changed_template_under_a_known_name_is_refused(self):
        self.enrol("--templates", self.file)
        changed = write_templates(self.folder / "changed.templates", templates(1, 9), {"name": ["p0"]})
        result = run("enrol", self.gallery, "--templates", changed)
        self.assertEqual(result.returncode, 1)
        self.assertIn("p0 is enrolled already, from something else", result.stderr)

    def test_search_equals_numpy(self):
        self.enrol("--templates", self.file)
        probes = self.probes()
        answer = run("search", self.gallery, "--templates", self.write_probes(), "--top", 7, "--json")
        self.assertEqual(answer.returncode, 0, answer.stderr)
        scores = probes @ self.rows.T
        for probe, expected in zip(json.loads(answer.stdout)["probes"], scores):
            order = numpy.argsort(-expected)[:7]
            self.assertEqual([hit["name"] for hit in probe["hits"]], [f"p{i}" for i in order])
            for hit, i in zip(probe["hits"], order):
                self.assertAlmostEqual(hit["score"], float(expected[i]), delta=2e-6)

    def test_search_keeps_to_threshold_and_filter(self):
        self.enrol("--templates", self.file)
        probes = self.write_probes()
        answer = run("search", self.gallery, "--templates", probes, "--threshold", 0.5, "--json")
        for i, probe in enumerate(json.loads(answer.stdout)["probes"]):
            self.assertEqual([hit["name"] for hit in probe["hits"]], [f"p{i}"])
        answer = run("search", self.gallery, "--templates", probes, "--where", "race=y", "--json")
        for probe in json.loads(answer.stdout)["probes"]:
            self.assertEqual({hit["race"] for hit in probe["hits"]}, {"y"})

    def test_approximate_search_says_what_it_misses_or_that_it_is_not_there(self):
        self.enrol("--templates", self.file)
        for kind in ("ivf", "hnsw"):
            answer = run("search", self.gallery, "--templates", self.write_probes(), "--approximate",
                         kind)
            if answer.returncode == 3:
                self.assertIn("without FAISS", answer.stderr)
            else:
                self.assertEqual(answer.returncode, 0)
                self.assertIn("on these probes: misses the best hit of", answer.stderr)
                self.assertIn("on templates of the gallery: misses the best hit of", answer.stderr)

    def test_info_says_what_is_there(self):
        self.enrol("--templates", self.file)
        info = json.loads(run("info", self.gallery, "--json").stdout)
        self.assertEqual((info["templates"], info["dimensions"], info["detector"]),
                         (300, DIMENSIONS, "yunet"))
        self.assertEqual({column["name"]: column["values"] for column in info["columns"]},
                         {"name": 300, "sha256": 300, "race": 2})

    def test_templates_of_another_model_are_refused(self):
        self.enrol("--templates", self.file)
        other = write_templates(self.folder / "other.templates", templates(1), {"name": ["q"]}, "b" * 64)
        for command in ("enrol", "search"):
            result = run(command, self.gallery, "--templates", other)
            self.assertEqual(result.returncode, 3)
            self.assertIn("cannot be compared", result.stderr)

    def test_wrong_arguments_are_named(self):
        self.enrol("--templates", self.file)
        for arguments, part in [
                (["enrol", self.gallery], "one of them"),
                (["enrol", self.gallery, self.folder], "needs --embedder"),
                (["enrol", self.gallery, self.folder, "--detector", "haar", "--embedder", "x"],
                 "landmarks"),
                (["search", self.gallery], "one of them"),
                (["search", self.gallery, "--templates", self.file, "--where", "race"],
                 "column=value"),
                (["search", self.gallery, "--templates", self.file, "--where", "rcae=x"],
                 "did you mean race?"),
                (["search", self.gallery, "--templates", self.file, "--where", "race=x",
                  "--approximate", "ivf"], "do not go together")]:
            result = run(*arguments)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(part, result.stderr)

    def test_a_folder_that_is_no_gallery_is_named(self):
        for arguments in (["info", self.folder], ["search", self.folder, "--templates", self.file]):
            result = run(*arguments)
            self.assertEqual(result.returncode, 3)
            self.assertIn("is not a gallery", result.stderr)

    def test_enrolment_survives_kills(self):
        count = 20000
        rows = templates(count, 3)
        file = write_templates(self.folder / "many.templates", rows,
                               {"name": [f"m{i}" for i in range(count)]})
        chance = random.Random(4)
        for _ in range(6):
            child = subprocess.Popen([PROGRAM, "gallery", "enrol", self.gallery, "--templates", file],
                                     stderr=subprocess.DEVNULL)
            try:
                child.wait(timeout=chance.uniform(0.01, 0.3))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                child.wait()
            info = run("info", self.gallery, "--json")
            if info.returncode != 0:
                self.assertFalse((self.gallery / "gallery.json").exists(), info.stderr)
        answer = json.loads(self.enrol("--templates", file, "--json").stdout)
        self.assertEqual(answer["templates"], count)
        probe = write_templates(self.folder / "last.templates", rows[-1:], {"name": ["last"]})
        found = json.loads(run("search", self.gallery, "--templates", probe, "--json").stdout)
        self.assertEqual(found["probes"][0]["hits"][0]["name"], f"m{count - 1}")


if __name__ == "__main__":
    unittest.main()
