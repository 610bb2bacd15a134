#!/usr/bin/python3
"""`everyface gallery` as a person or a script meets it. Usage: gallery_test.py PROGRAM.

Templates are made up and written in the layout that recognize/template_file.h documents. Photos are
made from the portrait in python3-skimage (public domain); dusk and kin, which are ours, see them.
"""
import json
import os
import pathlib
import random
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest

import cv2
import numpy

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
PORTRAIT = pathlib.Path("/usr/lib/python3/dist-packages/skimage/data/astronaut.png")
DIMENSIONS = 100


def run(*arguments, **options):
    environment = dict(os.environ, EVERYFACE_MODELS="", EVERYFACE_MODEL_DIR="/nonexistent")
    return subprocess.run([PROGRAM, "gallery", *map(str, arguments)], capture_output=True, text=True,
                          env=environment, check=False, **options)


def limit_files(size):
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing more is an error, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


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

    def add_photos(self, count):
        self.photos = self.folder / "photos"
        self.photos.mkdir()
        portrait = cv2.imread(str(PORTRAIT))[0:300, 80:380]
        for i in range(count):
            cv2.imwrite(str(self.photos / f"p{i}.png"), portrait[10 * i:])

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

    def test_an_effort_beyond_every_template_finds_all(self):
        self.enrol("--templates", self.file)
        for kind in ("ivf", "hnsw"):
            answer = run("search", self.gallery, "--templates", self.write_probes(), "--approximate",
                         kind, "--effort", 3_000_000_000, "--json")
            if answer.returncode == 3:
                self.assertIn("without FAISS", answer.stderr)
                continue
            self.assertEqual(answer.returncode, 0, answer.stderr)
            for loss in json.loads(answer.stdout)["approximate"].values():
                self.assertEqual((loss["first_missed"], loss["hits_missed"]), (0, 0))

    def test_a_score_of_the_data_never_hides_that_of_the_search(self):
        file = write_templates(self.folder / "scored.templates", self.rows[:2],
                               {"name": ["p0", "p1"], "score": ["7", "8"]})
        self.enrol("--templates", file)
        answer = run("search", self.gallery, "--templates", file, "--top", 1, "--json")
        for i, probe in enumerate(json.loads(answer.stdout)["probes"]):
            hit = probe["hits"][0]
            self.assertAlmostEqual(hit["score"], 1, delta=1e-5)
            self.assertEqual((hit["name"], hit["score_2"]), (f"p{i}", str(7 + i)))

    def test_columns_called_like_the_gallerys_own_stay(self):
        self.add_photos(2)
        table = self.folder / "people.csv"
        table.write_text("path,name,sha256,score\n"
                         "photos/p0.png,Anna,zzz,7\nphotos/p1.png,Berta,yyy,8\n")
        said = self.enrol("--dataset", "csv", table, "--embedder", "kin").stderr
        self.assertIn('column "name" is "name_2" in the gallery', said)
        answer = run("search", self.gallery, self.photos / "p1.png", "--where", "name_2=Berta",
                     "--json")
        (hit,) = json.loads(answer.stdout)["probes"][0]["hits"]
        self.assertGreater(hit["score"], 0.9)
        self.assertEqual(len(hit["sha256"]), 64)
        self.assertEqual({key: hit[key] for key in ("name", "name_2", "sha256_2", "score_2")},
                         {"name": "photos/p1.png", "name_2": "Berta", "sha256_2": "yyy",
                          "score_2": "8"})

    def test_a_photo_named_twice_is_enrolled_once_whatever_the_threads(self):
        self.add_photos(1)
        photo = self.photos / "p0.png"
        for jobs in (1, 2, 4):
            result = run("enrol", self.folder / f"gallery{jobs}", *[photo] * 4, "--embedder", "kin",
                         "--jobs", jobs, "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            answer = json.loads(result.stdout)
            self.assertEqual((answer["enrolled"], answer["known"], answer["failed"]), (1, 3, 0))

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
                (["enrol", self.gallery, "--templates", self.file, "--flip"],
                 "--flip is for photos"),
                (["enrol", self.gallery, "--templates", self.file, "--detector", "yunet"],
                 "--detector is for photos"),
                (["enrol", self.gallery, "--templates", self.file, "--min-score", "0.5"],
                 "--min-score is for photos"),
                (["search", self.gallery, "--templates", self.file, "--enhance", "gain"],
                 "--enhance is for photos"),
                (["search", self.gallery, "--templates", self.file, "--embedder", "kin"],
                 "--embedder is for photos"),
                (["search", self.gallery, "--templates", self.file, "--effort", "9"],
                 "--effort requires --approximate"),
                (["search", self.gallery, "--templates", self.file, "--approximate", "hnsw",
                  "--effort", "-1"], "--effort"),
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

    def test_enrolment_ends_where_the_disk_is_full_and_goes_on_later(self):
        count = 6000  # 400 bytes each, 1000 in a commit
        file = write_templates(self.folder / "many.templates", templates(count, 3),
                               {"name": [f"m{i}" for i in range(count)]})
        # Within the first commit, and where all are committed and are joined.
        for limit, known in ((200_000, 0), (1_000_000, count)):
            shutil.rmtree(self.gallery, ignore_errors=True)
            full = run("enrol", self.gallery, "--templates", file, "--json",
                       preexec_fn=lambda size=limit: limit_files(size))
            self.assertEqual(full.returncode, 3)
            self.assertIn("File too large", full.stderr)
            self.assertEqual(len(full.stderr.splitlines()), 1, "it goes on in vain")
            answer = json.loads(self.enrol("--templates", file, "--json").stdout)
            self.assertEqual((answer["templates"], answer["known"]), (count, known))

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
