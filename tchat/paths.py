"""Where tchat keeps its files on this machine.

`TCHAT_HOME` puts everything under one folder; otherwise each platform's own places are used (XDG on Linux).
"""

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct


def user_path(name: str) -> Path:
    """Return the path that a user means: `~` is a home, and stands for itself where there is no such user."""
    path = Path(name)
    try:
        return path.expanduser()
    except RuntimeError:
        return path


def is_file(path: Path) -> bool:
    """Whether there is such a file, as far as this user may know; a name that cannot be one is none."""
    try:
        return path.is_file()
    except OSError:
        return False


class Paths(Struct, frozen=True, kw_only=True):
    """Every folder and file that tchat reads or writes by itself."""

    config: Path
    """Configuration: `config.toml` (the user's), `settings.toml` and `keys.toml` (tchat's)."""
    data: Path
    """What must not be lost: the database, attachments, weights."""
    cache: Path
    """What can be fetched again: model lists."""
    state: Path
    """Logs, crash reports and locks."""

    @property
    def config_file(self) -> Path:
        """The user's configuration; never written by tchat."""
        return self.config / "config.toml"

    @property
    def settings_file(self) -> Path:
        """What `tchat config set` writes."""
        return self.config / "settings.toml"

    @property
    def keys_file(self) -> Path:
        """Keys, for machines without a keyring; mode 0600."""
        return self.config / "keys.toml"

    @property
    def prompts(self) -> Path:
        """The user's own templates."""
        return self.config / "prompts"

    @property
    def database(self) -> Path:
        """All conversations."""
        return self.data / "tchat.db"

    @property
    def media(self) -> Path:
        """Attachments, each named by its SHA-256."""
        return self.data / "media"

    @property
    def weights(self) -> Path:
        """Model files that `tchat local pull` brings."""
        return self.data / "weights"

    @property
    def model_lists(self) -> Path:
        """The providers' model lists."""
        return self.cache / "models.json"

    @property
    def prices(self) -> Path:
        """The library's prices."""
        return self.cache / "prices.json"

    @property
    def crashes(self) -> Path:
        """Crash reports."""
        return self.state / "crashes"


def find_paths(environ: Mapping[str, str]) -> Paths:
    """Return the places for this user, from `TCHAT_HOME` or the platform's conventions."""
    home = environ.get("TCHAT_HOME")
    if home:
        root = user_path(home)
        return Paths(config=root, data=root, cache=root / "cache", state=root / "state")
    from platformdirs import PlatformDirs

    dirs = PlatformDirs("tchat", appauthor=False)
    return Paths(
        config=dirs.user_config_path,
        data=dirs.user_data_path,
        cache=dirs.user_cache_path,
        state=dirs.user_state_path,
    )


def shipped_prompts() -> Path:
    """Return the folder of the templates that come with tchat: in the package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    packed = package / "prompts"
    return packed if packed.is_dir() else package.parent / "prompts"
