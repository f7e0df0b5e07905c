"""`idp risk evaluate`: a login history in, the figures out."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.cli.evaluation.figures import auc
from idp.cli.evaluation.rows import read_rows
from idp.cli.main import main
from tests.cli.logins import DAYS, PEOPLE, write_logins

KINDS = ["naive", "vpn", "targeted", "targeted_isp", "takeover"]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_logins(tmp_path_factory.mktemp("logins") / "logins.csv.gz")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["risk", "evaluate", *arguments], prog_name="idp")


def figures(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_evaluate_prints_the_shape_that_programs_read(history: Path) -> None:
    """Exactly these members (surface.md, Command line)."""
    shown = figures(str(history))
    assert list(shown) == ["rows", "scored", "attackers", "cold", "microseconds"]
    assert list(shown["attackers"]) == KINDS
    assert all(list(each) == ["auc", "challenged_at_tpr_99", "recall_at_5"] for each in shown["attackers"].values())
    assert list(shown["cold"]) == ["auc", "recall_at_5"]
    assert list(shown["microseconds"]) == ["p50", "p99"]
    assert shown["rows"] == sum(1 for _ in read_rows(history, with_cookie=True))
    assert shown["scored"] == PEOPLE * DAYS // 2 - PEOPLE


def test_evaluate_is_repeatable(history: Path) -> None:
    """The same file gives the same figures."""
    first, second = (figures(str(history))["attackers"] for _ in range(2))
    assert first == second


def test_evaluate_finds_attackers_and_the_cookie_helps(history: Path, tmp_path: Path) -> None:
    """Blanking the column is as good as a file without it, and costs challenges."""
    with_cookie = figures(str(history))["attackers"]
    blanked = figures(str(history), "--without-cookie")["attackers"]
    without = figures(str(write_logins(tmp_path / "public.csv", with_cookie=False)))["attackers"]
    assert blanked == without
    assert with_cookie["naive"]["auc"] > 0.97
    assert with_cookie["takeover"]["auc"] > 0.97
    for kind in KINDS:
        assert with_cookie[kind]["challenged_at_tpr_99"] <= blanked[kind]["challenged_at_tpr_99"]


@pytest.mark.parametrize(
    ("cookie_days", "challenged", "auc"), [(6, 0.04, 0.99), (1, 0.12, 0.97)], ids=["often", "always"]
)
def test_evaluate_holds_where_cookies_are_lost(tmp_path: Path, cookie_days: int, challenged: float, auc: float) -> None:
    """Where none survives it costs those who travel, one sign-in in nine: who copies everything else gains nothing."""
    found = figures(str(write_logins(tmp_path / "logins.csv", cookie_days=cookie_days)))["attackers"]
    assert max(each["challenged_at_tpr_99"] for each in found.values()) <= challenged
    assert min(each["auc"] for each in found.values()) > auc


def test_evaluate_compares_with_what_is_not_forgotten(tmp_path: Path) -> None:
    """After so many days without a sign-in somebody has no past, in the figures as at the door."""
    file = write_logins(tmp_path / "logins.csv")
    assert figures(str(file), "--keep-days", "1")["scored"] < figures(str(file))["scored"]


def test_evaluate_chance_knows_nothing(history: Path) -> None:
    """A measurement that found something here would find it everywhere."""
    found = figures(str(history), "--model", "chance")["attackers"]
    for kind in ("naive", "vpn", "targeted", "targeted_isp"):
        assert found[kind]["auc"] == pytest.approx(0.5, abs=0.05)


def test_evaluate_measures_the_published_score_too(history: Path) -> None:
    """It finds naive attackers, and those who copy the owner less than ours does."""
    published, ours = figures(str(history), "--model", "freeman"), figures(str(history))
    assert published["attackers"]["naive"]["auc"] > 0.8
    assert published["attackers"]["targeted_isp"]["auc"] < ours["attackers"]["targeted_isp"]["auc"]


def test_evaluate_shows_the_table_to_people(history: Path) -> None:
    """Thresholds, intervals, counts, budgets, bands and cost."""
    result = run(str(history), "--budget", "20", "--split", "report", "--attackers", "naive,takeover")
    assert result.exit_code == 0
    for words in ("95 % interval", "median challenges after", "20 %", "sign-ins before", "microseconds"):
        assert words in result.stdout
    assert "targeted" not in result.stdout


def test_evaluate_says_how_far_it_is(history: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On stderr, so that stdout can be piped."""
    monkeypatch.setattr("idp.cli.risk._TOLD_EVERY", 500)
    result = run(str(history), "--json")
    assert "500 rows" in result.stderr
    assert json.loads(result.stdout)


def test_evaluate_of_a_history_without_attackers(tmp_path: Path) -> None:
    """Nothing to compare with is told as nothing."""
    file = write_logins(tmp_path / "logins.csv")
    head, first, *_ = file.read_text().splitlines()
    file.write_text(f"{head}\n{first}\n")
    shown = figures(str(file))
    assert (shown["rows"], shown["scored"], shown["attackers"], shown["cold"]) == (1, 0, {}, None)
    assert "1 rows" in run(str(file)).stdout


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [("a,b\n1,2\n", 1, "lacks the columns"), (None, 2, "does not exist")],
)
def test_evaluate_refuses_what_is_no_history(tmp_path: Path, content: str | None, code: int, words: str) -> None:
    """Named columns are missing, or there is no file."""
    file = tmp_path / "logins.csv"
    if content:
        file.write_text(content)
    result = run(str(file))
    assert (result.exit_code, words in result.output) == (code, True)


def test_evaluate_names_the_line_that_cannot_be_read(tmp_path: Path) -> None:
    """And stops there, rather than measure half a history."""
    file = write_logins(tmp_path / "logins.csv")
    lines = file.read_text().splitlines()
    file.write_text("\n".join([*lines[:3], lines[3].replace("2020-02-03", "yesterday"), *lines[4:]]))
    result = run(str(file))
    assert (result.exit_code, "logins.csv:4:0: cannot be read" in result.output) == (1, True)


def test_evaluate_knows_its_attackers(history: Path) -> None:
    """A misspelt one is not silently nobody."""
    assert run(str(history), "--attackers", "naiv").exit_code == 2


def test_auc_counts_ties_half() -> None:
    """By hand: of 4 pairs 2 above, 1 tie."""
    assert auc([1.0, 2.0], [2.0, 3.0]) == (1 + 0.5 + 1 + 1) / 4
