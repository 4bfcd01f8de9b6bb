"""Makes the pictures of the page of a week in docs: python -m tests.e2e.pictures."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e.browser import look_at
from tests.e2e.made_up_week import made_up_page

_PICTURES = ("desk light", "phone dark")


def main() -> None:
    """Write them over those that are there."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "week.html"
        page.write_text("".join(made_up_page()), encoding="utf-8")
        look_at({page: _PICTURES}, pictures=ROOT / "docs" / "pictures")


if __name__ == "__main__":
    main()
