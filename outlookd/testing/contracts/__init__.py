"""What every implementation of a port or a plugin protocol must do, as test classes to inherit from.

    from outlookd.testing.contracts.transform import TransformContract

    class TestStars(TransformContract):
        transform = Stars()
        values = st.integers(0, 9).map("*".__mul__)

pytest collects the inherited claims. `transform` needs Hypothesis; `store`, `accounts`, `gopaas`, `folder` and `calendar` are
asynchronous and need pytest-asyncio in its automatic mode. Neither is a run-time dependency of outlookd, so nothing else imports
these modules.
"""

from __future__ import annotations

import pytest

# Must be said before the modules are imported: otherwise a claim that fails would not show its values.
pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in (
            "accounts",
            "adapter",
            "calendar_reading",
            "calendar_rules",
            "calendar_series",
            "calendar_writing",
            "folder",
            "gopaas",
            "store_intents",
            "store_jobs",
            "store_links",
            "store_readings",
            "transform",
        )
    )
)
