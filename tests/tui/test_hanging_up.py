"""A terminal that is gone."""

import errno
import io

from textual.drivers.headless_driver import HeadlessDriver

from tchat.tui.hanging_up import Terminal, outliving


class Gone(io.StringIO):
    """A file whose terminal was closed."""

    def write(self, text: str) -> int:
        """Write nothing."""
        raise OSError(errno.EIO, f"no room for {len(text)}")

    def flush(self) -> None:
        """Show nothing."""
        raise OSError(errno.EIO, "gone")


def test_what_is_written_to_a_terminal_that_is_gone_goes_nowhere() -> None:
    """Whoever writes goes on; all else is the file's."""
    there, gone = Terminal(io.StringIO()), Terminal(Gone())
    for terminal in (there, gone):
        assert terminal.write("frame") == 5
        terminal.flush()
    assert there.getvalue() == "frame"


def test_a_driver_without_a_file_stays_as_it_is() -> None:
    """As that of the tests."""
    assert issubclass(outliving(HeadlessDriver), HeadlessDriver)
