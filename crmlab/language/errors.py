"""The one error that a learner meets: what was put in cannot be taken."""


class InputError(ValueError):
    """Something that was put in is not allowed; the message names it, and what is allowed, in the learner's language.

    >>> issubclass(InputError, ValueError)
    True
    """
