"""The one exception a user is meant to see."""

MOST_CHARACTERS = 300  # of a message: it names a place and what is allowed, never a whole file


class StudyError(Exception):
    """A mistake in the input or the surroundings that one line can explain and the user can mend.

    The command line prints the message alone, without a traceback, and exits with status 2. Whatever the message was
    made of, it is one printable line; of one that is too long the middle is left out.
    """

    def __init__(self, message: str) -> None:
        line = printable(message)
        half = MOST_CHARACTERS // 2
        super().__init__(line if len(line) <= MOST_CHARACTERS else f"{line[: half - 3]} ... {line[2 - half :]}")


def printable(content: str) -> str:
    """A text whose control characters, and others that no terminal or page should be given, are escaped: \\x1b."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in content)


def one_line(error: BaseException | str, most: int = 200) -> str:
    """An error as the printable end of a sentence, at most `most` characters; its type where it has no message."""
    return printable(" ".join(str(error).split()))[:most] or type(error).__name__
