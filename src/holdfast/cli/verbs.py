"""Every verb and what it takes. Imports argparse alone: what a verb needs is imported when it runs."""

import argparse
from collections.abc import Callable
from typing import Any, TypeAlias

Add = Callable[..., argparse.ArgumentParser]

_AFTERWORD = """\
Every verb takes -C DIR, before or after the verb. Exit codes: 0 fine (held figures included), 1 something in
the folder or outside is wrong, 2 usage, 70 a fault of holdfast itself."""


def parser() -> argparse.ArgumentParser:
    """The whole command line; each verb sets `call` to the `module:function` that answers it."""
    from holdfast import __version__

    root = argparse.ArgumentParser(
        prog="holdfast",
        description="Runs a team's business-metric pipelines and holds every number until it is right.",
        epilog=_AFTERWORD,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    root.add_argument("-C", dest="directory", metavar="DIR", default=".", help="the project's folder (default: here)")
    root.add_argument("--version", action="version", version=f"holdfast {__version__}")
    verbs = root.add_subparsers(dest="verb", metavar="VERB", required=True)

    def add(name: str, call: str, sentence: str, within: "_Verbs" = verbs) -> argparse.ArgumentParser:
        verb = within.add_parser(name, help=sentence, description=sentence, allow_abbrev=False)
        # Suppressed: a default here would take the place of a -C given before the verb.
        verb.add_argument("-C", dest="directory", metavar="DIR", default=argparse.SUPPRESS, help="the project's folder")
        verb.set_defaults(call=call, at=None, acting_as=None)
        return verb

    _starting(verbs, add)
    _running(add)
    _reading(add)
    _deciding(add)
    _closing(add)
    _people(add)
    _records(verbs, add)
    _responding(add)
    _keeping(verbs, add)
    return root


_Verbs: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001  # it has no public name


def _at(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--at",
        metavar="INSTANT",
        default=argparse.SUPPRESS,
        help="the time it is, e.g. 2026-10-01T03:00Z; for projects with `clock: data` (also: HOLDFAST_NOW)",
    )


def _as(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--as",
        dest="acting_as",
        metavar="NAME",
        default=argparse.SUPPRESS,
        help="act as this person of team/people.yml: a manager on their behalf, anybody where `demo: true`",
    )


def _json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="for programs")


def _span(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--from", dest="first", metavar="DAY", required=True, help="first day, 2026-09-18")
    verb.add_argument("--to", dest="last", metavar="DAY", required=True, help="last day, counted too")


def _starting(verbs: _Verbs, add: Add) -> None:
    init = add("init", "starting:init", "Write the reference team's folder to start from.")
    init.add_argument("folder", metavar="DIR", help="a new or empty folder")
    init.add_argument("--demo", action="store_true", help="clock of the data, and --as NAME counts as that person")

    demo = add("demo", "demo:demo", "Generate a company, run its year, and say where to look.")
    demo.add_argument("folder", metavar="DIR", nargs="?", default="holdfast-demo", help="default: holdfast-demo")
    demo.add_argument("--days", type=int, metavar="N", help="business days of history (default: 2025-10-01..2026-09-30)")
    demo.add_argument("--scale", type=float, metavar="X", default=1.0, help="times the default number of orders")
    demo.add_argument("--seed", type=int, metavar="S", default=7, help="another company (default: 7)")
    demo.add_argument("--live", type=int, metavar="N", default=40, help="newest days run one by one (default: 40)")
    demo.add_argument("--add-days", type=int, metavar="N", help="add N arrival days to the demo, without running")

    calendar = add("calendar", "starting:calendar", "Write a calendar of named periods: months or a 4-4-5 year.")
    calendar.add_argument("--fiscal", choices=("months", "4-4-5", "4-5-4", "5-4-4"), required=True)
    calendar.add_argument("--from", dest="first", metavar="DAY", required=True, help="first day, e.g. of a fiscal year")
    calendar.add_argument("--years", type=int, metavar="N", default=3, help="default: 3")
    calendar.add_argument(
        "--nearest", metavar="MM-DD", help="fiscal years begin as near to this day as whole weeks allow (default: --from's)"
    )
    calendar.add_argument("--write", action="store_true", help="into calendar.csv of the project, not to the screen")

    lint = add("lint", "starting:lint", "Every problem in the folder, each with its file and line.")
    _json(lint)

    new = verbs.add_parser("new", help="Draft a source's contract or a pipeline's folder.")
    kinds = new.add_subparsers(metavar="KIND", required=True)
    source = add("source", "starting:new_source", "Draft a contract from a data file.", kinds)
    source.add_argument("--from", dest="file", metavar="FILE", required=True, help="Parquet, CSV or JSON")
    source.add_argument("--name", metavar="N", help="the source's name (default: after the file)")
    pipeline = add("pipeline", "starting:new_pipeline", "Write a pipeline's folder that lints.", kinds)
    pipeline.add_argument("name", metavar="NAME")


def _running(add: Add) -> None:
    run = add("run", "running:run", "Land what arrived, build what is due, publish what may go out.")
    run.add_argument("--dry-run", action="store_true", help="say what is due and why; change nothing")
    run.add_argument("--pipeline", metavar="P", help="only this one")
    _json(run)
    _at(run)
    _as(run)

    up = add(
        "up",
        "staying:up",
        "Keep running until stopped: a builder, which builds whatever becomes due and serves the other verbs' requests, "
        "and a pager, which tells people what is wrong. Either is started again when it dies.",
    )
    up.add_argument("--once", action="store_true", help="one look of the builder and one pass of the pager, then stop")
    up.add_argument("--only", choices=("builder", "pager"), help="one of the two, and without anybody who starts it again")
    _at(up)

    watch = add(
        "watch",
        "staying:watch",
        "Page for what is wrong, until stopped; the pager without the builder. Builds nothing, reads the ledger alone.",
    )
    watch.add_argument("--once", action="store_true", help="one pass, for cron; does nothing beside a pager that is up")
    _json(watch)
    _at(watch)

    deliver = add("deliver", "delivering:deliver", "Hand over what the newest release has not reached yet.")
    deliver.add_argument("pipeline", metavar="PIPELINE")
    deliver.add_argument("--output", metavar="NAME", help="only this one")
    _at(deliver)
    _as(deliver)

    backfill = add(
        "backfill",
        "running:backfill",
        "Rebuild days aside, compare them with what readers have, and release what passes.",
    )
    backfill.add_argument("pipeline", metavar="PIPELINE")
    _span(backfill)
    backfill.add_argument(
        "--replay", action="store_true", help="days never built: build each from only what had arrived by its morning"
    )
    _json(backfill)
    _at(backfill)
    _as(backfill)


def _reading(add: Add) -> None:
    status = add("status", "reading:status", "What is due, stale, held and why, published, and the next deadline.")
    _json(status)
    _at(status)

    figures = add("figures", "reading:figures", "Published figures beside the previous period's and year's.")
    figures.add_argument("pipeline", metavar="PIPELINE")
    figures.add_argument("--period", metavar="P", help="2026-09-17, 2026-W38, 2026-09, 2026-Q3 or a named one")
    figures.add_argument("--grain", metavar="G", help="day, week, month, quarter ...")
    figures.add_argument("--metric", metavar="M", action="append", help="only this one; may be repeated")
    figures.add_argument("--segment", metavar="S", help="region=EU, a dimension such as region, or total")
    figures.add_argument("--history", action="store_true", help="every version ever released")
    figures.add_argument("--plot", metavar="FILE.svg", help="draw them instead")
    _json(figures)
    _at(figures)

    report = add("report", "reports:report", "A period's report, as investors get it, in one file.")
    report.add_argument("pipeline", metavar="PIPELINE", help="a pipeline, or a report of several in reports/")
    report.add_argument("--period", metavar="P", help="2026-09, 2026-W38, 2026-Q3 ... (default: the newest that is over)")
    report.add_argument("--grain", metavar="G", help="week, month, quarter ... (default: the report's own)")
    report.add_argument(
        "--format",
        metavar="F",
        dest="kind",
        help="html, pdf, xlsx, csv, parquet, json or pptx (default: what --out ends in, else html)",
    )
    report.add_argument("--out", metavar="FILE", help="default: a file in .holdfast/outputs/reports/")
    report.add_argument("--report", metavar="NAME", help="one of the pipeline's reports/NAME.md (default: report.md)")
    _at(report)

    explain = add("explain", "reading:explain", "How a figure came to be: rows, models, checks, release.")
    explain.add_argument("pipeline", metavar="PIPELINE")
    explain.add_argument("period", metavar="PERIOD")
    explain.add_argument("metric", metavar="METRIC")
    explain.add_argument("--segment", metavar="S", default="", help="region=EU (default: the total)")
    _json(explain)

    verify = add("verify", "reading:verify", "Rebuild a period from retained input: equal, different, or expired.")
    verify.add_argument("pipeline", metavar="PIPELINE")
    verify.add_argument("period", metavar="PERIOD")
    _json(verify)

    deliveries = add(
        "deliveries", "delivering:deliveries", "What was handed over where and when, and what is stale there and why."
    )
    deliveries.add_argument("pipeline", metavar="PIPELINE", nargs="?", help="only of this one")
    _json(deliveries)
    _at(deliveries)

    lateness = add("lateness", "lateness:lateness", "How late each source's rows really came, beside its contract.")
    lateness.add_argument("sources", metavar="SOURCE", nargs="*", default=[], help="only these (default: every source)")
    _json(lateness)

    today = add("today", "today:today", "The running day of an experiments' pipeline so far: unchecked, not published.")
    today.add_argument("pipeline", metavar="PIPELINE")
    today.add_argument("table", metavar="TABLE", nargs="?", help="a table of days (default: the one in its lake)")
    _json(today)
    _at(today)

    docs = add("docs", "cataloguing:docs", "Write definitions, lineage, owners, deadlines, checks and receipts as a site.")
    docs.add_argument("--out", metavar="DIR", required=True, help="a new or empty folder, or one that this verb wrote")
    _at(docs)

    sql = add("sql", "asking:sql", "Ask the published tables; read-only, also while a run is writing.")
    sql.add_argument("select", metavar="SELECT", nargs="?", help="one SELECT; CURRENT_DATE is the project's clock")
    sql.add_argument("--tables", action="store_true", help="what can be asked: every table with its columns")
    sql.add_argument(
        "--held", nargs=2, metavar=("PIPELINE", "DAY"), help="the day's held rows in place of published ones"
    )
    sql.add_argument("--csv", action="store_true", help="for spreadsheets")
    sql.add_argument("--limit", type=int, metavar="N", default=1000, help="at most N rows (default: 1000)")
    sql.add_argument("--timeout", type=float, metavar="SECONDS", default=30.0, help="stop after this (default: 30)")
    _json(sql)
    _at(sql)

    experiment = add(
        "experiment", "experimenting:experiment", "What an experiment shows, and what it does not: lift, split, segments."
    )
    experiment.add_argument("name", metavar="NAME", nargs="?", help="default: a line for each")
    experiment.add_argument("--day", metavar="DAY", help="through the end of this day (default: the newest published)")
    experiment.add_argument("--segment", metavar="S", default="", help="only the users of this segment")
    experiment.add_argument("--plot", metavar="FILE.svg", help="write the difference over the days as a picture")
    experiment.add_argument("--html", metavar="FILE", help="write a page for people")
    experiment.add_argument("--stats", metavar="FILE", help="statistics from a .parquet or .csv file, without a project")
    _json(experiment)
    _at(experiment)


def _deciding(add: Add) -> None:
    approve = add("approve", "deciding:approve", "Let a hold through: the metric's approver, with a reason.")
    approve.add_argument("hold", metavar="ID", type=int, help="see `holdfast status`")
    approve.add_argument("--reason", metavar="R", required=True)
    approve.add_argument("--no-run", action="store_true", help="record it only; the next run releases it")
    _at(approve)
    _as(approve)

    annotate = add("annotate", "deciding:annotate", "Say why days look unusual; excuses deviations only.")
    annotate.add_argument("pipeline", metavar="PIPELINE")
    _span(annotate)
    annotate.add_argument("--reason", metavar="R", required=True)
    annotate.add_argument("--metric", metavar="M", action="append", help="only this one; may be repeated")
    _as(annotate)


def _closing(add: Add) -> None:
    close = add("close", "closing:close", "Soft-close a period: from now on its figures move by approval only.")
    close.add_argument("pipeline", metavar="PIPELINE")
    close.add_argument("period", metavar="PERIOD", help="a month or quarter that is over, 2026-09")
    close.add_argument("--reopen", action="store_true", help="take the soft close back; signatures are void then")
    close.add_argument("--reason", metavar="R", help="for the record; --reopen needs one")

    sign = add("sign", "closing:sign", "Sign a soft-closed period: an owner and finance, two people.")
    sign.add_argument("pipeline", metavar="PIPELINE")
    sign.add_argument("period", metavar="PERIOD")

    withdraw = add("withdraw", "closing:withdraw", "Take published figures back at once; one person may.")
    release = add("release", "closing:release", "Let withdrawn figures out again: two people, each with a reason.")
    for verb in (withdraw, release):
        verb.add_argument("pipeline", metavar="PIPELINE")
        verb.add_argument("period", metavar="PERIOD", help="a day, week, month, quarter or named period")
        verb.add_argument("--reason", metavar="R", required=True)
    for verb in (close, sign, withdraw, release):
        _at(verb)
        _as(verb)

    restatements = add(
        "restatements", "closing:restatements", "Signed figures: what waits, was restated, adjusted or withdrawn."
    )
    restatements.add_argument("pipeline", metavar="PIPELINE", nargs="?", help="default: every pipeline")
    _json(restatements)


def _people(add: Add) -> None:
    owners = add("owners", "oncall:owners", "Who owns what, and how much of it each person carries.")
    owners.add_argument("--codeowners", action="store_true", help="the reviewers' file of a code host")
    owners.add_argument("--on", dest="on", metavar="DAY", help="the owners of that day, where owners take turns")
    _json(owners)

    oncall = add("oncall", "oncall:who", "Who is on call, and everything that people do to the rota.")
    when = oncall.add_mutually_exclusive_group()
    when.add_argument("--at", dest="instant", metavar="INSTANT", help="then, e.g. 2027-03-29T08:01Z (default: now)")
    when.add_argument("--week", metavar="W", help="every shift of a week: 2027-W06, or a day in it")
    _json(oncall)
    kinds = oncall.add_subparsers(metavar="ACT")
    _planning(add, kinds)
    _exchanging(add, kinds)


def _planning(add: Add, kinds: _Verbs) -> None:
    plan = add("plan", "oncall:plan", "Fill weeks with people, write the rows down, and show how fair that is.", kinds)
    plan.add_argument("--from", dest="first", metavar="DAY", help="a hand-off's day (default: where the plan ends)")
    plan.add_argument("--weeks", type=int, metavar="N", default=26, help="how many (default: 26)")
    plan.add_argument("--planner", choices=("round_robin", "fair"), help="default: as team/rotation.yml says")
    plan.add_argument("--limit", type=float, metavar="SECONDS", default=30.0, help="fair: stop improving after (30)")
    plan.add_argument("--workers", type=int, metavar="N", default=1, help="fair: threads; with 1 it repeats exactly")
    _json(plan)
    _at(plan)
    _as(plan)

    verify = add("verify", "oncall:verify", "Gaps, clashes, vacancies, unreachable people, a plan that runs out.", kinds)
    _json(verify)
    _at(verify)

    ics = add("ics", "oncall:ics", "The plan as an iCalendar file, of one person or the team.", kinds)
    ics.add_argument("--person", metavar="NAME", help="only theirs (default: the whole team's)")
    ics.add_argument("--out", metavar="FILE", help="where to (default: printed)")
    _at(ics)

    plot = add("plot", "oncall:plot", "The plan as a calendar, and fairness as bars.", kinds)
    plot.add_argument("--from", dest="first", metavar="DAY", help="default: the running shift")
    plot.add_argument("--weeks", type=int, metavar="N", default=26, help="how many (default: 26)")
    plot.add_argument("--out", metavar="FILE", default="rota.html", help="FILE.html or FILE.svg (default: rota.html)")
    _at(plot)


def _exchanging(add: Add, kinds: _Verbs) -> None:
    def act(name: str, sentence: str, *, reason: bool = True) -> argparse.ArgumentParser:
        verb = add(name, "rota_acts:act", sentence, kinds)
        verb.set_defaults(act=name)
        if reason:
            verb.add_argument("--reason", metavar="R", default="", help="why, for whoever reads the record")
        _at(verb)
        _as(verb)
        return verb

    off = act("off", "Take time off; the smallest exchange that mends the plan is proposed.")
    off.add_argument("name", metavar="NAME", nargs="?", help="whose; not needed where a file says it")
    off.add_argument("--from", dest="first", metavar="DAY", help="first day")
    off.add_argument("--to", dest="last", metavar="DAY", help="last day, counted too")
    off.add_argument("--csv", metavar="FILE", help="read person,from,to,reason; read again, it is followed")
    off.add_argument("--ics", metavar="PLACE", help="read a calendar, a file or an address; read again, changes and deletions are followed")
    off.add_argument("--take-back", dest="take_back", type=int, metavar="ID", help="this time off is none after all")

    absent = act("absent", "Somebody is gone as of now: the backup steps up at once.")
    absent.add_argument("name", metavar="NAME", help="who is gone")
    absent.add_argument("--to", dest="last", metavar="DAY", required=True, help="last day, counted too")

    swap = act("swap", "Propose that the primaries of two shifts take each other's.")
    swap.add_argument("one", metavar="DAY", help="a day of the one shift")
    swap.add_argument("other", metavar="DAY", help="a day of the other")

    cover = act("cover", "Propose that somebody takes over what another has in these days.")
    cover.add_argument("taker", metavar="NAME", help="who takes over")
    cover.add_argument("--for", dest="giver", metavar="NAME", required=True, help="for whom")
    _span(cover)

    override = act("override", "The manager's word on who answers for some hours.")
    override.add_argument("--from", dest="start", metavar="INSTANT", help="from then (default: now)")
    override.add_argument("--to", dest="end", metavar="INSTANT", help="until then")
    override.add_argument("--primary", metavar="NAME", help="who answers (default: the manager)")
    override.add_argument("--backup", metavar="NAME", help="who backs up (default: the manager)")
    override.add_argument("--take-back", dest="take_back", type=int, metavar="NUMBER", help="the plan answers again")

    vacate = act("vacate", "The manager's word that nobody is primary in a shift; the manager answers.")
    vacate.add_argument("on", metavar="DAY", help="a day of the shift")

    exchanges = act("exchanges", "Exchanges and where they stand; open ones first.", reason=False)
    _json(exchanges)
    act("mend", "Propose exchanges for shifts whose people are away and that nothing mends yet.", reason=False)
    for name, sentence in (
        ("accept", "Say yes to an exchange; the last yes makes it happen."),
        ("decline", "Say no to an exchange, which ends it."),
        ("take-back", "End a proposal, or undo an accepted exchange before it begins."),
    ):
        act(name, sentence).add_argument("exchange", metavar="ID", type=int, help="see `holdfast oncall exchanges`")


def _records(verbs: _Verbs, add: Add) -> None:
    incidents = add("incidents", "timelines:incidents", "What is wrong now: who has it, and who is told next.")
    incidents.add_argument("--all", dest="ended_too", action="store_true", help="ended ones too, newest first")
    incidents.add_argument("--limit", type=int, metavar="N", default=50, help="with --all: how many (default: 50)")

    sentence = "One incident's story by its number (12 is short for show 12), or a new one that you open."
    incident = verbs.add_parser("incident", help=sentence, description=sentence)
    kinds = incident.add_subparsers(metavar="ID|ACT", required=True, action=_NumberOrAct)
    show = add("show", "timelines:incident", "Everything that is recorded of one incident, in the order it happened.", kinds)
    show.add_argument("incident", metavar="ID", type=int, help="see `holdfast incidents`")
    opened = add("open", "incident_acts:open_incident", "Say that a figure looks wrong: its team is paged at once.", kinds)
    opened.add_argument("pipeline", metavar="PIPELINE")
    opened.add_argument("--text", metavar="T", required=True, help="what looks wrong, for whoever is woken by it")
    opened.add_argument("--period", metavar="P", help="2026-09-17, 2026-W38, 2026-09 ... (default: the newest day that is over)")
    opened.add_argument("--metric", metavar="M", help="only this one (default: every metric)")
    _at(opened)
    _as(opened)

    handoff = add("handoff", "handing_off:note", "What the next person on call has to know, from the records.")
    handoff.add_argument("--html", metavar="FILE", help="as a page, into this file")
    told = handoff.add_subparsers(metavar="ACT")
    ack = add("ack", "handing_off:acknowledge", "Say that you have read the note and take over.", told)
    ack.add_argument("--note", metavar="TEXT", default="", help="for whoever reads the record")
    _at(ack)
    _as(ack)

    metrics = add("metrics", "measuring:metrics", "How fast incidents were answered and ended, who was paged, which deadlines were met.")
    _span(metrics)
    metrics.add_argument("--plot", metavar="FILE.svg", help="draw it too, for somebody who does not read tables")

    audit = add("audit", "auditing:audit", "Who did what: every act of a person, newest first.")
    audit.add_argument("--limit", type=int, metavar="N", default=50, help="how many (default: 50)")
    _json(audit)
    for verb in (incidents, show, handoff, metrics):
        _json(verb)
        _at(verb)


def _responding(add: Add) -> None:
    def act(name: str, sentence: str, *, one: bool = True) -> argparse.ArgumentParser:
        verb = add(name, f"incident_acts:{name}", sentence)
        if one:
            verb.add_argument("incident", metavar="ID", type=int, nargs="?", help="not needed while only one is open")
        _at(verb)
        _as(verb)
        return verb

    ack = act("ack", "Say that you work on it: nobody else is woken for want of an answer.", one=False)
    ack.add_argument("incidents", metavar="ID", nargs="*", help="not needed while only one is open; `test` answers a test page")
    take = act("take", "Acknowledge it and have it, or give it to somebody.")
    take.add_argument("--for", dest="to", metavar="NAME", help="give it to this person, who is told")
    snooze = act("snooze", "Acknowledge it for a time; then it pages again.")
    until = snooze.add_mutually_exclusive_group(required=True)
    until.add_argument("--for", dest="length", metavar="TIME", help="so long: 30min, 2h")
    until.add_argument("--until", metavar="INSTANT", help="until then: 2026-10-02T10:00Z")
    resolve = act("resolve", "Say that it is over; if it still holds after an hour, it opens again.")
    resolve.add_argument("--reason", metavar="R", required=True)
    act("escalate", "Fire the next step for want of an answer now instead of at its time.")

    page = act("page", "Page a person about an incident, or `page test` to see whether somebody is reached.", one=False)
    page.add_argument("person", metavar="PERSON|test")
    page.add_argument("tested", metavar="PERSON", nargs="?", help="after test: whom (default: yourself)")
    page.add_argument("--incident", metavar="ID", type=int, help="not needed while only one is open")
    page.add_argument("--text", metavar="T", default="", help="what you want from them")

    note = act("note", "Write a line into an incident's timeline.", one=False)
    note.add_argument("incident", metavar="ID", type=int)
    note.add_argument("text", metavar="TEXT", nargs="+")

    for name, subject, sentence in (
        ("outage", "SOURCE", "Announce that a source is out: what it delays opens silently; deadlines still page."),
        ("maintenance", "PIPELINE", "Announce work on a pipeline: its pages wait; at most 8 h for investors."),
    ):
        verb = act(name, sentence, one=False)
        verb.add_argument("subject", metavar=subject, nargs="?", help="default: list what is announced")
        verb.add_argument("--from", dest="start", metavar="INSTANT", help="from then (default: now)")
        verb.add_argument("--until", metavar="INSTANT", help="until then")
        verb.add_argument("--reason", metavar="R", default="")
        verb.add_argument("--end", metavar="ID", type=int, help="this one ends now")


class _NumberOrAct(argparse._SubParsersAction):  # type: ignore[type-arg]  # noqa: SLF001  # it has no public name
    """Acts by name, and `show` for whoever gives a number in place of an act."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.choices = self._name_parser_map = _Acts(self._name_parser_map)

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        shown = ["show", *values] if _is_number(values[0]) else values
        super().__call__(parser, namespace, shown, option_string)


class _Acts(dict[str, argparse.ArgumentParser]):
    """What may stand behind the verb: numbers too, though nobody can list them."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or _is_number(str(name))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _keeping(verbs: _Verbs, add: Add) -> None:
    backup = add("backup", "keeping:backup", "Ledger, published parts, landed files and outputs as one file.")
    backup.add_argument("file", metavar="FILE")
    restore = add("restore", "keeping:restore", "Bring a backup back into a project without a state.")
    restore.add_argument("file", metavar="FILE")
    ledger = verbs.add_parser("ledger", help="Look after the ledger.")
    kinds = ledger.add_subparsers(metavar="WHAT", required=True)
    check = add("check", "keeping:check", "Whether the ledger is whole, every file it names is there, and the pager owes nobody anything.", kinds)
    _at(check)
