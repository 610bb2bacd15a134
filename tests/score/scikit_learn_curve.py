"""Prints scikit-learn's precision-recall curve of a file of lines "label score".

One line "recall precision score" for each threshold, the highest score first. Exits with 77
where scikit-learn is not installed.
"""

import sys

try:
    import numpy
    from sklearn.metrics import precision_recall_curve
except ImportError:
    sys.exit(77)

labels, scores = numpy.loadtxt(sys.argv[1], unpack=True)
precision, recall, thresholds = precision_recall_curve(labels, scores)
# The last point, precision 1 at recall 0, has no threshold.
for point in sorted(zip(thresholds, recall, precision), reverse=True):
    print(*("%.17g" % number for number in (point[1], point[2], point[0])))
