"""The columns of each generated source: the SELECT that turns simulated integers into a source's rows."""

from collections.abc import Sequence

from holdfast.testing.company_people import CHANNELS, EXPERIMENTS
from holdfast.testing.company_plan import CATEGORIES, CURRENCIES, REGIONS, UNITS
from holdfast.testing.company_trade import COST_KINDS
from holdfast.testing.company_visits import APP_VERSIONS, DEVICES, EVENT_TYPES

CHURN_REASONS = ("price", "assortment", "service", "moved", "unknown")
COUNTRIES = (("GB", "UK"), ("IE", "EU"), ("DE", "EU"), ("FR", "EU"), ("ES", "EU"), ("IT", "EU"), ("NL", "EU"),
             ("US", "US"), ("BR", "BR"), ("AU", "APAC"), ("NZ", "APAC"), ("SG", "APAC"))  # fmt: skip


def _word(column: str, words: Sequence[str], name: str) -> str:
    """The word at the column's index; null beyond the last."""
    quoted = ", ".join(f"'{word}'" for word in words)
    return f"[{quoted}][{column} + 1] AS {name}"


def _instant(name: str) -> str:
    return f"make_timestamp({name}_us)::TIMESTAMPTZ AS {name}_at"


def _on(column: str, name: str) -> str:
    return f"DATE '1970-01-01' + {column}::INTEGER AS {name}"


def _money(column: str, name: str, places: int = 2, precision: int = 18) -> str:
    """An integer count of the last decimal place as a DECIMAL; never by way of floating point."""
    unit = "0." + "0" * (places - 1) + "1"
    return f"CAST({column}::DECIMAL({precision}, 0) * {unit} AS DECIMAL({precision}, {places})) AS {name}"


_IP = "concat_ws('.', ip >> 24, (ip >> 16) & 255, (ip >> 8) & 255, ip & 255) AS ip"
_LOADED = _instant("loaded")
_REGION = _word("region", REGIONS, "region")
_EXPERIMENT = _word("experiment", [e.experiment_id for e in EXPERIMENTS], "experiment_id")

_SELECTS: dict[str, tuple[str, ...]] = {
    "orders": (
        "order_id", "line_no::INTEGER AS line_no", "user_id", _instant("ordered"),
        "product_id::INTEGER AS product_id", _word("category", CATEGORIES, "category"), _REGION,
        _word("unit", UNITS, "business_unit"), _money("amount", "amount"),
        _word("region", CURRENCIES, "currency"),
    ),
    "refunds": (
        "refund_id", "order_id", "line_no::INTEGER AS line_no", _instant("refunded"),
        _money("amount", "amount"), _word("currency", CURRENCIES, "currency"),
    ),
    "costs": (
        "cost_id", "nullif(order_id, 0) AS order_id", _word("kind", COST_KINDS, "kind"), _instant("incurred"),
        _REGION, _money("amount", "amount"), _word("currency", CURRENCIES, "currency"),
    ),
    "cost_allocation": (
        "rule_id::INTEGER AS rule_id", _word("kind", COST_KINDS, "kind"), "'gross_revenue' AS basis",
        _word("unit", UNITS, "business_unit"), _money("share", "share", 4, 9), _on("valid_from", "valid_from"),
    ),
    "fx_rates": (
        _on("day", "rate_on"), _word("currency", CURRENCIES, "currency"),
        "CAST(rate::DECIMAL(12, 0) * 0.01 AS DECIMAL(18, 6)) AS rate",
    ),
    "users": (
        "user_id", _instant("registered"), _on("first_seen", "first_seen_on"),
        _word("channel", CHANNELS, "channel"), _REGION, "printf('%016x', identity) AS identity",
    ),
    "cancellations": ("cancellation_id", "user_id", _instant("cancelled")),
    "churn_log": ("user_id", _instant("churned"), _word("reason", CHURN_REASONS, "reason")),
    "marketing": (
        "'c-' || channel AS campaign_id", _on("day", '"on"'), _word("channel", CHANNELS, "channel"),
        _money("spend", "spend"), "signups::INTEGER AS attributed_signups",
    ),
    "events": (
        "event_id", "user_id", "session_id", _word("event_type", EVENT_TYPES, "event_type"),
        "make_timestamp(event_us)::TIMESTAMPTZ AS event_time", _IP, _word("device", DEVICES, "device"),
        _word("app_version", APP_VERSIONS, "app_version"),
    ),
    "sessions": (
        "user_id", "session_id", _instant("started"), _instant("ended"), _IP, _word("device", DEVICES, "device"),
    ),
    "experiments": (
        _EXPERIMENT, """'{"control": 0.5, "treatment": 0.5}' AS variants""", _on("started", "started_on"),
        _on("ended", "ended_on"), _word("experiment", [e.metric for e in EXPERIMENTS], "metric"),
    ),
    "assignments": (
        _EXPERIMENT, "user_id", _word("variant", ("control", "treatment"), "variant"), _instant("assigned"),
        _word("region", REGIONS, "segment"),
    ),
    "ledger_totals": (
        _on("day", '"on"'), _word("region", (*REGIONS, "unallocated"), "region"),
        _money("revenue", "revenue", 4), _money("cost", "cost", 4),
    ),
    "crm_accounts": (
        "account_id", "user_id", _word("status", ("active", "churned"), "status"), _instant("updated"),
    ),
    "projections": (
        "strftime(DATE '1970-01-01' + day::INTEGER, '%Y-%m') AS period",
        _word("metric", ("gross_revenue", "orders"), "metric"), _money("expected", "expected_value", 4),
        _money("band", "band", 4),
    ),
    "region_map": (
        _word("country", [c for c, _ in COUNTRIES], "region_code"),
        _word("country", [r for _, r in COUNTRIES], "region"),
    ),
}  # fmt: skip

SELECTS: dict[str, str] = {source: ", ".join((*columns, _LOADED)) for source, columns in _SELECTS.items()}
"""Per source the columns of its files, over the integer columns its rows are added with."""
