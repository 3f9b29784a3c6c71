"""Benchmarks: what the product costs, against the least that the same work can cost.

`docs/performance.md` has the figures. The product knows nothing of this package.
"""

import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = CHECKOUT / "ressourcefy"

# The product's packages are found from their own directory, wherever this is started from.
if str(PROJECT) not in sys.path:
    sys.path.insert(0, str(PROJECT))
