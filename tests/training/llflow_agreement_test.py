#!/usr/bin/python3
"""The network that the program runs is the one of PyTorch ($LLFLOW_RUN names tests/nn/llflow_run)."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support import ROOT, SHARED

import checkpoints
import cv2
import numpy as np
import torch
import yaml

from network import LLFlow, Shape
from photos import equalising_curves, network_input

RUN = pathlib.Path(os.environ.get("LLFLOW_RUN", ROOT / "build" / "release" / "tests" / "llflow_run"))
REFERENCE = SHARED / "data" / "reference" / "llflow"
AUTHORS_SMALL = {"features": 32, "blocks": 4, "stacked": [1], "steps": 4, "plain_steps": 2,
                 "hidden": 64}


class Agreement(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="everyface-agreement-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def answer(self, checkpoint, shape, photo, *options):
        """What our network answers, by a weight file made from the checkpoint: 3 x height x width."""
        config = self.folder / "net.yml"
        config.write_text(checkpoints.configuration(shape))
        weights, picture, out = (self.folder / name for name in ("weights", "photo.png", "out"))
        importer = ROOT / "training" / "llflow" / "import_checkpoint.py"
        subprocess.run(["/usr/bin/python3", importer, checkpoint, config, weights, *options],
                       check=True)
        cv2.imwrite(str(picture), photo)
        subprocess.run([RUN, weights, picture, out], check=True, stdout=subprocess.DEVNULL)
        values = np.fromfile(out, np.float32).reshape(photo.shape)
        return values[:, :, ::-1].transpose(2, 0, 1)

    def assert_agrees(self, ours, theirs, share):
        self.assertLess(np.abs(ours - theirs).max(), share * (theirs.max() - theirs.min()))

    @unittest.skipUnless(REFERENCE.exists(), f"needs {REFERENCE}")
    def test_with_the_output_of_the_authors_code(self):
        expected = np.load(REFERENCE / "LOL_smallNet_io.npz")
        ours = self.answer(REFERENCE / "LOL_smallNet_random.pth", AUTHORS_SMALL,
                           expected["crop_bgr"])
        self.assert_agrees(ours, expected["y"][0], 1e-3)

    def test_with_pytorch_for_shapes_of_all_kinds(self):
        noise = np.random.default_rng(1).integers(0, 80, (40, 72, 3), np.uint8)
        for seed, change in enumerate(({}, {"features": 48, "blocks": 3, "stacked": [0, 2]},
                                       {"steps": 2, "plain_steps": 0, "hidden": 32})):
            shape = {**checkpoints.TINY, **change}
            state = checkpoints.state_dict(shape, seed)
            checkpoint = self.folder / "net.pth"
            torch.save(state, checkpoint)
            network = LLFlow(Shape.of(yaml.safe_load(checkpoints.configuration(shape))))
            network.load_state_dict(state)
            photo = cv2.cvtColor(noise, cv2.COLOR_BGR2RGB)
            with torch.no_grad():
                x = torch.from_numpy(network_input(photo, equalising_curves(photo)))
                theirs = network(x[None])[0].numpy()
            self.assert_agrees(self.answer(checkpoint, shape, noise), theirs, 1e-4)
            self.assert_agrees(self.answer(checkpoint, shape, noise, "--half"), theirs, 1e-2)


if __name__ == "__main__":
    unittest.main()
