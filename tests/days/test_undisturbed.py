"""A company in which nothing breaks: what is published is the truth."""

from collections.abc import Callable

from story_company import Story, seen, truth_of

from holdfast.releases.release import FigureState


def test_every_figure_is_true(start: Callable[[str], Story]):
    """After history and two live days every grain, period, segment and metric equals the counted truth."""
    story = start("newest")
    figures = story.figures()

    assert seen(figures) == truth_of(story.folder)
    assert {f.state for f in figures.values()} == {FigureState.PRELIMINARY}
    assert story.holds() == []
