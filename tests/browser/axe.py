"""What axe says of a page. Only what breaks a rule crosses to Python: the rest of its report is a hundred times as long."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Page

VENDOR = Path(__file__).parent / "vendor"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_AXE = (VENDOR / "axe.min.js").read_text()
_ASK = """async rules => {
    const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
    return found.violations.map(each => [each.id, each.nodes.map(node => node.html)]);
}"""


async def violations(page: Page, *rules: str) -> list[list[object]]:
    """Each rule that is broken, of `rules` (empty: all that we promise), with the elements that break it."""
    await page.evaluate(_AXE)
    return await page.evaluate(_ASK, list(rules or RULES))
