"""What the tests of training/ share. Importing it ends the test program as skipped without PyTorch."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("EVERYFACE_SHARED", ROOT.parent / "shared"))
PROGRAM = Path(os.environ.get("EVERYFACE_PROGRAM", ROOT / "build" / "release" / "everyface"))
SKIPPED = 77  # tests/CMakeLists.txt: SKIP_RETURN_CODE

sys.path.insert(0, str(ROOT / "training" / "llflow"))
try:
    import cv2  # noqa: F401
    import matplotlib  # noqa: F401
    import torch
    import yaml  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}; make setup-training installs what training/ needs")
    sys.exit(SKIPPED)

torch.set_num_threads(1)
