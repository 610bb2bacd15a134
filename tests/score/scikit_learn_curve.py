"""Prints a curve by scikit-learn of a file of lines "label score".

precision-recall: a line "recall precision score" for each threshold, the highest score first.
roc: a line "false-positive-rate true-positive-rate score" for each threshold, the highest first.
Exits with 77 where scikit-learn is not installed.
"""

import sys

try:
    import numpy
    from sklearn.metrics import precision_recall_curve, roc_curve
except ImportError:
    sys.exit(77)

labels, scores = numpy.loadtxt(sys.argv[2], unpack=True)
if sys.argv[1] == "roc":
    # The first point lies above all scores, at a threshold that depends on the version.
    points = list(zip(*roc_curve(labels, scores, drop_intermediate=False)))[1:]
else:
    precision, recall, thresholds = precision_recall_curve(labels, scores)
    # The last point, precision 1 at recall 0, has no threshold.
    points = [(r, p, t) for t, r, p in sorted(zip(thresholds, recall, precision), reverse=True)]
for point in points:
    print(*("%.17g" % number for number in point))
