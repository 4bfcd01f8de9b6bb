"""Makes the suite's assertions tell what they compared."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.contract.suite")
