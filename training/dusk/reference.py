"""What PyTorch finds in a drawn scene, which the C++ detector must find too."""
import json

import numpy as np

from training.dusk import inference

LEAST_SCORE = 0.1


def drawing(width=200, height=168):
    """A dark scene of two faces of ellipses, by arithmetic that C++ can repeat to the bit (see
    tests/detect/dusk_test.cpp)."""
    y, x = np.mgrid[0:height, 0:width]
    photo = np.stack([6 + (x * 3 + y) // 64, 5 + (x + y * 2) // 64, 4 + (x + y) // 64], 2)

    def ellipse(cx, cy, rx, ry, colour):
        photo[(x - cx) ** 2 * ry**2 + (y - cy) ** 2 * rx**2 <= rx**2 * ry**2] = colour

    for cx, cy, r in ((64, 80, 40), (150, 60, 16)):
        ellipse(cx, cy - r // 4, r + r // 8, r + r // 2, (4, 3, 3))
        ellipse(cx, cy, r, r + r // 4, (18, 24, 34))
        for side in (-1, 1):
            ellipse(cx + side * (r * 2 // 5), cy - r // 4, r // 5, r // 8, (5, 5, 6))
        ellipse(cx, cy + r // 6, r // 8, r // 5, (14, 18, 26))
        ellipse(cx, cy + r * 5 // 8, r * 3 // 8, r // 8, (8, 8, 16))
    return photo.astype(np.uint8)


def write_reference(model, path):
    """Boxes, scores and landmarks, a face a line, as JSON."""
    least = float(np.log(LEAST_SCORE / (1 - LEAST_SCORE)))
    faces = [{"box": [round(float(v), 3) for v in row[:4]],
              "score": round(float(1 / (1 + np.exp(-row[4]))), 5),
              "landmarks": np.round(row[5:].reshape(5, 2), 3).tolist()}
             for row in inference.detect(model, drawing(), least)]
    lines = ",\n".join("  " + json.dumps(face) for face in faces)
    path.write_text(f"[\n{lines}\n]\n")
