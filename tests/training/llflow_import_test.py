#!/usr/bin/python3
"""`everyface models import llflow` as a person meets it ($EVERYFACE_PROGRAM names the program).

Checkpoints are made up here.
"""
import collections
import json
import os
import pathlib
import pickle
import shutil
import struct
import subprocess
import tempfile
import unittest
import zipfile

from support import PROGRAM

import checkpoints
import numpy
import torch



class Runs:
    """A pickle that would leave a file behind, if it were run."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return (os.mkdir, (str(self.trace),))


def read_weights(path):
    """The header and the tensors of a weight file, by docs/formats.md."""
    data = path.read_bytes()
    magic, version, header_bytes, length = struct.unpack_from("<8sIIQ", data)
    assert (magic, version, length) == (b"EVFWGHT\n", 1, len(data))
    header = json.loads(data[24:24 + header_bytes])
    tensors, at = {}, 24 + header_bytes
    for entry in header["tensors"]:
        at = (at + 63) // 64 * 64
        kind = {"float32": "<f4", "float16": "<f2"}[entry["type"]]
        count = int(numpy.prod(entry["shape"]))
        tensors[entry["name"]] = numpy.frombuffer(data, kind, count, at).reshape(entry["shape"])
        at += tensors[entry["name"]].nbytes
    assert at == len(data)
    return header, tensors


class Import(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="everyface-import-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.store = self.folder / "store"
        self.checkpoint = self.folder / "net.pth"
        self.config = self.folder / "net.yml"
        self.config.write_text(checkpoints.configuration(checkpoints.TINY))
        self.state = checkpoints.state_dict(checkpoints.TINY)

    def run_program(self, *arguments):
        environment = dict(os.environ, EVERYFACE_MODELS="", EVERYFACE_MODEL_DIR=str(self.store))
        return subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True,
                              env=environment, check=False)

    def import_state(self):
        torch.save(self.state, self.checkpoint)
        return self.run_program("models", "import", "llflow", self.checkpoint, self.config)

    def assert_refused(self, result, *words):
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assertFalse((self.store / "llflow.weights").exists())

    def test_a_round_trip_keeps_convolutions_and_folds_the_rest(self):
        result = self.import_state()
        self.assertEqual(result.returncode, 0, result.stderr)
        header, tensors = read_weights(self.store / "llflow.weights")
        self.assertEqual(header["network"], "llflow")
        self.assertEqual(header["configuration"], checkpoints.TINY)
        state = {name: value.double().numpy() for name, value in self.state.items()}

        numpy.testing.assert_array_equal(tensors["encoder.block0.dense2.4.weight"],
                                         state["RRDB.RRDB_trunk.0.RDB3.conv5.weight"])
        step = "flowUpsamplerNet.layers.2."
        z = numpy.arange(12.0)
        forward = state[step + "invconv.weight"] @ (
            (z + state[step + "actnorm.bias"].ravel()) * numpy.exp(state[step + "actnorm.logs"].ravel()))
        back = tensors["flow.level1.step1.matrix.weight"] @ forward + \
            tensors["flow.level1.step1.matrix.bias"]
        numpy.testing.assert_allclose(back, z, atol=1e-5)
        net = step + "affine.fAffine.4."
        numpy.testing.assert_allclose(
            tensors["flow.level1.step1.affine.2.bias"],
            state[net + "bias"] * numpy.exp(3 * state[net + "logs"].ravel()), rtol=1e-6)

        listed = json.loads(self.run_program("models", "info", "llflow", "--json").stdout)
        self.assertEqual(listed["state"], "installed")
        self.assertTrue(listed["source"].endswith("/net.pth"))

    def test_an_import_takes_the_place_of_the_one_before(self):
        self.assertEqual(self.import_state().returncode, 0)
        before = self.run_program("models", "info", "llflow").stdout
        self.state = checkpoints.state_dict(checkpoints.TINY, seed=2)
        self.assertEqual(self.import_state().returncode, 0)
        after = self.run_program("models", "info", "llflow").stdout
        self.assertNotEqual(before, after)
        self.assertEqual(self.run_program("models", "verify", "llflow").returncode, 0)

    def test_keys_of_data_parallel_training_are_taken(self):
        self.state = {"module." + name: value for name, value in self.state.items()}
        self.assertEqual(self.import_state().returncode, 0)

    def test_every_key_must_be_there_with_its_shape_and_no_other(self):
        complete = dict(self.state)
        for name in ("RRDB.conv_first.weight", "RRDB.HRconv.bias", "flowUpsamplerNet.f.0.bias"):
            self.state = {key: value for key, value in complete.items() if key != name}
            self.assert_refused(self.import_state(), name, "missing")
            self.state = dict(complete, **{name: torch.zeros(2, 3)})
            self.assert_refused(self.import_state(), name, "[2, 3]")
        self.state = dict(complete, **{"RRDB.conv_third.weight": torch.zeros(2)})
        self.assert_refused(self.import_state(), "RRDB.conv_third.weight", "no key")

    def test_another_configuration_is_refused(self):
        for change in ({"features": 32}, {"blocks": 2}, {"steps": 2}, {"hidden": 32},
                       {"plain_steps": 2}):
            self.config.write_text(checkpoints.configuration({**checkpoints.TINY, **change}))
            self.assert_refused(self.import_state(), "net.pth", "configuration")

    def test_settings_that_we_do_not_run_are_named(self):
        text = self.config.read_text()
        for before, after, word in (
                ("L: 3", "L: 4", "network_G.flow.L"),
                ("nf: 16", "nf: 20", "network_G.nf"),
                ("K: 1", "K: many", "network_G.flow.K"),
                ("enable: false", "enable: true", "split.enable"),
                ("blocks: [0]", "blocks: [7]", "stackRRDB.blocks"),
                ("scale: 1", "scale: 1\nencode_color_map: true", "encode_color_map"),
                ("conditionInFeaDim: 32", "conditionInFeaDim: 64", "conditionInFeaDim"),
                ("network_G:", "network_H:", "network_G"),
                ("model: LLFlow", "model: [", "YAML"),
                ("model: LLFlow", "model: !!python/object/apply:os.getcwd []", "YAML")):
            self.config.write_text(text.replace(before, after))
            self.assert_refused(self.import_state(), "net.yml", word)

    def test_values_that_cannot_be_run_are_named(self):
        name = "flowUpsamplerNet.layers.1.invconv.weight"
        self.state[name] = torch.ones(12, 12)
        self.assert_refused(self.import_state(), name, "inverse")
        self.state[name] = torch.full((12, 12), float("nan"))
        self.assert_refused(self.import_state(), name, "finite")
        self.state[name] = torch.ones(12, 12, dtype=torch.int64)
        self.assert_refused(self.import_state(), name, "floating-point")

    def test_a_checkpoint_that_holds_more_than_tensors_runs_nothing(self):
        trace = self.folder / "trace"
        self.state["RRDB.conv_first.weight"] = Runs(trace)
        self.assert_refused(self.import_state(), "net.pth", "more than tensors")
        self.checkpoint.write_bytes(pickle.dumps(Runs(trace)))
        self.assert_refused(
            self.run_program("models", "import", "llflow", self.checkpoint, self.config), "net.pth")
        torch.save(checkpoints.state_dict(checkpoints.TINY), self.checkpoint,
                   _use_new_zipfile_serialization=False)
        self.assert_refused(
            self.run_program("models", "import", "llflow", self.checkpoint, self.config), "1.6")
        torch.jit.script(torch.nn.Linear(2, 2)).save(str(self.checkpoint))
        self.assert_refused(
            self.run_program("models", "import", "llflow", self.checkpoint, self.config),
            "TorchScript")
        self.assertFalse(trace.exists())

    def test_other_content_is_named(self):
        self.state = {"epoch": 7, **self.state}
        self.assert_refused(self.import_state(), "epoch", "int")
        self.state = [torch.zeros(2)]
        self.assert_refused(self.import_state(), "list")

    def test_files_that_are_cut_short_or_damaged_are_refused(self):
        torch.save(collections.OrderedDict(self.state), self.checkpoint)
        whole = self.checkpoint.read_bytes()
        for length in (0, 10, len(whole) // 2, len(whole) - 1):
            self.checkpoint.write_bytes(whole[:length])
            self.assert_refused(
                self.run_program("models", "import", "llflow", self.checkpoint, self.config),
                "net.pth")
        with zipfile.ZipFile(self.checkpoint, "w") as archive:
            archive.writestr("net/data.pkl", b"\x80\x02}q\x00.")
        self.assert_refused(
            self.run_program("models", "import", "llflow", self.checkpoint, self.config), "net.pth")

    def test_files_that_are_not_there_are_named(self):
        self.assert_refused(
            self.run_program("models", "import", "llflow", self.checkpoint, self.config), "net.pth")
        torch.save(self.state, self.checkpoint)
        self.config.unlink()
        self.assert_refused(
            self.run_program("models", "import", "llflow", self.checkpoint, self.config), "net.yml")

    def test_only_networks_with_checkpoints_take_one(self):
        torch.save(self.state, self.checkpoint)
        self.assert_refused(
            self.run_program("models", "import", "yunet-n", self.checkpoint, self.config), "llflow")
        result = self.run_program("models", "import", "llflow", self.checkpoint)
        self.assertEqual(result.returncode, 2)
        self.assertIn("CONFIG.yml", result.stderr)


if __name__ == "__main__":
    unittest.main()
