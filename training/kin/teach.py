"""The teachers' templates of the bright faces, computed once and kept in the cache.

    python3 -m training.kin.teach [--config FILE]

The teachers are the registry's two embedders under the Apache licence. A face's target is both unit
vectors (of a photo's face the mean over it and its mirror image), one after the other: the inner product of two
targets is the mean of the teachers' cosines. A projection to the student's dimensions keeps as much of
these inner products as can be kept.
"""
import os
from multiprocessing.pool import ThreadPool

import cv2
import numpy as np

from training.common import splits
from training.common.run import read_config
from training.kin import faces

_RETAIL_POINTS = np.array([[40.3928, 59.081486], [87.375733, 59.081486], [64.0336, 81.984686],
                           [44.7324, 105.560571], [83.639867, 105.560571]])


class Teachers:
    def __init__(self):
        models = splits.shared_folder() / "models"
        self.foamliu = cv2.dnn.readNetFromONNX(str(models / "mobilefacenet-foamliu.onnx"))
        self.retail = cv2.dnn.readNetFromONNX(
            str(models / "face-reidentification-retail-0095.onnx"))
        self.to_retail = faces.similarity(faces.POINTS + faces.MARGIN, _RETAIL_POINTS)

    def foamliu_template(self, canvas):
        crop = faces.crop(canvas)[:, :, ::-1].astype(np.float32)
        crop = (crop - [123.675, 116.28, 103.53]) / [58.395, 57.12, 57.375]
        self.foamliu.setInput(crop.transpose(2, 0, 1)[None].astype(np.float32))
        return self.foamliu.forward().ravel()

    def retail_template(self, canvas):
        crop = cv2.warpAffine(canvas[:, :, :3], self.to_retail, (128, 128)).astype(np.float32)
        self.retail.setInput(np.ascontiguousarray(crop.transpose(2, 0, 1)[None]))
        return self.retail.forward().ravel()

    def template(self, canvas, mirrored):
        """384 numbers of unit length; `mirrored`: of the face and its mirror image."""
        views = [canvas, np.ascontiguousarray(canvas[:, ::-1])] if mirrored else [canvas]
        parts = [unit(sum(unit(embed(view)) for view in views))
                 for embed in (self.foamliu_template, self.retail_template)]
        return np.concatenate(parts) / np.sqrt(2)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def output():
    return splits.cache_folder("teachers") / "kin.npz"


def projection(templates, dimensions):
    """384 x dimensions, orthonormal: the directions with the largest part of all inner products."""
    _, vectors = np.linalg.eigh(templates.T @ templates)
    return np.ascontiguousarray(vectors[:, ::-1][:, :dimensions])


def _in_parallel(job, count):
    """[job(teachers, n) for n in range(count)]: a thread for every processor, each with teachers of its own."""
    threads = len(os.sched_getaffinity(0))

    def share(first):
        teachers = Teachers()
        return [job(teachers, n) for n in range(first, count, threads)]

    found = np.empty((count, 384), np.float32)
    with ThreadPool(threads) as pool:
        for first, rows in enumerate(pool.map(share, range(threads))):
            found[first::threads] = rows
    return found


def main():
    config = read_config(__doc__, __file__)
    if output().exists():
        return
    cv2.setNumThreads(1)
    _, canvases = faces.utkface(kept_out=False)
    own = _in_parallel(lambda teachers, n: teachers.template(canvases[n], True), len(canvases))
    blends = _in_parallel(
        lambda teachers, n: teachers.template(faces.blend(canvases, n, config["seed"]), False), config["blends"])
    part = output().with_suffix(".part.npz")
    np.savez(part, faces=own, blends=blends)
    os.replace(part, output())
    print(f"{len(own)} faces, {len(blends)} blends")


if __name__ == "__main__":
    main()
