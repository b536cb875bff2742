"""The one exception a user is meant to see."""


class StudyError(Exception):
    """A mistake in the input or the surroundings that one line can explain and the user can mend.

    The command line prints the message alone, without a traceback, and exits with status 2.
    """
