"""The page in a real browser: Debian's Chromium, or any that is on the path."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest

from medpeft_sdk.analysis.report import Written

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), "")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on the path")

PHONE, DESKTOP = 390, 1200


@pytest.fixture(scope="module")
def browser() -> Iterator[sync_api.Browser]:
    with sync_api.sync_playwright() as playwright:
        # Without a sandbox, because tests may run as root; the page is our own.
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


Open = Callable[..., "sync_api.Page"]


@pytest.fixture
def opened(browser: sync_api.Browser, written: Written) -> Iterator[Open]:
    """Opens the report; whatever it complains of or asks for fails the test."""
    pages: list[sync_api.Page] = []
    complaints: list[str] = []
    requests: list[str] = []

    def open_page(width: int = DESKTOP, scheme: str = "light") -> sync_api.Page:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(written.page.as_uri())
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []
    assert set(requests) == {written.page.as_uri()}


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
def test_the_page_never_scrolls_sideways(opened: Open, width: int) -> None:
    page = opened(width)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_wide_tables_scroll_in_their_box(opened: Open) -> None:
    page = opened(PHONE)
    box = "document.querySelector('#all-methods .wide')"
    assert page.evaluate(f"{box}.scrollWidth > {box}.clientWidth")


def test_colours_follow_the_system_and_the_button(opened: Open) -> None:
    page = opened(scheme="dark")

    def colours() -> list[str]:
        return page.evaluate(
            "[document.body, document.querySelector('svg text')].map("
            "(e, i) => getComputedStyle(e)[i ? 'fill' : 'backgroundColor'])"
        )

    dark = colours()
    button = page.get_by_role("button")
    button.click()
    assert "light" in button.inner_text()
    light = colours()
    button.click()
    assert colours() == dark
    assert light == ["rgb(255, 255, 255)", "rgb(27, 31, 36)"]
    assert dark == ["rgb(21, 24, 28)", "rgb(230, 232, 235)"]


def test_print_is_light_and_shows_what_is_folded(opened: Open) -> None:
    page = opened(scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert not page.get_by_role("navigation").is_visible()
    table = "document.querySelector('details table').checkVisibility({contentVisibilityAuto: true})"
    assert page.evaluate(table)
    assert page.pdf().startswith(b"%PDF")
