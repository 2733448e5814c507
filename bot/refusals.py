"""Why a command was refused. The message is made to be shown: it names what was wrong and what to do, never a
secret or a person.

CommandRefused
├── settings.BadSettings   the configuration
├── organise.NotPossible   what the operator asked for
└── service.CannotServe    the service cannot start, or has ended by itself
"""


class CommandRefused(Exception):
    """See above."""
