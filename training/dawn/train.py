"""Trains the enhancer `dawn`.

    python3 -m training.dawn.train [--config FILE]

Takes up where it was interrupted (checkpoints in the cache every five minutes and when it is asked to
end), and ends when the steps of the configuration are done. Curves: curves.png beside the checkpoint.
"""
import torch
import torch.nn.functional as F

from training.common import splits
from training.common.run import Run, read_config
from training.dawn import network
from training.dawn.batches import Batches


def similarity(a, b):
    """SSIM (Wang et al. 2004) over every third window of 7 x 7, of each photo; values 0..1."""
    mean = lambda x: F.avg_pool2d(x, 7, 3)
    ma, mb = mean(a), mean(b)
    va, vb, vab = mean(a * a) - ma * ma, mean(b * b) - mb * mb, mean(a * b) - ma * mb
    c1, c2 = 0.01**2, 0.03**2
    index = ((2 * ma * mb + c1) * (2 * vab + c2)) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
    return index.mean((1, 2, 3))


def dawn_loss(rendered, bright, weight):
    """Mean PSNR, in tens of dB, and SSIM: what the goals ask for."""
    errors = ((rendered - bright) ** 2).mean((1, 2, 3))
    noise = torch.log10(errors + 1e-4).mean()
    alike = similarity(rendered, bright).mean()
    return {"loss": noise - weight * alike, "PSNR": -10 * torch.log10(errors + 1e-8).mean(),
            "SSIM": alike}


def main():
    config = read_config(__doc__, __file__)
    model = network.Dawn(config["widths"])
    side = config["rendered_px"]

    def planes(photos, device):
        return photos.to(device).permute(0, 3, 1, 2).float().contiguous()

    def loss(model, batch, device):
        dark, bright = planes(batch["dark"], device), planes(batch["bright"], device)
        top, left = (int(v) for v in batch["window"])
        cells, mean = network.cells_of(dark)
        curves = network.curves_of(model(cells).float())
        rendered = network.render(dark, mean, curves, (top, left, side))
        wanted = bright[:, :, top : top + side, left : left + side] / 255
        return dawn_loss(rendered, wanted, config["similarity"])

    Run(model, config, splits.cache_folder("dawn")).go(Batches(config), loss)


if __name__ == "__main__":
    main()
