"""What every channel says of itself, as holdfast.yml declares it."""

from holdfast.definitions.channel import Declared, has_address
from holdfast.definitions.people import Person


class Way:
    """One declared channel; how a letter goes is each channel's own."""

    __slots__ = ()
    declared: Declared

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def wakes(self) -> bool:
        return self.declared.wakes

    @property
    def is_idempotent(self) -> bool:
        return False

    def reaches(self, to: Person | str) -> bool:
        return has_address(self.declared, to)
