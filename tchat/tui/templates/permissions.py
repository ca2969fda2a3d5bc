"""Which templates may run programs on this machine: those whose every letter the user has allowed."""

from pathlib import Path

from tchat.domain.errors import ConfigError
from tchat.paths import Paths

FILE = "allowed-templates.txt"


class Permissions:
    """The digests that were allowed, one a line in a file of tchat's own."""

    def __init__(self, paths: Paths) -> None:
        self._file = paths.config / FILE

    @property
    def file(self) -> Path:
        """Where they are kept."""
        return self._file

    def has(self, digest: str) -> bool:
        """Whether the template with this digest was allowed; one without a digest never is."""
        try:
            lines = self._file.read_text("utf-8").splitlines()
        except (OSError, ValueError):
            return False
        return bool(digest) and any(line.split(maxsplit=1)[:1] == [digest] for line in lines)

    def allow(self, digest: str, name: str) -> None:
        """Remember that a template may run programs; `name` stands beside the digest for readers.

        Raises:
            ConfigError: it cannot be written.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(f"{digest} {' '.join(name.split())}\n")
        except OSError as error:
            raise ConfigError(f"cannot write {self._file}: {error.strerror}") from error
