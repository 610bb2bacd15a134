#!/usr/bin/python3
"""The program as a person or a script meets it: outputs, errors, exit codes, kills.

Usage: cli_test.py PROGRAM [unittest arguments]. Photos are made from the portrait in
python3-skimage (public domain); ../shared is not needed.
"""
import filecmp
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import cv2
import numpy
import PIL.Image

PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
PORTRAIT = pathlib.Path("/usr/lib/python3/dist-packages/skimage/data/astronaut.png")


SHARED = pathlib.Path(os.environ.get("EVERYFACE_SHARED",
                                     pathlib.Path(__file__).resolve().parents[3] / "shared"))


def run(*arguments, store="/nonexistent", mirror="", **options):
    environment = dict(os.environ, EVERYFACE_MODELS=str(mirror), EVERYFACE_MODEL_DIR=str(store))
    return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                          env=environment, check=False, **options)


def files_below(folder):
    return sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="everyface-cli-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.photos = self.folder / "photos"
        self.photos.mkdir()

    def add_photos(self, count, side=160):
        portrait = cv2.imread(str(PORTRAIT))[0:300, 80:380]
        for i in range(count):
            crop = portrait[i:280 + i // 2, i:290]
            cv2.imwrite(str(self.photos / f"p{i:03}.png"), cv2.resize(crop, (side + i, side)))

    def assert_same_files(self, one, other):
        self.assertEqual(files_below(one), files_below(other))
        for name in files_below(one):
            self.assertTrue(filecmp.cmp(one / name, other / name, shallow=False), name)


class Usage(Command):
    def test_every_command_has_help_with_an_example(self):
        for command in (["enhance"], ["darken"], ["detect"], ["study"], ["study", "merge"],
                        ["audit"], ["audit", "merge"], ["audit", "report"]):
            result = run(*command, "--help")
            self.assertEqual(result.returncode, 0)
            self.assertIn("Example", result.stdout, command)

    def test_wrong_usage_exits_with_2_and_names_the_slip(self):
        self.add_photos(1)
        for arguments, words in (
                ([], "subcommand"),
                (["detect", self.photos, "--detector", "yunnet"], "yunet"),
                (["enhance", self.photos, "--method", "gian", "-o", self.folder / "o"], "gain"),
                (["enhance", self.photos, "--method", "gain(factor=x)", "-o", "o"], "factor"),
                (["darken", self.photos, "--exposure", "much", "-o", "o"], "exposure"),
                (["study", "--dataset", "folder", self.photos, "--detector", "haar",
                  "--exposure", "0,0", "-o", self.folder / "o"], "twice"),
                (["study", "--dataset", "darkfase", self.photos, "--detector", "haar",
                  "-o", self.folder / "o"], "darkface"),
                (["study", "--dataset", "folder", self.photos, "--detector", "haar",
                  "--animate", "../a.webp", "-o", self.folder / "o"], "animate"),
                (["study", "--dataset", "folder", self.photos, "--detector", "haar",
                  "--group", "a,a", "-o", self.folder / "o"], "twice"),
                (["detect", self.photos / "p000.png", "--detector", "haar",
                  "-o", self.photos / "p000.png"], "over it"),
                (["study", "--dataset", "folder", self.photos, "--detector", "haar",
                  "--min-score", 0.6, "--score-threshold", 0.5, "-o", self.folder / "o"],
                 "--min-score 0.6 is above"),
                (["enhance", self.photos, "--depth", 16, "--format", "jpg",
                  "-o", self.folder / "o"], "png, ppm or tiff"),
                (["enhance", self.photos, "--max-megapixels", "nan", "-o", "o"], "nan"),
                (["darken", self.photos, "--max-megapixels", "-1", "-o", "o"], "-1"),
                (["detect", self.photos, "--max-megapixels", "nan"], "nan"),
                (["study", "--dataset", "folder", self.photos, "--detector", "haar",
                  "--shard", "3/2", "-o", self.folder / "o"], "shard")):
            result = run(*arguments)
            self.assertEqual(result.returncode, 2, (arguments, result.stderr))
            self.assertIn(words, result.stderr + result.stdout, arguments)

    def test_what_cannot_run_exits_with_3(self):
        self.add_photos(1)
        missing = run("detect", self.photos, "--detector", "yunet")
        self.assertEqual(missing.returncode, 3)
        self.assertIn("everyface models fetch yunet-n", missing.stderr)
        nowhere = run("study", "--dataset", "folder", self.folder / "absent", "--detector", "haar",
                      "-o", self.folder / "run")
        self.assertEqual(nowhere.returncode, 3)
        (self.folder / "file").write_text("")
        for command in (["enhance", "--method", "gain"], ["darken"]):
            nowhere = run(command[0], self.photos, *command[1:], "-o", self.folder / "file" / "out")
            self.assertEqual(nowhere.returncode, 3, nowhere.stderr)


    def test_lost_output_is_no_success(self):
        self.add_photos(1)
        for arguments in (["detect", self.photos, "--detector", "haar"], ["models", "list"],
                          ["--help"]):
            with open("/dev/full", "w", encoding="ascii") as full:
                result = subprocess.run([PROGRAM, *map(str, arguments)], stdout=full,
                                        stderr=subprocess.PIPE, text=True, check=False)
            self.assertEqual(result.returncode, 3, arguments)
            self.assertIn("everyface: ", result.stderr)


class Photos(Command):
    def test_bad_photos_are_named_counted_and_the_rest_is_done(self):
        self.add_photos(2)
        (self.photos / "zero.jpg").write_bytes(b"")
        (self.photos / "text.png").write_text("not a photo")
        whole = (self.photos / "p000.png").read_bytes()
        (self.photos / "cut.png").write_bytes(whole[:len(whole) // 2])
        (self.photos / "really-a-png.jpg").write_bytes(whole)
        (self.photos / "loop").symlink_to(self.photos, target_is_directory=True)
        (self.photos / "folder.png").mkdir()
        os.symlink("circle.jpg", self.photos / "circle.jpg")
        (self.photos / "phone.heic").write_bytes(b"")
        odd = os.fsencode(str(self.photos)) + b"/\xff\xfe.png"
        with open(odd, "wb") as file:
            file.write(b"")
        out = self.folder / "out"
        result = run("enhance", self.photos, "--method", "gain(factor=2)", "-o", out, "--json")
        self.assertEqual(result.returncode, 1, result.stderr)
        answer = json.loads(result.stdout)
        self.assertEqual(answer["done"], 3)
        self.assertEqual(answer["failed"], 6)
        self.assertEqual(answer["warnings"], 1)
        self.assertEqual(answer["left_out"], 1)
        for words in ("zero.jpg: empty", "text.png: not a photo", "cut.png: truncated",
                      "makes a loop", "circle.jpg", "content is PNG"):
            self.assertIn(words, result.stderr)
        self.assertEqual([str(p) for p in files_below(out)],
                         ["p000.png", "p001.png", "really-a-png.jpg"])

    def test_gain_doubles_every_value(self):
        self.add_photos(1)
        run("enhance", self.photos, "--method", "gain(factor=2)", "-o", self.folder / "out")
        before = cv2.imread(str(self.photos / "p000.png")).astype(int)
        after = cv2.imread(str(self.folder / "out" / "p000.png")).astype(int)
        self.assertTrue((after == numpy.minimum(255, 2 * before)).all())

    def test_darkening_repeats_for_a_seed_whatever_the_threads_and_names(self):
        self.add_photos(5)
        for name, arguments in (("a", ["--jobs", 1]), ("b", ["--jobs", 4]), ("c", ["--seed", 2])):
            result = run("darken", self.photos, "--exposure", -6, "-o", self.folder / name,
                         *arguments)
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_same_files(self.folder / "a", self.folder / "b")
        self.assertFalse(filecmp.cmp(self.folder / "a/p000.png", self.folder / "c/p000.png",
                                     shallow=False))
        shutil.copy(self.photos / "p000.png", self.folder / "renamed.png")
        run("darken", self.folder / "renamed.png", "--exposure", -6, "-o", self.folder / "d")
        self.assertTrue(filecmp.cmp(self.folder / "a/p000.png", self.folder / "d/renamed.png",
                                    shallow=False))

    def test_a_photo_is_never_written_over_itself(self):
        self.add_photos(1)
        before = (self.photos / "p000.png").read_bytes()
        result = run("enhance", self.photos, "--method", "gain(factor=2)", "-o", self.photos)
        self.assertEqual(result.returncode, 1)
        self.assertIn("over itself", result.stderr)
        self.assertEqual((self.photos / "p000.png").read_bytes(), before)

    def test_no_photo_is_written_over_another(self):
        self.add_photos(2)
        cv2.imwrite(str(self.photos / "p000.jpg"), cv2.imread(str(self.photos / "p000.png")))
        before = {p: p.read_bytes() for p in self.photos.iterdir()}
        result = run("enhance", self.photos, "--method", "gain(factor=3)", "--format", "png",
                     "-o", self.photos)
        self.assertEqual(result.returncode, 1)
        self.assertIn("p000.jpg: would be written over " + str(self.photos / "p000.png"),
                      result.stderr)
        other = self.folder / "other"
        other.mkdir()
        shutil.copy(self.photos / "p001.png", other / "p000.png")
        result = run("darken", other / "p000.png", self.photos / "p000.png", "-o", self.photos)
        self.assertEqual(result.returncode, 1)
        self.assertIn("another of the photos", result.stderr)
        self.assertEqual(before, {p: p.read_bytes() for p in before})

    def test_colour_profiles_stay_with_the_photos(self):
        profile = bytearray(b"p" * 400)
        profile[0:4], profile[16:20], profile[36:40] = (400).to_bytes(4, "big"), b"RGB ", b"acsp"
        portrait = PIL.Image.open(PORTRAIT).convert("RGB").crop((80, 0, 240, 160))
        for extension in ("jpg", "png"):
            portrait.save(self.photos / f"in.{extension}", icc_profile=bytes(profile))
        for command in (["enhance", "--method", "gain(factor=2)"], ["darken"]):
            for extension in ("jpg", "png"):
                out = self.folder / f"{command[0]}-{extension}"
                result = run(*command, self.photos, "--format", extension, "-o", out)
                self.assertEqual(result.returncode, 0, result.stderr)
                self.assertEqual(len(files_below(out)), 2)
                for name in files_below(out):
                    with PIL.Image.open(out / name) as written:
                        self.assertEqual(written.info.get("icc_profile"), bytes(profile), name)

    def test_damaged_jpeg_data_are_warned_of_by_name(self):
        self.add_photos(2)
        whole = cv2.imencode(".jpg", cv2.imread(str(self.photos / "p000.png")))[1].tobytes()
        (self.photos / "half.jpg").write_bytes(whole[:len(whole) // 2] + b"\xff\xd9")
        out = self.folder / "out"
        result = run("enhance", self.photos, "--method", "gain(factor=2)", "-o", out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)["warnings"], 1)
        complaints = [line for line in result.stderr.splitlines() if "Corrupt" in line]
        self.assertEqual(len(complaints), 1)
        self.assertIn("half.jpg: warning: damaged", complaints[0])
        run("study", "--dataset", "folder", self.photos, "--detector", "haar", "--enhance", "none",
            "-o", self.folder / "run")
        report = json.loads((self.folder / "run" / "report.json").read_text())
        self.assertEqual([w["image"] for w in report["warnings"]], ["half.jpg"])

    def test_sixteen_bits_that_would_be_lost_are_refused_before_the_work(self):
        self.add_photos(1)
        shutil.copy(self.photos / "p000.png", self.photos / "named.jpg")
        out = self.folder / "out"
        result = run("enhance", self.photos, "--method", "gain(factor=2)", "--depth", 16,
                     "-o", out)
        self.assertEqual(result.returncode, 1)
        self.assertIn("named.jpg: JPEG has 8 bits a channel", result.stderr)
        self.assertEqual([str(p) for p in files_below(out)], ["p000.png"])

    def test_sixteen_bits_stay_sixteen_bits(self):
        deep = numpy.full((20, 30, 3), 1000, numpy.uint16)
        cv2.imwrite(str(self.photos / "deep.png"), deep)
        run("enhance", self.photos, "--method", "gain(factor=8)", "--depth", 16,
            "-o", self.folder / "out")
        out = cv2.imread(str(self.folder / "out" / "deep.png"), cv2.IMREAD_UNCHANGED)
        self.assertEqual(out.dtype, numpy.uint16)
        self.assertTrue((numpy.abs(out.astype(int) - 8000) <= 1).all())


    def test_results_are_not_taken_for_photos_the_next_time(self):
        self.add_photos(2)
        for _ in range(3):
            out = self.photos / "out"
            answer = json.loads(run("enhance", self.photos, "--method", "gain(factor=2)", "-o", out,
                                    "--json").stdout)
            self.assertEqual(answer["done"], 2)
        shutil.rmtree(out)
        for _ in range(2):
            result = run("study", "--dataset", "folder", self.photos, "--detector", "haar",
                         "--enhance", "none,gain", "-o", self.photos / "run", "--json")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(json.loads(result.stdout)["images"], 2)

    def test_photos_that_would_share_a_result_get_one_each(self):
        self.add_photos(1)
        shutil.copy(self.photos / "p000.png", self.photos / "other.png")
        cv2.imwrite(str(self.photos / "p000.bmp"), cv2.imread(str(self.photos / "p000.png")))
        for command in (["darken"], ["detect", "--detector", "haar", "--format", "wider"]):
            out = self.folder / command[0]
            result = run(command[0], self.photos, *command[1:], "-o", out)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(len(files_below(out)), 3)


class Models(Command):
    def test_weights_are_imported_verified_and_refused_when_they_are_others(self):
        store = self.folder / "store"
        weights = self.folder / "weights.onnx"
        weights.write_bytes(b"not the weights")
        result = run("models", "import", "sgz-curve", weights, store=store)
        self.assertEqual(result.returncode, 3)
        self.assertIn("SHA-256", result.stderr)
        self.assertEqual(run("models", "verify", store=store).returncode, 0)
        self.assertEqual(run("models", "verify", "sgz-curve", store=store).returncode, 1)
        models = json.loads(run("models", "list", "--json", store=store).stdout)
        shipped = {model["name"] for model in models if model["state"] == "shipped"}
        self.assertEqual(shipped, {"dusk", "dawn", "kin", "gauge", "llflow"})
        self.assertTrue(all(model["state"] == "absent" for model in models
                            if model["name"] not in shipped))
        mirror = self.folder / "mirror"
        mirror.mkdir()
        (mirror / "sgz-curve.onnx").write_bytes(b"not the weights")
        damaged = run("models", "verify", "sgz-curve", store=store, mirror=mirror)
        self.assertEqual(damaged.returncode, 1)
        self.assertIn(f"--mirror DIR|URL with another mirror than {mirror}", damaged.stdout)
        shared = pathlib.Path(__file__).resolve().parents[3] / "shared" / "models"
        if (shared / "sgz-curve.onnx").exists():
            result = run("models", "import", "sgz-curve", shared / "sgz-curve.onnx", store=store)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(run("models", "verify", "sgz-curve", store=store).returncode, 0)


class Learned(Command):
    def test_llflow_brightens_with_the_weights_in_the_program(self):
        self.add_photos(1)
        dark = self.folder / "dark"
        self.assertEqual(run("darken", self.photos, "--exposure", "-4", "-o", dark).returncode, 0)
        out = self.folder / "out"
        result = run("enhance", dark, "--method", "llflow", "-o", out)
        self.assertEqual(result.returncode, 0, result.stderr)
        before, after = (cv2.imread(str(folder / "p000.png")) for folder in (dark, out))
        self.assertEqual(before.shape, after.shape)
        self.assertGreater(after.mean(), 2 * before.mean())


class Detect(Command):
    def test_formats_agree_on_the_portrait(self):
        self.add_photos(2)
        answer = json.loads(run("detect", self.photos, "--detector", "haar").stdout)
        self.assertEqual(len(answer), 2)
        faces = answer[0]["faces"]
        self.assertGreaterEqual(len(faces), 1)
        x1, y1, x2, y2 = faces[0]["box"]
        self.assertTrue(0 <= x1 < x2 <= 160 and 0 <= y1 < y2 <= 160)
        rows = run("detect", self.photos, "--detector", "haar", "--format",
                   "csv").stdout.splitlines()
        self.assertTrue(rows[0].startswith("image,x1,y1,x2,y2,score"))
        self.assertEqual([float(v) for v in rows[1].split(",")[1:5]], faces[0]["box"])
        run("detect", self.photos, "--detector", "haar", "--format", "wider",
            "-o", self.folder / "wider")
        lines = (self.folder / "wider/p000.txt").read_text().splitlines()
        self.assertEqual(lines[:2], ["p000", str(len(faces))])
        self.assertEqual([float(v) for v in lines[2].split()[:4]],
                         [x1, y1, round(x2 - x1, 2), round(y2 - y1, 2)])
        run("detect", self.photos, "--detector", "haar", "--format", "darkface",
            "-o", self.folder / "darkface")
        line = (self.folder / "darkface/p000.txt").read_text().splitlines()[0]
        self.assertEqual([float(v) for v in line.split()[:4]], faces[0]["box"])

    def test_the_file_for_the_boxes_is_checked_first_and_earlier_boxes_stay(self):
        self.add_photos(1)
        faces = self.folder / "faces.json"
        faces.write_text("earlier")
        result = run("detect", self.folder / "absent", "--detector", "haar", "-o", faces)
        self.assertEqual(result.returncode, 1)
        self.assertIn("nothing is written to " + str(faces), result.stderr)
        self.assertEqual(faces.read_text(), "earlier")
        for wrong, words in ((self.photos, "it is a folder"), (faces / "below", "faces.json")):
            result = run("detect", self.photos, "--detector", "haar", "-o", wrong)
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertIn(words, result.stderr)
            self.assertNotIn("searched", result.stderr)
        link = self.folder / "link.json"
        link.symlink_to(faces)
        run("detect", self.photos, "--detector", "haar", "-o", link)
        self.assertTrue(link.is_symlink())
        self.assertEqual(len(json.loads(faces.read_text())), 1)
        result = run("detect", self.photos, "--detector", "haar", "-o", "/dev/stdout")
        self.assertEqual(json.loads(result.stdout), json.loads(faces.read_text()))

    def test_our_own_models_are_used_where_no_other_is_named(self):
        """Without any weights but those that ship."""
        self.add_photos(1)
        found = json.loads(run("detect", self.photos, "--quality").stdout)[0]["faces"]
        self.assertEqual(len(found), 1)
        self.assertTrue(0 <= found[0]["quality"] <= 1)
        self.assertNotIn("quality", json.loads(run("detect", self.photos).stdout)[0]["faces"][0])
        other = json.loads(run("detect", self.photos, "--detector", "haar", "--quality").stdout)
        self.assertIsNone(other[0]["faces"][0]["quality"])
        refused = run("detect", self.photos, "--quality", "--format", "csv")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--quality", refused.stderr)

        run("darken", self.photos, "--exposure", "-5", "-o", self.folder / "dark")
        run("enhance", self.folder / "dark", "-o", self.folder / "bright")
        dark, bright = (cv2.imread(str(next((self.folder / f).glob("*.png")))).mean()
                        for f in ("dark", "bright"))
        self.assertGreater(bright, 2 * dark)
        run("study", "--dataset", "folder", self.photos, "-o", self.folder / "run")
        asked = json.loads((self.folder / "run/run.json").read_text())
        self.assertEqual((asked["detector"], asked["enhance"]), (["dusk"], ["none", "dawn"]))


class Study(Command):
    def study(self, out, *more):
        return ["study", "--dataset", "folder", self.photos, "--enhance",
                "none,gaussian(sigma=1)+gain", "--detector", "haar", "--exposure", "0,-4",
                "-o", out, "--examples", 3, *more]

    def test_killed_at_random_points_it_goes_on_to_the_same_bytes(self):
        self.add_photos(40)
        start = time.monotonic()
        self.assertEqual(run(*self.study(self.folder / "whole")).returncode, 0)
        duration = time.monotonic() - start
        rng = random.Random(20261123)
        killed = 0
        out = self.folder / "killed"
        for _ in range(25):
            environment = dict(os.environ, EVERYFACE_MODELS="")
            process = subprocess.Popen([PROGRAM, *map(str, self.study(out))], env=environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(rng.uniform(0, duration))
                shutil.rmtree(out)  # it finished: start over
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
                killed += 1
        self.assertGreaterEqual(killed, 10, "the test killed too few runs to say anything")
        self.assertEqual(run(*self.study(out)).returncode, 0)
        leftovers = [p for p in files_below(out) if ".tmp" in p.name]
        for leftover in leftovers:  # of an atomic write that was killed: never taken for results
            (out / leftover).unlink()
        self.assert_same_files(self.folder / "whole", out)

    def test_the_photos_folder_is_no_run_folder(self):
        self.add_photos(2)
        below = self.photos / "below"
        below.mkdir()
        (self.photos / "p000.png").rename(below / "p000.png")
        for _ in range(2):
            result = run(*self.study(below))
            self.assertEqual(result.returncode, 3)
            self.assertIn("holds photos of the data set", result.stderr)
            self.assertEqual([p.name for p in below.iterdir()], ["p000.png"])
        self.assertEqual(run(*self.study(self.photos / "run")).returncode, 0)
        self.assertEqual(run(*self.study(self.photos / "run")).returncode, 0)

    def test_shards_merge_to_the_files_of_one_run(self):
        self.add_photos(7)
        self.assertEqual(run(*self.study(self.folder / "whole")).returncode, 0)
        for i in (1, 2, 3):
            result = run(*self.study(self.folder / f"part{i}", "--shard", f"{i}/3"))
            self.assertEqual(result.returncode, 0, result.stderr)
        result = run("study", "merge", self.folder / "part2", self.folder / "part3",
                     self.folder / "part1", "-o", self.folder / "merged", "--examples", 3)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assert_same_files(self.folder / "whole", self.folder / "merged")

    def test_run_folder_holds_what_the_documentation_says(self):
        self.add_photos(3)
        (self.photos / "bad.jpg").write_bytes(b"\xff\xd8\xff")
        out = self.folder / "run"
        result = run(*self.study(out, "--json", "--animate", "faces.webp"))
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("bad.jpg", result.stderr)
        answer = json.loads(result.stdout)
        self.assertEqual((answer["images"], answer["failed"]), (4, 1))
        report = json.loads((out / "report.json").read_text())
        self.assertEqual(report["schema"], "everyface.study/1")
        self.assertEqual(len(report["cells"]), 4)
        for field in ("enhance", "detector", "exposure_ev", "images", "labelled_images", "faces",
                      "predictions", "true_positives", "false_positives", "recall", "precision",
                      "score_threshold", "ap", "groups"):
            self.assertIn(field, report["cells"][0])
        for name in ("run.json", "results.jsonl", "report.html", "tables/cells.csv",
                     "tables/counts.csv", "faces.webp"):
            self.assertTrue((out / name).stat().st_size > 0, name)


@unittest.skipUnless((SHARED / "models/mobilefacenet-foamliu.onnx").exists() and
                     (SHARED / "data/lfw/image").exists(),
                     f"needs the weights and LFW photos in {SHARED}; set EVERYFACE_SHARED")
class Audit(Command):
    def setUp(self):
        super().setUp()
        people = [p for p in sorted((SHARED / "data/lfw/image").iterdir())
                  if len(list(p.iterdir())) > 1][:10]
        rows = ["path,subject,team"]
        for number, person in enumerate(people):
            for photo in sorted(person.iterdir())[:2]:
                rows.append(f"{photo},{person.name},{'red' if number % 2 else 'blue'}")
        self.table = self.folder / "people.csv"
        self.table.write_text("\n".join(rows) + "\n")

    def audit(self, out, *more):
        return run("audit", "--dataset", "csv", self.table, "--embedder", "mobilefacenet-foamliu",
                   "--exposure", "0,-5", "--enhance", "none,gaussian(sigma=1)+gain", "--fmr", 0.1,
                   "--fpir", 0.2, "-o", out, *more, mirror=SHARED / "models")

    def test_run_folder_holds_what_the_documentation_says(self):
        out = self.folder / "run"
        result = self.audit(out, "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = json.loads(result.stdout)
        self.assertEqual(answer["images"], 20)
        report = json.loads((out / "report.json").read_text())
        self.assertEqual(report["schema"], "everyface.audit/1")
        self.assertEqual(report["finding"], answer["finding"])
        self.assertEqual(len(report["cells"]), 4)
        cell = report["cells"][0]
        for field in ("embedder", "enhance", "exposure_ev", "failed_to_acquire", "verification",
                      "identification", "groups", "differentials"):
            self.assertIn(field, cell)
        self.assertEqual(cell["verification"]["mated"], 10)
        self.assertEqual(cell["verification"]["nonmated"], 180)
        page = (out / "report.html").read_text()
        self.assertIn("data:image/jpeg;base64,", page)
        self.assertIn(report["finding"].split("\u00a0")[0][:30], page)

    def test_no_faces_means_no_pictures(self):
        out = self.folder / "run"
        self.assertEqual(self.audit(out, "--no-faces").returncode, 0)
        self.assertNotIn("data:image/", (out / "report.html").read_text())
        self.assertFalse((out / "pictures").exists())

    def test_killed_it_goes_on_to_the_same_bytes(self):
        whole = self.folder / "whole"
        start = time.monotonic()
        self.assertEqual(self.audit(whole).returncode, 0)
        duration = time.monotonic() - start
        out = self.folder / "killed"
        rng = random.Random(20261124)
        for _ in range(6):
            environment = dict(os.environ, EVERYFACE_MODELS=str(SHARED / "models"))
            process = subprocess.Popen(
                [PROGRAM, "audit", "--dataset", "csv", self.table, "--embedder",
                 "mobilefacenet-foamliu", "--exposure", "0,-5", "--enhance",
                 "none,gaussian(sigma=1)+gain", "--fmr", "0.1", "--fpir", "0.2", "-o", out],
                env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(rng.uniform(0, duration))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        self.assertEqual(self.audit(out).returncode, 0)
        for name in ("results.jsonl", "run.json", "report.json", "report.html"):
            self.assertTrue(filecmp.cmp(whole / name, out / name, shallow=False), name)

    def test_wrong_usage_names_the_slip(self):
        for more, code, words in ((["--pairs", self.folder / "none.csv"], 3, "none.csv"),
                                  (["--group", "race"], 3, "team"),
                                  (["--detector", "haar"], 3, "landmarks"),
                                  (["--sides", "left"], 2, "sides")):
            result = self.audit(self.folder / "refused", *more)
            self.assertEqual(result.returncode, code, result.stderr)
            self.assertIn(words, result.stderr)


if __name__ == "__main__":
    unittest.main()
