"""The results of the benchmarks: what is kept, and what the pages show of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from benchmarks import chart, results, tables
from benchmarks.__main__ import PRINTED, SCENARIOS
from benchmarks.results import Line, Results, Section
from benchmarks.timing import Time

FIGURES = {"mimekit": Time(0.00002, 0.000021), "other": Time(0.0009, 0.0009)}
BUILD = Section(
    "build",
    "Build to octets",
    "Beside <others>.",
    "\u00b5s",
    (
        Line("text", FIGURES, "other", 40),
        Line("too slow", FIGURES, "other", 50),
        Line("alone", {"mimekit": Time(0.002, 0.002)}, "other", 3),
        Line("of a limit", {"mimekit": Time(2e-6, 2e-6), "third": Time(1.5e-6, 1.6e-6)}, "third", 0.7, "share"),
        Line("nothing wanted", FIGURES, "other"),
    ),
)
MEMORY = Section("memory", "Memory", "", "MiB", (Line("a stream", {"mimekit": Time(4.5, 4.5)}, "", 40, "under"),))
RESULTS = Results("2026-11-25", "a processor", "CPython 3.12.1", {"mimekit": "0.1.0"}, (BUILD, MEMORY))


def row(block: str, what: str) -> list[str]:
    """Give the cells of the row of *what*."""
    (found,) = re.findall(rf"(?m)^\| (?:[^|]*: )?{re.escape(what)} \|(.*)\|$", block)
    return [cell.strip() for cell in found.split("|")]


def test_a_results_file_reads_back_as_what_was_written(tmp_path: Path) -> None:
    results.write(RESULTS, tmp_path / "new" / "2026-11-25.json")
    assert results.read(tmp_path / "new" / "2026-11-25.json") == RESULTS


def test_a_results_file_holds_the_ratios_for_other_readers(tmp_path: Path) -> None:
    results.write(RESULTS, tmp_path / "r.json")
    lines = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["sections"][0]["lines"]
    assert [line["ratio"] for line in lines] == [45, 45, None, 0.75, 45]


def test_the_newest_results_are_those_of_the_latest_date(tmp_path: Path) -> None:
    assert results.newest(tmp_path) is None
    for date in ("2026-09-30", "2026-11-25", "2026-11-03"):
        results.write(RESULTS._replace(date=date), tmp_path / f"{date}.json")
    newest = results.newest(tmp_path)
    assert newest is not None
    assert newest.name == "2026-11-25.json"


def test_what_is_wanted_is_met_or_not_and_never_by_what_was_not_measured() -> None:
    assert [line.is_met for line in (*BUILD.lines, *MEMORY.lines)] == [True, False, None, True, None, True]
    heavy = MEMORY.lines[0]._replace(figures={"mimekit": Time(40.0, 40.0)})
    assert heavy.is_met is False


def test_a_table_shows_figures_ratio_and_what_is_wanted() -> None:
    block = tables.for_performance(RESULTS)
    assert row(block, "text") == ["20.0 (21.0)", "900", "", "other", "45.0x", ">= 40x"]
    assert row(block, "too slow")[-1] == ">= 50x, missed"
    assert row(block, "of a limit") == ["2.0", "", "1.5 (1.6)", "third", "75%", ">= 70%"]
    assert row(block, "a stream") == ["4.5", "under 40 MiB"]


def test_a_library_that_cannot_do_something_has_an_empty_cell_and_no_ratio() -> None:
    assert row(tables.for_performance(RESULTS), "alone") == ["2,000", "", "", "", "", ">= 3x"]


def test_a_scenario_whose_input_was_not_there_is_not_shown() -> None:
    empty = MEMORY._replace(title="Of the corpus", lines=())
    assert "Of the corpus" not in tables.for_performance(RESULTS._replace(sections=(BUILD, empty)))


def test_the_readme_has_the_lines_of_which_something_is_wanted() -> None:
    block = tables.for_readme(RESULTS)
    assert row(block, "text") == ["20.0 \u00b5s", "900 \u00b5s", "other", "45.0x", ">= 40x"]
    assert "nothing wanted" not in block


def test_the_pages_say_when_and_where_it_was_measured() -> None:
    for block in (tables.for_readme(RESULTS), tables.for_performance(RESULTS)):
        assert "2026-11-25: CPython 3.12.1, a processor; mimekit 0.1.0." in block


def test_a_block_replaces_what_stands_between_its_markers_and_nothing_else() -> None:
    page = "a\n<!-- table of benchmarks: begin -->\nold\n<!-- table of benchmarks: end -->\nb\n"
    assert tables.put(page, "new \\1\n") == page.replace("old", "new \\1")
    with pytest.raises(ValueError, match="0 pairs of the markers"):
        tables.put("a page", "new")


def test_the_chart_has_a_bar_for_each_ratio() -> None:
    drawn = chart.draw(RESULTS._replace(date="<today>"))
    texts = [element.text for element in ET.fromstring(drawn).iter() if element.text]  # noqa: S314 - it is ours
    assert [text for text in texts if text.endswith((" other", " third"))] == [*["45.0x other"] * 3, "75% third"]
    assert "build: text" in texts


def test_what_is_shown_is_what_the_newest_results_say() -> None:
    newest = results.newest()
    assert newest is not None
    for path, text in tables.pages(results.read(newest)).items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: python -m benchmarks.tables writes it anew"


def test_the_newest_results_are_of_every_scenario() -> None:
    newest = results.newest()
    assert newest is not None
    assert [section.name for section in results.read(newest).sections] == list(SCENARIOS)


def test_the_page_names_every_part_that_can_be_run() -> None:
    page = tables.PERFORMANCE.read_text(encoding="utf-8").partition("## What to make of it")[0]
    assert {*SCENARIOS, *PRINTED} <= set(re.findall(r"`([a-z0-9-]+)`", page))


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_a_scenario_says_what_it_measures_and_against_whom(scenario: object) -> None:
    title, blank, *about = (scenario.__doc__ or "").strip().splitlines()
    assert title.endswith(".")
    assert not blank
    assert about
