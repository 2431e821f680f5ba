"""destinations.yml: what it is read into, and what lint says of a wrong one."""

import pytest
from team_folder import PROFIT, Team

from holdfast.definitions.destination import Bucket, LocalFolder, Portal
from holdfast.definitions.source import Secret

FILE = "destinations.yml"
GOOD = """\
destinations:
  board:
    kind: portal
    url: https://portal.example.com/metrics/
    token: env:PORTAL_TOKEN
  archive:
    kind: s3
    url: http://127.0.0.1:9000
    bucket: company-metrics
    prefix: team/metrics
    region: eu-west-2
    access_key: env:S3_ACCESS
    secret_key: file:secrets/s3
  drive:
    kind: folder
    path: env:DRIVE/metrics
  shelf: {kind: folder, path: outputs/shelf}
"""
FEED = "{kind: json, grain: day, to: outputs/feed}"


def test_destinations_are_read_into_values(team: Team) -> None:
    """What the file does not say has a default; an output that names none goes to the project's own folder."""
    team.write(FILE, GOOD)
    team.replace(f"{PROFIT}/pipeline.yml", FEED, "{kind: json, grain: day, to: feed/, destination: board}")

    project = team.project()

    assert project.destinations == {
        "board": Portal("board", "https://portal.example.com/metrics", Secret("env:PORTAL_TOKEN"), FILE),
        "archive": Bucket(
            name="archive",
            url="http://127.0.0.1:9000",
            bucket="company-metrics",
            region="eu-west-2",
            access_key=Secret("env:S3_ACCESS"),
            secret_key=Secret("file:secrets/s3"),
            prefix="team/metrics",
            path_style=True,
            file=FILE,
        ),
        "drive": LocalFolder("drive", "env:DRIVE/metrics", FILE),
        "shelf": LocalFolder("shelf", "outputs/shelf", FILE),
    }
    outputs = {each.name: each for each in project.pipelines["aggregate_profit"].outputs}
    assert (outputs["portal_feed"].to, outputs["portal_feed"].destination) == ("feed", "board")
    assert outputs["monthly_csv"].destination == ""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("token: env:PORTAL_TOKEN", "token: s3cr3t-t0k3n", "token is no reference; write env:NAME or file:PATH"),
        ("    token: env:PORTAL_TOKEN\n", "", "has no 'token'"),
        ("secret_key: file:secrets/s3", "secret_key: file:../s3", "leads out of the folder"),
        ("secret_key: file:secrets/s3", "secret_key: AKIAs3cr3t", "secret_key is no reference"),
        ("url: https://portal", "url: http://portal", "sends the secret to portal.example.com in the clear"),
        ("url: https://portal", "url: https://me:s3cr3t@portal", "holds a user or password"),
        ("example.com/metrics/", "example.com/?sig=s3cr3t", "has a part after '?' or '#'"),
        ("url: https://portal.example.com/metrics/", "url: portal.example.com", "url is no https URL"),
        ("url: http://127.0.0.1:9000", "url: http://192.168.1.4:9000", "in the clear"),
        ("    bucket: company-metrics\n", "", "has no 'bucket'"),
        ("bucket: company-metrics", "bucket: Company_Metrics", "bucket is 'Company_Metrics'"),
        ("prefix: team/metrics", "prefix: /team", "prefix is '/team'"),
        ("prefix: team/metrics", "prefix: a/../b", "prefix is 'a/../b'"),
        ("region: eu-west-2", "region: eu west", "region is 'eu west'"),
        ("kind: s3", "kind: s4", "'destinations.archive.kind' is 's4'. Expected one of: folder, portal, s3."),
        ("    kind: portal\n", "", "'destinations.board' has no 'kind'"),
        ("region: eu-west-2", "region: eu-west-2\n    colour: red", "unknown key 'colour'"),
        ("path: env:DRIVE/metrics", "path: /mnt/drive", "is not below the project folder"),
        ("path: env:DRIVE/metrics", "path: elsewhere", "expected a folder below outputs/ or one of the environment"),
        ("path: env:DRIVE/metrics", "path: env:DRIVE/../x", "leads out of the folder"),
    ],
)
def test_a_mistake_is_told_with_its_line(team: Team, old: str, new: str, told: str) -> None:
    """One problem, at the key or at the mapping that lacks it, and never with the secret in it."""
    team.write(FILE, GOOD)
    line = team.replace(FILE, old, new)

    found = [each for each in team.problems() if each.file == FILE]

    assert len(found) == 1, [str(each) for each in found]
    assert told in found[0].message
    mapping = next(at for at in range(line, 0, -1) if GOOD.splitlines()[at - 1].startswith("  ") and GOOD.splitlines()[at - 1][2] != " ")
    assert found[0].line == (line + new.count("\n") if new else mapping)
    assert "s3cr3t" not in str(found[0])


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("{kind: json, grain: day, to: feed, destination: borad}", "destination 'borad' is not in destinations.yml. Did you mean 'board'?"),
        ("{kind: json, grain: day, to: feed}", "expected a folder below outputs/"),
        ("{kind: json, grain: day, to: ../feed, destination: board}", "leads out of the folder"),
        ("{kind: json, grain: day, to: env:X/feed, destination: board}", "expected a path at the destination"),
        ("{kind: json, grain: day, to: ., destination: board}", "expected a folder at the destination"),
    ],
)
def test_an_output_names_a_place_that_is_there(team: Team, output: str, told: str) -> None:
    """Where the file is, and where at the destination."""
    team.write(FILE, GOOD)
    line = team.replace(f"{PROFIT}/pipeline.yml", FEED, output)

    [found] = team.problems()

    assert (found.file, found.line) == (f"{PROFIT}/pipeline.yml", line)
    assert told in found.message


def test_without_the_file_there_is_none_to_name(team: Team) -> None:
    """The error says where to declare it."""
    team.replace(f"{PROFIT}/pipeline.yml", FEED, "{kind: json, grain: day, to: feed, destination: board}")

    assert "destination 'board' is not in destinations.yml. Destinations: none yet." in str(team.problems()[0])
