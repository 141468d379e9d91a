"""Why a contender takes no part."""


class Unsupported(Exception):
    """The contender cannot do this work in this way."""


class Absent(Exception):
    """A package that the contender needs is not installed."""
