"""How much the property tests try: little by default, much with REVLOOP_PROPERTY=deep."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

__all__ = ["DEEP", "effort"]

#: The environment variable that asks for the long search.
DEEP = os.environ.get("REVLOOP_PROPERTY") == "deep"

#: The long search is this many times as long, unless REVLOOP_PROPERTY_TIMES says otherwise.
_TIMES = int(os.environ.get("REVLOOP_PROPERTY_TIMES", "20"))


def effort(examples: int, *, steps: int = 50) -> settings:
    """Give the settings of one test: the same examples in every run, or many new ones."""
    return settings(
        max_examples=examples * _TIMES if DEEP else examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not DEEP,
        database=None,
        # Making a failing example small takes minutes: only where somebody waits for it.
        phases=[*([Phase.shrink] if DEEP else []), Phase.explicit, Phase.generate],
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
