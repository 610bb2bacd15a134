"""A training's log (a JSON object a line) and the picture of its curves."""
import json
import math

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def append_log(path, row):
    with open(path, "a") as file:
        file.write(json.dumps(row) + "\n")


def cut_log(path, step):
    """Drops rows beyond `step`, which a training resumed from there will write again."""
    if not path.exists():
        return
    rows = [line for line in path.read_text().splitlines() if json.loads(line)["step"] <= step]
    path.write_text("".join(line + "\n" for line in rows))


def draw_curves(log, picture):
    """One small chart for each quantity in the log, against the step."""
    rows = [json.loads(line) for line in log.read_text().splitlines()]
    names = sorted({key for row in rows for key in row} - {"step"})
    columns = min(3, len(names))
    lines = math.ceil(len(names) / columns)
    figure, axes = plt.subplots(lines, columns, figsize=(4 * columns, 2.6 * lines), squeeze=False)
    for axis in axes.flat[len(names) :]:
        axis.axis("off")
    for axis, name in zip(axes.flat, names):
        points = [(row["step"], row[name]) for row in rows if name in row]
        axis.plot(*zip(*points), linewidth=1)
        axis.set_title(name, fontsize=9)
        axis.tick_params(labelsize=7)
        axis.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(picture, dpi=90)
    plt.close(figure)
