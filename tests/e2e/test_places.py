"""Every page from which the platform is run, in a real browser, against the real API and lab."""

from __future__ import annotations

import pytest
from browser import NEEDS, Browser
from platforms import PlatformAtWork

pytestmark = [*NEEDS, pytest.mark.timeout(480)]


@pytest.mark.promise("SHOW-5")
async def test_every_place_opens_for_everybody_and_works_for_whoever_may_use_it(
    browser: Browser, platform: PlatformAtWork
) -> None:
    told = {
        "DASHBOARD": platform.state()["dashboard"],
        "ADMIN": platform.admin,
        "VIEWER": await platform.account("vera", "viewer"),
        "RESPONDER": await platform.account("rosa", "responder"),
        "APPROVER": await platform.account("abel", "approver"),
    }
    await browser.drive("places", told)
