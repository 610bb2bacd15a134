#!/usr/bin/python3
"""The detector's training sees the darkness of the study and asks the right cells."""

import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import PROGRAM, ROOT

sys.path.insert(0, str(ROOT))

import cv2
import numpy as np
import torch

from training.common import exposure, splits
from training.common.input import to_input
from training.common.run import parameters
from training.dusk import inference, labels, metrics, scenes, sources, targets
from training.dusk.loss import dusk_loss
from training.dusk.network import Dusk


def label(x1, y1, x2, y2, kind=labels.FACE):
    row = np.full(labels.COLUMNS, np.nan, np.float32)
    row[:4], row[14] = (x1, y1, x2, y2), kind
    row[4:14] = [x1, y1, x2, y1, (x1 + x2) / 2, (y1 + y2) / 2, x1, y2, x2, y2]
    return row


class Exposure(unittest.TestCase):
    @unittest.skipUnless(PROGRAM.exists(), f"{PROGRAM} is not built")
    def test_is_distributed_as_the_programs(self):
        """Means and deviations of flat patches, whose noise differs and whose rounding does not."""
        patches = np.kron(np.arange(0, 256, 17)[:16].reshape(4, 4), np.ones((96, 96)))
        photo = np.repeat(patches[:, :, None], 3, 2).astype(np.uint8)
        with tempfile.TemporaryDirectory() as folder:
            bright = Path(folder) / "bright.png"
            cv2.imwrite(str(bright), photo)
            for ev in (-2, -4, -6, -8):
                out = Path(folder) / f"dark{ev}"
                subprocess.run([PROGRAM, "darken", bright, "-o", out, f"--exposure={ev}"], check=True,
                               capture_output=True)
                theirs = cv2.imread(str(next(out.rglob("*.png"))))
                ours = exposure.darken(photo, ev, np.random.default_rng(1))
                for level in np.unique(patches):
                    a, b = theirs[patches == level].ravel(), ours[patches == level].ravel()
                    # Five standard errors of the difference of two means of 27,648 values.
                    slack = 5 * np.hypot(a.std(), b.std()) / np.sqrt(len(a)) + 1e-3
                    self.assertLess(abs(a.mean() - b.mean()), slack, (ev, level))
                    self.assertLess(abs(a.std() - b.std()), slack, (ev, level))

    def test_leaves_a_photo_at_0_ev_alone(self):
        photo = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
        np.testing.assert_array_equal(exposure.darken(photo, 0, np.random.default_rng(1)), photo)

    def test_encodes_every_level_back(self):
        np.testing.assert_array_equal(exposure.encode(exposure.LINEAR), np.arange(256))


class Split(unittest.TestCase):
    def test_hangs_on_the_name_alone_and_keeps_the_shares(self):
        names = [f"{n}.jpg" for n in range(6000)]
        for source, share in (("lfw", 0.1), ("utkface", 1 / 3)):
            kept = np.mean([splits.is_kept_out(source, name) for name in names])
            self.assertAlmostEqual(kept, share, delta=0.02)
        self.assertFalse(splits.is_kept_out("lfw", "a.jpg"))
        self.assertTrue(splits.is_kept_out("lfw", "h.jpg"))

    def test_keeps_the_labelled_frames_of_dark_face(self):
        kept = [n for n in range(1, 12) if splits.is_kept_out("darkface", f"{n}.png")]
        self.assertEqual(kept, [4, 5, 11])


class Labels(unittest.TestCase):
    def test_teachers_that_agree_give_a_face_between_them_and_others_a_doubt(self):
        def seen(x1, y1, x2, y2, score):
            return np.append(label(x1, y1, x2, y2), score)

        first = np.array([seen(0, 0, 10, 10, 0.9), seen(50, 50, 60, 60, 0.9)])
        second = np.array([seen(2, 0, 12, 10, 0.8), seen(80, 80, 90, 90, 0.9)])
        rows = labels.agreed(first, second)
        np.testing.assert_array_equal(rows[:, 14], [labels.FACE, labels.DOUBT, labels.DOUBT])
        np.testing.assert_allclose(rows[0, :4], [1, 0, 11, 10])

    def test_move_with_the_picture(self):
        rows = np.array([label(10, 20, 30, 50)])
        half = np.array([[0.5, 0, 3], [0, 0.5, 4]])
        moved = scenes.placed(rows, half, 64)
        np.testing.assert_allclose(moved[0, :4], [8, 14, 18, 29])
        np.testing.assert_allclose(moved[0, 4:6], [8, 14])
        _, mirrored = scenes.flipped(np.zeros((64, 64, 3), np.uint8), moved, 64)
        np.testing.assert_allclose(mirrored[0, :4], [46, 14, 56, 29])
        # The left eye of the mirrored face is the right eye's mirror image.
        np.testing.assert_allclose(mirrored[0, 4:6], [64 - 18, 14])

    def test_faces_that_are_cut_or_tiny_come_to_be_in_doubt(self):
        rows = np.array([label(-6, 0, 6, 12), label(20, 20, 24, 24), label(30, 30, 40, 40)])
        moved = scenes.placed(rows, np.array([[1.0, 0, 0], [0, 1.0, 0]]), 64)
        np.testing.assert_array_equal(moved[:, 14], [labels.DOUBT, labels.DOUBT, labels.FACE])


class Scenes(unittest.TestCase):
    """Composed of one photo of noise with a face, and one without."""

    def setUp(self):
        noise = np.random.default_rng(1).integers(0, 255, (2, 160, 160, 3), np.uint8)
        face = sources.Source([noise[0]], np.array([label(50, 40, 110, 120)]), race=1)
        empty = sources.Source([noise[1]], np.zeros((0, labels.COLUMNS), np.float32))
        self.sources = {"lfw": [face], "utkface": [face], "groups": [face], "nights": [face],
                        "backgrounds": [empty]}
        self.config = {"share_of_lfw": 0.5, "most_faces": 6, "decoys": 0.3, "half_hidden": 0.5, "hard_light": 0.5}

    def test_of_every_kind_have_their_faces_inside(self):
        for kind in ("portrait", "group", "night", "crowd", "quilt", "empty"):
            composer = scenes.Composer(self.sources, {**self.config, "kinds": {kind: 1.0}}, 128)
            found = 0
            for seed in range(20):
                photo, rows, in_the_dark = composer.draw(np.random.default_rng(seed))
                self.assertEqual((photo.shape, photo.dtype), ((128, 128, 3), np.uint8))
                self.assertEqual(in_the_dark, kind == "night")
                middles = (rows[:, :2] + rows[:, 2:4])[rows[:, 14] == labels.FACE] / 2
                self.assertTrue(((middles > -1) & (middles < 129)).all(), kind)
                found += len(middles)
            self.assertEqual(found > 0, kind != "empty", kind)

    def test_a_hidden_face_is_covered_in_part_and_stays_a_face(self):
        composer = scenes.Composer(self.sources, {**self.config, "half_hidden": 1.0, "kinds": {"empty": 1}}, 128)
        rows = np.array([label(40, 40, 80, 90)])
        for seed in range(20):
            photo = np.full((128, 128, 3), 90, np.uint8)
            composer._maybe_hide(photo, rows, np.random.default_rng(seed))
            changed = (photo != 90).any(2)
            self.assertTrue(0.05 < changed[40:90, 40:80].mean() < 0.65)
            self.assertFalse(changed[:28].any() or changed[:, :26].any() or changed[:, 94:].any())
            self.assertEqual(rows[0, 14], labels.FACE)


class Targets(unittest.TestCase):
    middles = targets.cell_middles(64)

    def test_cells_come_stride_after_stride(self):
        self.assertEqual(len(self.middles), 64 + 16 + 4)
        np.testing.assert_array_equal(self.middles[[0, 9, 64, 80]],
                                      [[4, 4, 8], [12, 12, 8], [8, 8, 16], [16, 16, 32]])

    def test_a_small_face_is_asked_of_the_cells_around_its_middle(self):
        cells = targets.assign(np.array([label(11, 11, 21, 21)]), self.middles)
        self.assertEqual(cells.index.tolist(), [9, 10, 17, 18])  # middles 12 and 20, both ways
        np.testing.assert_allclose(cells.box, np.tile([11, 11, 21, 21], (4, 1)))

    def test_cells_in_doubt_take_no_part(self):
        cells = targets.assign(np.array([label(0, 0, 9, 9, labels.DOUBT)]), self.middles)
        self.assertEqual(np.flatnonzero(cells.kind == targets.IGNORED).tolist(), [0, 64])
        self.assertEqual(len(cells.index), 0)


class Metrics(unittest.TestCase):
    def test_recall_stops_where_false_boxes_are_too_many(self):
        one = (np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False]))
        self.assertEqual(metrics.recall_at([one], [4], 1)[0], 0.5)
        self.assertEqual(metrics.recall_at([one], [4], 0)[0], 0.25)
        self.assertAlmostEqual(metrics.average_precision([one], [4]), 0.25 + 0.25 * 2 / 3)

    def test_a_second_box_on_a_face_is_false_and_one_over_a_doubt_is_neither(self):
        rows = np.array([label(0, 0, 10, 10), label(30, 30, 40, 40, labels.DOUBT)])
        boxes = np.array([[0, 0, 10, 10, 0.9], [1, 0, 11, 10, 0.8], [31, 31, 41, 41, 0.7]])
        scores, hits = metrics.outcomes(boxes, rows)
        np.testing.assert_array_equal(scores, [0.9, 0.8])
        np.testing.assert_array_equal(hits, [True, False])


class Network(unittest.TestCase):
    def test_is_as_small_as_promised(self):
        self.assertLessEqual(parameters(Dusk()), 120_000)

    def test_learns_one_scene_and_then_finds_its_face(self):
        torch.manual_seed(1)
        model = Dusk(width=16, deep=16)
        photo = np.full((1, 64, 64, 3), 20, np.uint8)
        photo[0, 20:44, 20:44] = 60
        middles = targets.cell_middles(64)
        cells = targets.assign(np.array([label(20, 20, 44, 44)]), middles)
        batch = {"kind": torch.from_numpy(cells.kind[None]), "index": torch.from_numpy(cells.index),
                 "box": torch.from_numpy(cells.box), "points": torch.from_numpy(cells.points)}
        optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
        for _ in range(150):
            parts = dusk_loss(model(to_input(photo)), batch, torch.from_numpy(middles),
                              {"box": 2.0, "points": 1.0})
            optimiser.zero_grad()
            parts["loss"].backward()
            optimiser.step()
        best = inference.detect(model, photo[0], -2.0)[0]
        self.assertGreater(labels.iou(best[None], np.array([[20, 20, 44, 44]]))[0, 0], 0.7)


if __name__ == "__main__":
    unittest.main()
