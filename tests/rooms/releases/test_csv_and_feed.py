"""The CSV and the feed, as their readers see them."""

import csv
import io
import json
from decimal import Decimal

import pytest
from small_figures import CALENDAR, MONTHS, RELEASE, SEPTEMBER, figure

from holdfast.errors import Bug, DefinitionError
from holdfast.releases.feed import feed, schema
from holdfast.releases.monthly_csv import COLUMNS, csv_name, monthly_csv
from holdfast.releases.release import FigureState


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline=""), strict=True))


def complaints(content: bytes) -> list[str]:
    """What the published schema says against a feed document."""
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    return [each.message for each in validator.iter_errors(json.loads(content))]


def test_the_csv_reads_back_with_every_value_exact(matches_snapshot):
    """Lines end in CRLF, the total comes first, values keep their four decimals."""
    content = monthly_csv(SEPTEMBER, CALENDAR, MONTHS)

    read = rows(content)
    assert tuple(read[0]) == COLUMNS
    assert content.count(b"\r\n") == content.count(b"\n") == len(read) + 1
    assert [(each["segment"], each["value"]) for each in read if each["metric"] == "profit"] == [
        ("", "1234567.5000"),
        ("region=EU", "-500.2500"),
        ("region=UK", ""),
    ]
    assert read[0]["previous_period_value"] == "1000000.0000"
    assert read[0]["same_period_last_year_value"] == "0.0000"
    matches_snapshot("aggregate_profit-2026-09.csv", content)


def test_a_held_figure_shows_its_last_good_value_or_nothing():
    """Held revenue keeps 880 as of the 16th; UK profit, never published, has empty cells."""
    by_key = {(each["metric"], each["segment"]): each for each in rows(monthly_csv(SEPTEMBER, CALENDAR))}

    held, never = by_key["revenue", ""], by_key["profit", "region=UK"]
    assert (held["value"], held["as_of"], held["state"]) == ("880.0000", "2026-09-16", "held")
    assert held["note"].startswith("held; last good value as of 2026-09-16")
    assert (never["value"], never["as_of"], never["published_at"], never["version"]) == ("", "", "", "0")


@pytest.mark.parametrize(
    "member", ["=1+1", "+cmd", "-2", "@sum", "\tx", "'already", 'quo"te,comma', "line\r\nbreak"]
)
def test_text_that_a_spreadsheet_would_run_is_disarmed_and_can_be_had_back(member: str):
    """A risky cell begins with one apostrophe more; taking it off gives the exact text. Numbers stay numbers."""
    content = monthly_csv([figure("month", "2026-09", "profit", "-1.5000", segment=member)], CALENDAR)

    row = rows(content)[0]
    assert row["segment"][0] not in "=+-@\t"
    assert row["segment"].removeprefix("'") == member
    assert row["value"] == "-1.5000"


def test_the_order_figures_come_in_does_not_matter():
    """Same figures, same bytes."""
    assert monthly_csv(SEPTEMBER, CALENDAR) == monthly_csv(reversed(SEPTEMBER), CALENDAR)
    assert feed(SEPTEMBER, RELEASE, "GBP") == feed(reversed(SEPTEMBER), RELEASE, "GBP")


@pytest.mark.parametrize("name", ["../x", "", "a/b", ".hidden"])
def test_a_period_whose_name_cannot_name_a_file_is_refused(name: str):
    """The calendar is the team's data; it does not choose folders."""
    with pytest.raises(DefinitionError, match="cannot name a file"):
        csv_name("aggregate_profit", name)


def test_the_feed_keeps_to_its_schema(matches_snapshot):
    """Values are decimal strings, null where there is none; the head names release and currency."""
    content = feed(SEPTEMBER, RELEASE, "GBP")

    said = json.loads(content)
    assert complaints(content) == []
    assert (said["release"], said["generated_at"], said["currency"]) == (7, "2026-10-01T03:00:00Z", "GBP")
    assert [each["value"] for each in said["figures"]] == ["1234567.5000", "-500.2500", None, "880.0000"]
    matches_snapshot("feed.json", content)


@pytest.mark.parametrize("value", [1.5, "1e5", "NaN", "1,000"])
def test_the_schema_refuses_what_is_not_a_plain_decimal_string(value: object):
    """A number, an exponent or a separator in a value is an error for the reader, too."""
    said = json.loads(feed(SEPTEMBER, RELEASE, "GBP"))
    said["figures"][0]["value"] = value

    assert complaints(json.dumps(said).encode()) != []


def test_the_schema_refuses_what_it_does_not_name():
    """A misspelt key is noticed, at the top and in a figure; so is a key left out."""
    for change in ({"figure": []}, {"figures": [{"values": "1"}]}):
        said = json.loads(feed(SEPTEMBER, RELEASE, "GBP")) | change
        assert complaints(json.dumps(said).encode()) != []


def test_an_empty_feed_is_still_a_feed():
    """A pipeline whose figures are all of other grains delivers an empty list."""
    assert json.loads(feed([], RELEASE, "GBP"))["figures"] == []


def test_large_and_zero_values_are_plain():
    """No exponent, no minus zero; a NaN is our own mistake and stops."""
    values = [Decimal("1E+20"), Decimal("-0.0000"), Decimal("0.0000001")]
    figures = [figure("month", "2026-09", f"m{at}", str(value)) for at, value in enumerate(values)]

    assert [each["value"] for each in rows(monthly_csv(figures, CALENDAR))] == [
        "1" + "0" * 20,
        "0.0000",
        "0.0000001",
    ]
    with pytest.raises(Bug):
        monthly_csv([figure("month", "2026-09", "m", "NaN")], CALENDAR)


@pytest.mark.parametrize(("value", "shown"), [(None, ""), ("900000.0000", "900000.0000")])
def test_a_withdrawn_figure_goes_out_as_withdrawn(value: str | None, shown: str):
    """Without a value, or with the one that was signed before; feed and CSV say so and why, and so does no other."""
    august = figure("month", "2026-08", "profit", value, state=FigureState.WITHDRAWN, version=2, reason="withdrawn by jo")
    september = figure("month", "2026-09", "profit", "5.0000")

    document = feed([august], RELEASE, "GBP")
    [told] = json.loads(document)["figures"]
    [own] = rows(monthly_csv([august], CALENDAR))
    [beside] = rows(monthly_csv([september], CALENDAR, [august, september]))

    assert (told["state"], told["value"], told["version"], told["reason"]) == ("withdrawn", value, 2, "withdrawn by jo")
    assert complaints(document) == []
    assert (own["state"], own["value"], own["note"]) == ("withdrawn", shown, "withdrawn by jo")
    assert (beside["value"], beside["previous_period_value"]) == ("5.0000", shown)
