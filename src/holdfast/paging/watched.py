"""A channel, and whether it worked when it was last used."""

from collections.abc import MutableMapping
from dataclasses import dataclass, field

from holdfast.definitions.people import Person
from holdfast.incidents.ports import Channel, Letter


@dataclass(frozen=True, slots=True)
class Watched:
    """Implements `incidents.ports.Channel` by another one."""

    channel: Channel
    failed: MutableMapping[str, bool] = field(default_factory=dict)
    """By channel's name, whether its last attempt failed; kept when the folder is read again."""

    @property
    def name(self) -> str:
        return self.channel.name

    @property
    def wakes(self) -> bool:
        return self.channel.wakes

    @property
    def is_idempotent(self) -> bool:
        return self.channel.is_idempotent

    @property
    def works(self) -> bool:
        """As far as anybody knows: nothing has been tried, or the last attempt went well."""
        return not self.failed.get(self.name, False)

    def reaches(self, to: Person | str) -> bool:
        return self.channel.reaches(to)

    def send(self, letter: Letter) -> str:
        self.failed[self.name] = True
        provider_id = self.channel.send(letter)
        self.failed[self.name] = False
        return provider_id
