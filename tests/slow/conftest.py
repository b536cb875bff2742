"""The table of faults that the slow tests injected, printed at their end."""

from typing import Any

import fault_table


def pytest_terminal_summary(terminalreporter: Any) -> None:
    fault_table.print_once(terminalreporter)
