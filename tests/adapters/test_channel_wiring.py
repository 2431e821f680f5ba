"""A project's channels as its folder declares them, and the receiver as a program."""

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from channels_under_test import PAGE

from holdfast.app import App
from holdfast.loading.init import write_reference
from holdfast.testing.hook_server import MISBEHAVIOURS, HookServer, main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The reference team's folder."""
    write_reference(tmp_path / "team", name="Reference", demo=True)
    return tmp_path / "team"


def test_a_new_project_pages_into_a_file(folder: Path) -> None:
    """Below .holdfast, which git ignores."""
    [channel] = App(folder, environ={}).channels

    channel.send(PAGE)

    assert json.loads((folder / ".holdfast" / "pages.jsonl").read_text())["channel"] == "pages"
    assert channel.wakes


def test_channels_come_in_the_order_declared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One of each kind; none is asked for a secret or a connection before it has a letter."""
    settings = (folder / "holdfast.yml").read_text().partition("channels:")[0]
    (folder / "holdfast.yml").write_text(
        settings + "channels:\n"
        "  mail: {kind: email, host: mail.invalid, from: p@example.com, user: u, password: env:NOT_SET}\n"
        "  hook: {kind: webhook, url: 'https://hook.invalid', secret: env:NOT_SET, wakes: true}\n"
        "  screen: {kind: console}\n"
        "  pages: {kind: file}\n"
    )

    channels = App(folder, environ={}).channels

    assert [(each.name, each.wakes) for each in channels] == [("mail", False), ("hook", True), ("screen", False), ("pages", True)]
    channels[2].send(PAGE)
    said = capsys.readouterr()
    assert (said.out, "page to john: aggregate_profit" in said.err) == ("", True)


def test_a_page_reaches_a_declared_hook(folder: Path) -> None:
    """From holdfast.yml to the receiver, signed with what the environment has."""
    server = HookServer(secret="a-secret")
    with server.serving() as url:
        settings = (folder / "holdfast.yml").read_text().partition("channels:")[0]
        hook = f"channels:\n  hook: {{kind: webhook, url: '{url}', secret: env:HOOK, wakes: true}}\n"
        (folder / "holdfast.yml").write_text(settings + hook)
        [channel] = App(folder, environ={"HOOK": "a-secret"}).channels
        assert channel.send(replace(PAGE, maybe_repeat=True)) == "letter-1"
    assert [(each["target"], each["maybe_repeat"]) for each in server.letters] == [("john", True)]


def test_paging_needs_no_engine(folder: Path) -> None:
    """Neither DuckDB nor a SQL parser is imported to send a letter: a pager starts fast and stays small."""
    call = (
        "import sys; from pathlib import Path; from holdfast.app import App; "
        f"App(Path({str(folder)!r}), environ={{}}).project; "
        f"[c] = App(Path({str(folder)!r}), environ={{}}).channels; "
        "print(sorted({'duckdb', 'httpx', 'sqlalchemy'} & set(sys.modules)))"
    )
    # Twice: a folder that was never read is parsed first, and that takes a parser.
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    said = [subprocess.run([sys.executable, "-c", call], env=environment, capture_output=True, text=True, check=True).stdout for _ in "ab"]
    assert said[1].strip() == "[]"


def test_the_receiver_takes_letters_from_who_signs(tmp_path: Path) -> None:
    """As a program, busy once by the script, with what it took in a file; unsigned it takes nothing."""
    from holdfast.adapters.channels.signature import signed
    from holdfast.clock import SystemClock

    call = [sys.executable, "-m", "holdfast.testing.hook_server", "--misbehave", "503", "--secret-env", "HOOK", "--keep", str(tmp_path / "kept")]
    environment = os.environ | {"HOOK": "a-secret", "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    body = b'{"target": "john"}'
    with subprocess.Popen(call, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            url = next(word for word in server.stdout.readline().split() if word.startswith("http")).rstrip(".")
            proof = signed(body, identity="1", at=SystemClock().now(), secret="a-secret")
            request = urllib.request.Request(url, body, {**proof, "Idempotency-Key": "1"})
            with pytest.raises(urllib.error.HTTPError, match="503") as busy:
                urllib.request.urlopen(request, timeout=10)
            busy.value.close()
            for _ in range(2):
                with urllib.request.urlopen(request, timeout=10) as response:
                    assert json.load(response) == {"id": "letter-1"}
            with pytest.raises(urllib.error.HTTPError, match="401") as refused:
                urllib.request.urlopen(url, body, timeout=10)
            refused.value.close()
        finally:
            server.terminate()
    assert (tmp_path / "kept").read_text() == '{"target": "john"}\n'


def test_its_help_says_all_that_it_can_do_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """Every word a script may have, with its meaning."""
    with pytest.raises(SystemExit):
        main(["--help"])
    shown = " ".join(capsys.readouterr().out.split())
    assert all(f"{name}: " in shown for name in MISBEHAVIOURS)
