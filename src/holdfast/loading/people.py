"""The team's people, from `team/people.yml`."""

from zoneinfo import ZoneInfo

from holdfast.definitions.people import Person
from holdfast.loading.documents import Document
from holdfast.loading.fields import Fields
from holdfast.loading.problems import Problems, suggestion

ROLES = ("engineer", "manager", "lead", "stakeholder", "contact")


def read_people(document: Document, problems: Problems) -> tuple[Person, ...]:
    """Everybody in the file, in its order."""
    top = Fields(document, problems)
    found: list[Person] = []
    bound: dict[str, str] = {}
    for name, each in top.sections("people", required=True):
        person = Person(
            name=name,
            full_name=each.text("full_name", required=True),
            role=each.one_of("role", ROLES, required=True),
            email=each.text("email"),
            zone=_zone(each),
            holidays=each.text("holidays"),
            os_users=each.names("os_users"),
            chat=each.text("chat"),
            joined_on=each.day("joined_on"),
            left_on=each.day("left_on"),
        )
        each.done()
        for user in person.os_users:
            if user in bound:
                each.error(f"OS user '{user}' is bound to {bound[user]} already; bind it to one person", "os_users")
            bound.setdefault(user, name)
        found.append(person)
    top.done()
    return tuple(found)


def _zone(each: Fields) -> str:
    zone = each.text("zone")
    if zone and not is_zone(zone):
        each.error(f"'{zone}' is no time zone. {suggest_zone(zone)}", "zone")
    return zone


def is_zone(name: str) -> bool:
    """Whether the time-zone database has a zone of that name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def suggest_zone(name: str) -> str:
    """The zone most like the name."""
    from zoneinfo import available_timezones

    return suggestion(name, available_timezones(), "Zones")
