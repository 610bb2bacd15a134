#!/usr/bin/python3
"""Scenes are found, scores are right, and a stopped run goes on as if it had not been stopped."""

import tempfile
import unittest
from pathlib import Path

from support import SHARED

import numpy as np
import torch
from PIL import Image

from data import PairCrops
from metrics import mean_and_interval, psnr, ssim
from network import LLFlow, Shape
from run import Recipe, Run
from scenes import find_scenes, held_out, pairs_of, split_pairs

STACKS = SHARED / "data" / "exposure_stacks"
SHAPE = Shape(features=16, blocks=1, stacked=(0,), steps=1, plain_steps=1, hidden=16)


def write_stacks(folder: Path, exposures: list[list[float]]) -> None:
    """Random textures, each at its exposures, numbered through."""
    random = np.random.default_rng(1)
    number = 0
    for factors in exposures:
        texture = random.integers(0, 256, (16, 16, 3)).astype(np.uint8)
        texture = np.asarray(Image.fromarray(texture).resize((128, 128), Image.BICUBIC), np.float32)
        for factor in factors:
            number += 1
            photo = Image.fromarray(np.clip(texture * factor, 0, 255).astype(np.uint8))
            photo.save(folder / f"{number}.jpg", quality=95)


class InFolder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)


class Scenes(InFolder):
    def test_limits_are_where_the_texture_changes(self):
        write_stacks(self.folder, [[0.1, 0.4, 0.9], [0.2, 0.9], [0.9, 0.1, 0.5, 1.6]])
        scenes = find_scenes(self.folder)
        names = [[frame.path.stem for frame in scene] for scene in scenes]
        self.assertEqual(names, [["1", "2", "3"], ["4", "5"], ["6", "7", "8", "9"]])

    def test_a_black_frame_does_not_split_a_scene(self):
        write_stacks(self.folder, [[0.4, 0.0, 0.9], [0.2, 0.9]])
        self.assertEqual([len(scene) for scene in find_scenes(self.folder)], [3, 2])

    def test_pairs_are_dark_frames_with_the_one_nearest_to_middle_grey(self):
        write_stacks(self.folder, [[0.1, 0.3, 0.9, 1.6]])
        pairs = pairs_of(find_scenes(self.folder)[0])
        self.assertEqual([pair.dark.stem for pair in pairs], ["1", "2"])
        self.assertEqual({pair.bright.stem for pair in pairs}, {"3"})

    def test_an_empty_folder_is_an_error_that_names_it(self):
        with self.assertRaisesRegex(FileNotFoundError, str(self.folder)):
            find_scenes(self.folder)

    @unittest.skipUnless(STACKS.is_dir(), f"{STACKS} is missing")
    def test_no_scene_of_the_stacks_is_on_both_sides_of_the_split(self):
        scenes = find_scenes(STACKS)
        self.assertEqual(sum(len(scene) for scene in scenes), 1200)
        training, kept_out = split_pairs(STACKS)
        self.assertFalse({p.scene for p in training} & {p.scene for p in kept_out})
        share = sum(map(held_out, scenes)) / len(scenes)
        self.assertTrue(0.05 < share < 0.15, share)


class Training(InFolder):
    def setUp(self):
        super().setUp()
        write_stacks(self.folder, [[0.1, 0.3, 0.9]])
        self.pairs = pairs_of(find_scenes(self.folder)[0])
        self.recipe = Recipe(
            seed=3, steps=6, rate=1e-3, betas=(0.9, 0.99), warmup=2, decay_from=0.5, average=0.9,
            gradient_limit=10.0, crop=32, batch=2, quantum=1 / 32, own_colours=0.5,
        )  # fmt: skip

    def run_in(self, name: str) -> Run:
        (self.folder / name).mkdir(exist_ok=True)
        crops = PairCrops(self.pairs, self.recipe.crop, self.recipe.batch, self.recipe.seed)
        return Run(SHAPE, self.recipe, crops, self.folder / name)

    def test_a_run_that_was_stopped_ends_with_the_same_weights(self):
        self.run_in("whole").train(6)
        self.run_in("stopped").train(4)
        self.assertFalse((self.folder / "stopped" / "weights.pth").exists())
        self.run_in("stopped").train(6)
        whole, stopped = (
            torch.load(self.folder / name / "weights.pth") for name in ("whole", "stopped")
        )
        for name, value in whole.items():
            self.assertTrue(torch.equal(value, stopped[name]), name)

    def test_likelihood_rises(self):
        batch = PairCrops(self.pairs, crop=32, batch=2, seed=3).batch(0)
        run = self.run_in("run")

        def bits() -> float:
            network = LLFlow(SHAPE)
            network.load_state_dict(torch.load(self.folder / "run" / "checkpoint.pt")["network"])
            with torch.no_grad():
                return float(network.bits_per_pixel(batch.x, batch.bright, False).mean())

        run.train(1)
        first = bits()
        run.train(6)
        self.assertLess(bits(), first)

    def test_rate_rises_stays_and_falls_to_zero(self):
        rates = [self.recipe.rate_at(step) for step in range(7)]
        np.testing.assert_allclose(rates, np.array([0.5, 1, 1, 1, 2 / 3, 1 / 3, 0]) * 1e-3)


class Metrics(unittest.TestCase):
    def test_psnr_of_a_known_error(self):
        a = np.zeros((4, 4, 3), np.uint8)
        self.assertAlmostEqual(psnr(a, a + 5), 10 * np.log10(255**2 / 25))
        self.assertEqual(psnr(a, a), float("inf"))

    def test_ssim_of_constants_is_the_luminance_term(self):
        a, b = np.full((16, 16, 3), 100, np.uint8), np.full((16, 16, 3), 50, np.uint8)
        c1 = 2.55**2
        self.assertAlmostEqual(ssim(a, b), (2 * 100 * 50 + c1) / (100**2 + 50**2 + c1))
        self.assertAlmostEqual(ssim(a, a), 1)

    def test_ssim_is_that_of_scikit_image(self):
        try:
            from skimage.metrics import structural_similarity
        except ImportError:
            self.skipTest("python3-skimage is missing")
        random = np.random.default_rng(1)
        a = random.integers(0, 256, (40, 56, 3), np.uint8)
        b = np.clip(a + random.normal(0, 20, a.shape), 0, 255).astype(np.uint8)
        expected = structural_similarity(
            a, b, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
        )
        self.assertAlmostEqual(ssim(a, b), expected, places=6)

    def test_interval_of_equal_scenes_is_a_point(self):
        self.assertEqual(mean_and_interval([3.0, 3.0, 3.0]), (3.0, 3.0, 3.0))


if __name__ == "__main__":
    unittest.main()
