"""The builder's beat."""

import json
import time
from pathlib import Path

from holdfast.adapters.beats import BeatFile


def test_a_beat_says_that_a_builder_lives_and_whether_it_has_looked(tmp_path: Path):
    """While it beats there is a fresh beat; afterwards none, so a stopped builder is not taken for a living one."""
    path = tmp_path / ".holdfast" / "builder.beat"
    writing, reading = BeatFile(path), BeatFile(path)
    with writing.beating():
        for _ in range(200):
            before = reading.newest()
            if before is not None:
                break
            time.sleep(0.01)
        writing.looked()
        after = reading.newest()

    assert before is not None and before.age_s < 5 and not before.looked_once
    assert after is not None and after.looked_once
    assert reading.newest() is None


def test_a_beat_of_an_earlier_start_of_the_machine_is_none(tmp_path: Path):
    """Its clock had come further than this one has: it says nothing about now. Nor does half a file."""
    path = tmp_path / "builder.beat"
    path.write_text(json.dumps({"pid": 1, "monotonic_s": time.monotonic() + 3600, "looked_once": True}))
    assert BeatFile(path).newest() is None

    path.write_text('{"pid": 1, "mono')
    assert BeatFile(path).newest() is None
