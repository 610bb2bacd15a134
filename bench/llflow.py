#!/usr/bin/python3
"""LLFlow beside the same network in Debian's PyTorch: seconds of processor time a frame of 1080 x 720
and peak memory, in turns, on one thread each. Weights are random: speed does not depend on them.

Usage: llflow.py LLFLOW_RUN [TURNS] [small|standard]...
LLFLOW_RUN is build/release/tests/llflow_run. Needs PyTorch (make setup-training).
"""
import pathlib
import statistics
import subprocess
import sys
import tempfile

import cv2
import numpy

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "training"), str(ROOT / "training" / "llflow")]
try:
    import checkpoints
    import torch
except ModuleNotFoundError as missing:
    sys.exit(f"bench: LLFlow is left out: {missing}; run make setup-training")

SHAPES = {
    "small": {"features": 32, "blocks": 4, "stacked": [1], "steps": 4, "plain_steps": 2,
              "hidden": 64},
    "standard": {"features": 64, "blocks": 24, "stacked": [1, 3, 5, 7], "steps": 12,
                 "plain_steps": 2, "hidden": 64},
}

# The peer: prints seconds of the forward pass.
PYTORCH = """
import sys, time
sys.path.insert(0, sys.argv[1])
import torch, yaml
from network import LLFlow, Shape
from photos import equalising_curves, network_input, read_rgb
torch.set_num_threads(1)
network = LLFlow(Shape.of(yaml.safe_load(open(sys.argv[3]))))
network.load_state_dict(torch.load(sys.argv[2]))
photo = read_rgb(sys.argv[4])
x = torch.from_numpy(network_input(photo, equalising_curves(photo)))[None]
with torch.no_grad():
    begin = time.process_time()
    network(x)
    print(time.process_time() - begin)
"""


def measured(command):
    """Seconds that the command prints, and its peak memory in MB."""
    result = subprocess.run(["/usr/bin/time", "-f", "%M", *map(str, command)], check=True,
                            capture_output=True, text=True)
    return float(result.stdout), int(result.stderr.splitlines()[-1]) / 1024


def make_files(folder, shape):
    checkpoint, config, weights = (folder / name for name in ("net.pth", "net.yml", "weights"))
    torch.save(checkpoints.state_dict(shape), checkpoint)
    config.write_text(checkpoints.configuration(shape))
    subprocess.run([sys.executable, ROOT / "training/llflow/import_checkpoint.py", checkpoint, config,
                    weights], check=True)
    return checkpoint, config, weights


def main():
    run = pathlib.Path(sys.argv[1])
    turns = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    print("| network | seconds | PyTorch, seconds | ratio | peak, MB | PyTorch, MB | ratio |")
    print("|---|---|---|---|---|---|---|")
    for name in sys.argv[3:] or SHAPES:
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            checkpoint, config, weights = make_files(folder, SHAPES[name])
            frame = folder / "frame.png"
            noise = numpy.random.default_rng(1).integers(0, 60, (720, 1080, 3), numpy.uint8)
            cv2.imwrite(str(frame), cv2.GaussianBlur(noise, (0, 0), 3))
            ours, theirs = [], []
            for _ in range(turns):
                ours.append(measured([run, weights, frame, folder / "out"]))
                theirs.append(measured([sys.executable, "-c", PYTORCH, ROOT / "training/llflow",
                                        checkpoint, config, frame]))
        seconds, peak = (statistics.median(one[i] for one in ours) for i in range(2))
        seconds_peer, peak_peer = (statistics.median(one[i] for one in theirs) for i in range(2))
        print(f"| {name} | {seconds:.2f} | {seconds_peer:.2f} | {seconds_peer / seconds:.1f} | "
              f"{peak:.0f} | {peak_peer:.0f} | {peak / peak_peer:.2f} |", flush=True)


if __name__ == "__main__":
    main()
