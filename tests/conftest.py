"""What every test shares: the hypothesis profiles."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

# Two workers share two cores: threads of LightGBM must not spin long while they wait.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")

# Time limits of single examples would blame kernels for being compiled on their first call.
_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow], "print_blob": True}
settings.register_profile("local", max_examples=50, **_common)
settings.register_profile("ci", max_examples=100, derandomize=True, **_common)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "local"))
