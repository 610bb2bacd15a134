#!/usr/bin/python3
"""What the trainings of dawn, kin and gauge rest on."""

import sys
import tempfile
import unittest
from pathlib import Path

from support import ROOT

sys.path.insert(0, str(ROOT))

import json

import numpy as np
import torch

from training.common.begin import begin_with
from training.common.onnx_file import in_halves, to_onnx
from training.common.run import parameters
from training.dawn import network as dawn
from training.dawn.train import similarity
from training.gauge.network import Gauge
from training.kin import faces, teach
from training.kin.network import Kin
from training.kin.surroundings import Surroundings
from training.kin.train import kin_loss


def config(model):
    return json.loads((ROOT / "training" / model / "config.json").read_text())


class Sizes(unittest.TestCase):
    def test_are_as_small_as_promised(self):
        self.assertLessEqual(parameters(dawn.Dawn(config("dawn")["widths"])), 40_000)
        self.assertLessEqual(parameters(Kin(**config("kin")["network"])), 1_200_000)
        self.assertLessEqual(parameters(Gauge(config("gauge")["widths"])), 20_000)


class Curves(unittest.TestCase):
    def setUp(self):
        self.photos = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 255
        _, self.mean = dawn.cells_of(self.photos)

    def rendered(self, gain, shoulder, detail, window=(0, 0, 64)):
        curves = torch.tensor([gain] * 3 + [shoulder, detail]).reshape(1, 5, 1, 1).expand(1, 5, 8, 8)
        return dawn.render(self.photos, self.mean, curves, window)

    def test_a_gain_of_one_changes_nothing(self):
        for shoulder in (0.01, 0.5, 1.0):
            torch.testing.assert_close(self.rendered(1.0, shoulder, 1.0), self.photos / 255)

    def test_with_hardly_a_shoulder_light_is_multiplied_and_clipped(self):
        wanted = (self.photos / 255 * 3).clamp(max=1)
        torch.testing.assert_close(self.rendered(3.0, 0.01, 1.0), wanted, atol=0.03, rtol=0)

    def test_with_a_shoulder_order_is_kept_up_to_white(self):
        self.photos = torch.linspace(0, 255, 64).expand(1, 3, 64, 64).contiguous()
        row = self.rendered(8.0, 1.0, 1.0)[0, 0, 0]
        self.assertTrue(bool((row.diff() > 0).all()))
        self.assertAlmostEqual(float(row[-1]), 1, 5)

    def test_without_detail_only_the_means_are_left(self):
        self.assertLess(float(self.rendered(1.0, 1.0, 0.0).std()),
                        0.3 * float((self.photos / 255).std()))

    def test_a_window_is_a_piece_of_the_whole(self):
        whole = self.rendered(4.0, 0.4, 0.7)
        torch.testing.assert_close(self.rendered(4.0, 0.4, 0.7, (16, 24, 32)),
                                   whole[:, :, 16:48, 24:56])

    def test_a_photo_is_like_itself(self):
        photo = self.photos / 255
        self.assertAlmostEqual(float(similarity(photo, photo)), 1, 5)
        self.assertLess(float(similarity(photo, photo.flip(3))), 0.2)


class Kinship(unittest.TestCase):
    def test_faces_are_aligned_onto_the_points(self):
        turn = np.radians(20)
        linear = 1.7 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        seen = faces.POINTS @ linear.T + [30, -12]
        matrix = faces.similarity(seen, faces.POINTS)
        np.testing.assert_allclose(seen @ matrix[:, :2].T + matrix[:, 2], faces.POINTS, atol=1e-9)

    def test_a_blend_is_the_same_whenever_it_is_made(self):
        canvases = np.random.default_rng(1).integers(0, 256, (4, 144, 144, 4), np.uint8)
        one, again = (faces.blend(canvases, 5, 7) for _ in range(2))
        np.testing.assert_array_equal(one, again)
        self.assertFalse(np.array_equal(one, faces.blend(canvases, 6, 7)))

    def test_a_reshaped_face_stays_aligned(self):
        points = np.rint(faces.POINTS + faces.MARGIN).astype(int)
        away = []
        for seed in range(20):
            for x, y in points:
                canvas = np.zeros((faces.CANVAS, faces.CANVAS, 4), np.uint8)
                canvas[y - 3 : y + 4, x - 3 : x + 4] = 255
                seen = faces._reshaped(canvas, np.random.default_rng(seed))[:, :, 0]
                moved = np.array([np.average(axis, weights=seen) for axis in np.indices(seen.shape)])
                away.append(np.linalg.norm(moved - (y, x)))
        self.assertLess(np.mean(away), 2)
        self.assertGreater(np.max(away), 1)  # of another shape all the same

    def test_surroundings_fill_what_a_photo_does_not_cover_and_nothing_else(self):
        random = np.random.default_rng(1)
        canvas = np.zeros((144, 144, 4), np.uint8)
        canvas[40:120, 30:110, :3] = random.integers(0, 256, (80, 80, 3))
        canvas[40:120, 30:110, 3] = 255
        around = Surroundings([random.integers(1, 256, (150, 160, 3), np.uint8)])
        filled = 0
        for _ in range(30):
            seen = around.put_around(canvas, random)
            np.testing.assert_array_equal(seen[40:120, 30:110], canvas[40:120, 30:110, :3])
            filled += bool(seen[:40].any())
        self.assertGreater(filled, 15)
        self.assertLess(filled, 30)  # some stay black, as the program's alignment leaves them

    def test_a_projection_keeps_inner_products_of_few_directions(self):
        random = np.random.default_rng(1)
        templates = random.normal(size=(200, 20)) @ random.normal(size=(20, 384))
        to = teach.projection(templates, 32)
        small = templates @ to
        np.testing.assert_allclose(small @ small.T, templates @ templates.T, rtol=1e-6, atol=1e-6)

    def test_the_loss_is_nothing_where_templates_are_the_targets(self):
        targets = torch.nn.functional.normalize(torch.randn(8, 16))
        config = {"relations": 20.0, "neighbours": {"weight": 0.1, "scale": 16.0}}
        known = torch.nn.functional.normalize(torch.randn(50, 16))
        parts = kin_loss((targets * 3).reshape(8, 16, 1, 1), targets, known, config)
        self.assertLess(float(parts["loss"]), 1e-5)
        self.assertGreater(float(kin_loss(-targets, targets, known, config)["away"]), 1.9)


class Beginning(unittest.TestCase):
    """A training goes on from exported weights: their norms are folded away."""

    def folded(self, model, halves=False):
        file = to_onnx(model.eval(), torch.zeros(1, 3, 112, 112), ["photo"], ["a"])
        path = Path(self.folder.name) / "model.onnx"
        path.write_bytes((in_halves(file) if halves else file).SerializeToString())
        return path

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        torch.manual_seed(3)

    def test_gives_the_network_that_was_exported(self):
        settings = {"stem": 4, "widths": [8, 12, 16], "blocks": [0, 1, 1], "dimensions": 6}
        model = Kin(**settings)
        for _ in range(3):  # norms and slopes that a training has moved
            model(torch.randn(4, 3, 112, 112))
        for part in model.modules():
            if isinstance(part, (torch.nn.BatchNorm2d, torch.nn.PReLU)):
                torch.nn.init.normal_(part.weight)
            if isinstance(part, torch.nn.BatchNorm2d):
                torch.nn.init.normal_(part.bias)
        for halves, near in ((False, 1e-4), (True, 1e-2)):
            fresh = Kin(**settings)
            photos = torch.randn(40, 3, 112, 112)
            begin_with(fresh, self.folded(model, halves), lambda: fresh(photos))
            with torch.no_grad():
                wanted, got, live = model(photos), fresh(photos), fresh.train()(photos)
            self.assertLess(float((wanted - got).abs().max() / wanted.abs().max()), near)
            # Norms hold what the examples have: with their own means the network does the same.
            self.assertLess(float((wanted - live).abs().max() / wanted.abs().max()), 10 * near)

    def test_weights_of_another_architecture_are_refused(self):
        small = {"stem": 4, "widths": [8, 12, 16], "dimensions": 6}
        path = self.folded(Kin(blocks=[0, 0, 0], **small))
        with self.assertRaisesRegex(SystemExit, "another architecture"):
            other = Kin(blocks=[0, 1, 0], **small)
            begin_with(other, path, lambda: other(torch.zeros(2, 3, 112, 112)))


if __name__ == "__main__":
    unittest.main()
