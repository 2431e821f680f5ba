"""Numbers, periods and states as a reader wants them: rounded, with a sign, in words. Files keep exact decimals."""

from datetime import date
from decimal import Context, Decimal

from holdfast.calendars import DAY, Period
from holdfast.definitions.metric import Metric
from holdfast.releases.axes import MINUS, RATIO
from holdfast.releases.comparison import Compared, days_counted, is_whole
from holdfast.releases.release import Figure, FigureState

SIGNED_BEFORE = "withdrawn; the value signed before"
NOT_PUBLISHED, WITHDRAWN, NONE = "not published", "withdrawn", "\u2013"
SYMBOLS = {"GBP": "£", "USD": "$", "EUR": "€", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "AUD": "A$", "CAD": "C$", "NZD": "NZ$"}
_CURRENCY_LETTERS = 3
_EXACT = Context(prec=60)
_WHOLE_FROM = 1000
"""Money from here on has no pence in a sentence."""
_QUARTERS = ("First", "Second", "Third", "Fourth")


def label(metric: Metric) -> str:
    """The metric's label, or its id in words: `gross_revenue` is Gross revenue."""
    words = metric.label or metric.id.replace("_", " ")
    return words[:1].upper() + words[1:]


def title_words(name: str) -> str:
    """`aggregate_profit` as Aggregate profit, `business_unit` as Business unit."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def number(value: Decimal, metric: Metric) -> str:
    """For a sentence or a tile: `£708,586`, `£12.50`, `22.5%`, `37,627`, `2.14`."""
    if is_money(metric.unit):
        decimals = 0 if abs(value) >= _WHOLE_FROM else 2
        return _money(value, metric.unit, decimals)
    return cell(value, metric)


def cell(value: Decimal, metric: Metric) -> str:
    """For a table's column, its unit being in the head: `708,585.51`, `22.5%`, `37,627`, `2.14`."""
    if is_money(metric.unit):
        return _signed(value, 2)
    if metric.unit == RATIO:
        return _percent(value) if metric.is_percent else _signed(value, 2)
    return _signed(value, 0 if value == value.to_integral_value() or abs(value) >= _WHOLE_FROM else 1)


def moved(old: Decimal, new: Decimal, metric: Metric) -> tuple[str, str]:
    """Both as in a table; with all decimals where they would look the same there."""
    shown = cell(old, metric), cell(new, metric)
    if shown[0] != shown[1] or old == new:
        return shown
    if metric.unit == RATIO and metric.is_percent:
        return _exact(_EXACT.multiply(old, Decimal(100))) + "%", _exact(_EXACT.multiply(new, Decimal(100))) + "%"
    return _exact(old), _exact(new)


def change(compared: Compared, metric: Metric, earlier: Figure | None) -> str:
    """`+2.7%`; for a percentage the difference in points, `+0.9 pp`; empty when the two cannot be compared."""
    pct = compared.change_pct if earlier is compared.previous else compared.change_year_pct
    now, then = compared.figure.value, earlier.value if earlier else None
    if pct is None or now is None or then is None:
        return ""
    if metric.unit == RATIO and metric.is_percent:
        return _with_sign(_EXACT.multiply(_EXACT.subtract(now, then), Decimal(100)), 1) + " pp"
    return _with_sign(pct, 1) + "%"


def said(figure: Figure | None, metric: Metric) -> str:
    """A figure within a sentence, with what a reader must know of it."""
    plain = short_said(figure, metric)
    if figure and figure.state is FigureState.HELD and figure.value is not None and figure.as_of:
        return f"{plain} (held; last good value as of {day(figure.as_of)})"
    if figure and figure.state is FigureState.WITHDRAWN and figure.value is not None:
        return f"{plain} ({SIGNED_BEFORE})"
    return plain


def short_said(figure: Figure | None, metric: Metric) -> str:
    """A figure's value, or why there is none."""
    if figure is None or (figure.value is None and not figure.version):
        return NOT_PUBLISHED
    if figure.state is FigureState.WITHDRAWN and figure.value is None:
        return WITHDRAWN
    return NONE if figure.value is None else number(figure.value, metric)


def in_cell(figure: Figure | None, metric: Metric) -> str:
    """As `short_said`, spelled for a table; a figure that is not there at all is a dash."""
    if figure is None:
        return NONE
    if figure.value is None:
        return short_said(figure, metric)
    return cell(figure.value, metric)


def standing_note(figure: Figure, period: Period | None) -> str:
    """What stands under a value that is not simply published: held, running; empty for all others."""
    if figure.state is FigureState.HELD:
        return f"held, as of {figure.as_of}" if figure.value is not None else "held"
    if figure.state is FigureState.WITHDRAWN:
        return SIGNED_BEFORE if figure.value is not None else ""
    if figure.as_of and period and figure.value is not None and not is_whole(figure, period):
        return f"{days_counted(figure, period)} of {period.interval.length} days"
    return ""


def unit_in_head(metric: Metric) -> str:
    """`GBP`, `%`, or nothing where the label says it."""
    if is_money(metric.unit):
        return metric.unit
    return "%" if metric.unit == RATIO and metric.is_percent else ""


def is_money(unit: str) -> bool:
    """Whether the unit is a currency: three capitals."""
    return len(unit) == _CURRENCY_LETTERS and unit.isalpha() and unit.isupper()


def legible(text: str) -> str:
    """The text for a page: a character that cannot be shown, or that turns the others around, is `?`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else " " if each in "\t\r\n" else "?" for each in text)


def day(on: date) -> str:
    """`30 September 2026`."""
    return f"{on.day} {on:%B %Y}"


def period_label(period: Period) -> str:
    """`September 2026`, `Third quarter of 2026`, `Week 38 of 2026, 14 to 20 September`; a named one by its name."""
    start, last = period.interval.start, period.interval.last
    if period.grain == DAY:
        return day(start)
    if period.grain == "month" and period.name == f"{start:%Y-%m}":
        return f"{start:%B %Y}"
    year, _, rest = period.name.partition("-")
    if period.grain == "quarter" and period.name == f"{start.year}-Q{(start.month + 2) // 3}":
        return f"{_QUARTERS[(start.month - 1) // 3]} quarter of {year}"
    if period.grain == "week" and rest[:1] == "W" and rest[1:].isdigit():
        first = f"{start.day}" if start.month == last.month else f"{start.day} {start:%B}"
        return f"Week {int(rest[1:])} of {year}, {first} to {last.day} {last:%B}"
    return period.name


def short_period(period: Period) -> str:
    """As `period_label`, for column heads and comparisons: `Q3 2026`, a week without its days."""
    year, _, rest = period.name.partition("-")
    if period.grain == "quarter" and rest[:1] == "Q":
        return f"{rest} {year}"
    return period_label(period).partition(",")[0]


def _money(value: Decimal, unit: str, decimals: int) -> str:
    amount = _signed(abs(value), decimals)
    symbol = SYMBOLS.get(unit)
    sign = MINUS if value < 0 and amount.strip("0.,") else ""
    return f"{sign}{symbol}{amount}" if symbol else f"{sign}{amount} {unit}"


def _exact(value: Decimal) -> str:
    return (MINUS if value < 0 else "") + f"{abs(value).normalize(_EXACT):,f}"


def _percent(value: Decimal) -> str:
    return _signed(_EXACT.multiply(value, Decimal(100)), 1) + "%"


def _signed(value: Decimal, decimals: int) -> str:
    rounded = value.quantize(Decimal(1).scaleb(-decimals), context=_EXACT)
    amount = f"{abs(rounded):,f}"
    return MINUS + amount if rounded < 0 else amount


def _with_sign(value: Decimal, decimals: int) -> str:
    spelled = _signed(value, decimals)
    return spelled if spelled.startswith(MINUS) or not spelled.strip("0.,") else f"+{spelled}"
