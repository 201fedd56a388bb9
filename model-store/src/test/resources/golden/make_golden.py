# SPDX-License-Identifier: Apache-2.0
"""Makes tiny.safetensors with the reference implementation (PyPI: safetensors 0.8.0, numpy).

Run it beside the file: python3 make_golden.py
"""

import numpy as np
from safetensors.numpy import save_file

save_file(
    {
        "layer1.weight": np.array([[1.5, -2.25, 0.0], [1e-40, np.inf, 3.4028235e38]], dtype="<f4"),
        "layer1.bias": np.array([-0.0], dtype="<f4"),
        "precision": np.array([1 / 3, 5e-324], dtype="<f8"),
        "step": np.array(-(2**63), dtype="<i8"),
        "none": np.zeros((0, 7), dtype="<f4"),
        "größe": np.array([1, 2], dtype="<i8"),
    },
    "tiny.safetensors",
)
