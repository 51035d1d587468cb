"""Feeds and the map of the site list every page there is."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.test_browser import LANGUAGES, addresses
from tests.test_head import HOME, facts_of

ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"
# RFC 3339, as RFC 4287 wants its dates.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_feed_lists_questions_and_studies(
    site_folder: Path, language: str
) -> None:
    prefix = LANGUAGES[language]
    path = Path(site_folder, prefix, "feed.xml")
    feed = ElementTree.parse(path).getroot()
    # What RFC 4287 requires of a feed and of an entry.
    for tag in ("id", "title", "updated"):
        assert feed.findtext(ATOM + tag)
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert feed[4].attrib == {
        "rel": "self",
        "href": f"{HOME}{prefix}feed.xml",
    }
    found = {}
    times = []
    for entry in feed.iter(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        url = link.attrib["href"]
        assert entry.findtext(f"{ATOM}id") == url
        times.append(entry.findtext(f"{ATOM}updated", ""))
        assert TIME.fullmatch(times[-1])
        found[url] = [
            entry.findtext(ATOM + tag) for tag in ("title", "summary")
        ]
    assert times == sorted(times, reverse=True)
    wanted = {}
    for address in addresses():
        spoken, facts = facts_of(address)
        folder, _, name = address.removeprefix("en/").partition("/")
        if spoken == language and name and folder in ("questions", "papers"):
            said = [facts["title"], facts["description"]]
            wanted[HOME + address] = said
    assert found == wanted


def test_one_map_lists_both_languages(site_folder: Path) -> None:
    path = site_folder / "sitemap.xml"
    urls = ElementTree.parse(path).getroot()
    found = {url.findtext(f"{MAP}loc"): url for url in urls}
    assert {HOME + address for address in addresses()} <= found.keys()
    for location, url in found.items():
        assert location
        assert re.fullmatch(r"[\d-]{10}", url.findtext(f"{MAP}lastmod", ""))
        twins = {
            link.attrib["hreflang"]: link.attrib["href"]
            for link in url.iter(f"{XHTML}link")
        }
        assert set(twins) == {"ko", "en", "x-default"}
        assert location in twins.values()
        assert set(twins.values()) <= found.keys()
    packed = (site_folder / "sitemap.xml.gz").read_bytes()
    assert gzip.decompress(packed) == path.read_bytes()
    assert not (site_folder / "en/sitemap.xml").exists()
    robots = (site_folder / "robots.txt").read_text("utf-8")
    assert f"Sitemap: {HOME}sitemap.xml" in robots
