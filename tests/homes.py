"""Homes of users whose providers are all on loopback, and a keyring that forgets."""

import json
from pathlib import Path
from typing import Any

import keyring.core
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from tchat.runtime import Runtime
from tests.servers import Answer

NOWHERE = "http://127.0.0.1:1/v1"
"""Where nothing listens."""
_QUIET = "".join(f'[providers.{name}]\nbase_url = "{NOWHERE}"\n' for name in ("ollama", "lmstudio", "llamacpp", "vllm"))


def home_runtime(home: Path, config: str = "", *, quiet: bool = True, **environ: str) -> Runtime:
    """Return the runtime of a user without proxies, whose well-known local servers are not running.

    Args:
        home: where everything is.
        config: what `config.toml` begins with.
        quiet: whether the well-known local servers are moved to where nothing listens.
        environ: environment variables.
    """
    home.mkdir(parents=True, exist_ok=True)
    (home / "config.toml").write_text(config + (_QUIET if quiet else ""), "utf-8")
    return Runtime.open({"TCHAT_HOME": str(home), **environ})


def listing(*models: str | dict[str, Any]) -> Answer:
    """Return the model list of a compatible server."""
    data = [{"id": model} if isinstance(model, str) else model for model in models]
    return Answer(content_type="application/json", body=(json.dumps({"object": "list", "data": data}).encode(),))


class MemoryKeyring(KeyringBackend):
    """Keeps passwords as long as it lives; refuses them if it is told to."""

    priority = 1  # pyright: ignore[reportAssignmentType, reportUnannotatedClassAttribute]  # the library's own way

    def __init__(self, *, refuses: bool = False) -> None:
        super().__init__()
        self.passwords: dict[tuple[str, str], str] = {}
        self.refuses = refuses

    def get_password(self, service: str, username: str) -> str | None:
        """Return a password, if there is one."""
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a password."""
        if self.refuses:
            raise RuntimeError("no keyring here")
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget a password."""
        if self.refuses:
            raise RuntimeError("no keyring here")
        if self.passwords.pop((service, username), None) is None:
            raise PasswordDeleteError


def use_keyring(monkeypatch: pytest.MonkeyPatch, *, refuses: bool = False) -> MemoryKeyring:
    """Have this process use a keyring of its own."""
    backend = MemoryKeyring(refuses=refuses)
    monkeypatch.setattr(keyring.core, "_keyring_backend", backend)
    return backend
