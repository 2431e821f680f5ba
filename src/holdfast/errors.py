"""What can go wrong, in three families that never mix.

HoldfastError
├── DefinitionError   the folder is wrong: fix it and run again        exit 1
├── WorldError        the outside is wrong: retry, or tell its owner   exit 1
│   ├── BuilderBusy   another process is building right now
│   ├── PagerBusy     another process is the pager
│   └── StoreError    the disk or the store refused
│       └── TakenOver  another pager records now
└── Bug               we are wrong: stop and report                    exit 70

An expected ending (a held figure, a failed check) is a value, never an exception.
"""


class HoldfastError(Exception):
    """The message says what was found, what was expected, where, and what to do next."""


class DefinitionError(HoldfastError):
    """The team's folder says something that cannot be right."""


class WorldError(HoldfastError):
    """Something outside refused, is missing, or is broken."""


class BuilderBusy(WorldError):
    """Another process holds the store's one writer's place."""


class PagerBusy(WorldError):
    """Another process is the pager of this ledger."""


class StoreError(WorldError):
    """The store could not be written; readers still see what they saw before."""


class TakenOver(StoreError):
    """Another pager has a newer fencing number, so this one records nothing any more and stops."""


class Bug(HoldfastError):
    """Holdfast contradicts itself; nothing was published."""
