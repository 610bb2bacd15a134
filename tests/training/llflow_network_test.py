#!/usr/bin/python3
"""The network of training/llflow is the authors', and its flow is one."""

import unittest

from support import ROOT, SHARED

import cv2
import numpy as np
import torch
import yaml

from network import LLFlow, Shape
from photos import equalising_curves, network_input

REFERENCE = SHARED / "data" / "reference" / "llflow"
AUTHORS_SMALL = Shape(features=32, blocks=4, stacked=(1,), steps=4, plain_steps=2, hidden=64)
TINY = Shape(features=16, blocks=1, stacked=(0,), steps=1, plain_steps=1, hidden=16)


def tiny_network() -> LLFlow:
    """With random values where training would start from zeros, so that every part has an effect."""
    torch.manual_seed(1)
    network = LLFlow(TINY).double()
    for parameter in network.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    return network


class Reference(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not REFERENCE.is_dir():
            raise unittest.SkipTest(f"{REFERENCE} is missing")
        cls.sample = np.load(REFERENCE / "LOL_smallNet_io.npz")

    def test_input_is_that_of_the_authors(self):
        rgb = self.sample["crop_bgr"][..., ::-1]
        x = network_input(rgb, equalising_curves(rgb))
        np.testing.assert_allclose(x, self.sample["x"][0], atol=1e-6)

    def test_checkpoint_loads_strictly_and_output_is_that_of_the_authors(self):
        state = torch.load(REFERENCE / "LOL_smallNet_random.pth")
        network = LLFlow(AUTHORS_SMALL)
        network.load_state_dict({name: value.float() for name, value in state.items()}, strict=True)
        with torch.no_grad():
            y = network(torch.from_numpy(self.sample["x"])).numpy()
        expected = self.sample["y"]
        self.assertLess(np.abs(y - expected).max(), 1e-3 * np.ptp(expected))


class Flow(unittest.TestCase):
    def test_inverse_undoes_the_flow(self):
        network = tiny_network()
        x, bright = torch.rand(2, 6, 16, 24).double(), torch.rand(2, 3, 16, 24).double()
        with torch.no_grad():
            conditions, _ = network.RRDB(x)
            latent, _ = network.flowUpsamplerNet(bright, conditions)
            back = network.flowUpsamplerNet.inverse(latent, conditions)
        torch.testing.assert_close(back, bright, rtol=0, atol=1e-5)  # 1e-4 floors of scales

    def test_volume_is_the_log_determinant_of_the_jacobian(self):
        network = tiny_network()
        x, bright = torch.rand(1, 6, 8, 8).double(), torch.rand(1, 3, 8, 8).double()
        conditions, _ = network.RRDB(x)
        flow = network.flowUpsamplerNet
        jacobian = torch.autograd.functional.jacobian(lambda y: flow(y, conditions)[0], bright)
        _, expected = torch.slogdet(jacobian.reshape(192, 192))
        torch.testing.assert_close(flow(bright, conditions)[1][0], expected)

    def test_first_batch_leaves_every_norm_with_mean_0_and_deviation_1(self):
        torch.manual_seed(1)
        network = LLFlow(TINY)
        x, bright = torch.rand(4, 6, 32, 32), torch.rand(4, 3, 32, 32)
        network.initialise(x, bright)
        outputs = []
        for layer in network.flowUpsamplerNet.layers:
            if hasattr(layer, "actnorm"):
                layer.actnorm.register_forward_hook(lambda _m, _x, y: outputs.append(y.detach()))
        network.bits_per_pixel(x, bright, own_colours=False)
        self.assertEqual(len(outputs), 6)
        for output in outputs:
            means, deviations = output.mean((0, 2, 3)), output.std((0, 2, 3), unbiased=False)
            self.assertLess(means.abs().max(), 1e-4)
            self.assertLess((deviations - 1).abs().max(), 1e-3)


class Photos(unittest.TestCase):
    def test_equalisation_is_that_of_opencv(self):
        random = np.random.default_rng(1)
        photos = [
            random.integers(0, 40, (31, 45, 3), np.uint8),
            random.integers(0, 256, (64, 64, 3), np.uint8),
            np.full((8, 8, 3), 7, np.uint8),
        ]
        for rgb in photos:
            curves = equalising_curves(rgb)
            for channel in range(3):
                plane = np.ascontiguousarray(rgb[..., channel])
                np.testing.assert_array_equal(curves[channel][plane], cv2.equalizeHist(plane))


class Configuration(unittest.TestCase):
    def test_ours_is_of_the_family(self):
        config = yaml.safe_load((ROOT / "training/llflow/llflow-small.yml").read_text())
        self.assertEqual(Shape.of(config).condition, config["network_G"]["flow"]["conditionInFeaDim"])

    def test_another_family_is_refused(self):
        config = yaml.safe_load((ROOT / "training/llflow/llflow-small.yml").read_text())
        config["network_G"]["flow"]["L"] = 4
        with self.assertRaisesRegex(ValueError, "L: 3"):
            Shape.of(config)


if __name__ == "__main__":
    unittest.main()
