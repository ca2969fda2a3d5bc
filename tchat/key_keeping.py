"""Keys that a user gives and takes back, with what the settings say of needing one.

Law: taking a key back undoes all that giving it did. What is asked next has the change after `Runtime.reload`.
"""

from tchat.config import is_users_own, join_key, set_value
from tchat.domain.errors import TchatError, UsageError
from tchat.keys import Key
from tchat.runtime import Runtime


def keep_key(runtime: Runtime, provider: str, value: str) -> Key:
    """Keep the key of a provider and return where it went; one that was asked without a key now needs it.

    It takes as long as the keyring does.

    Raises:
        UsageError: that is no key, or the provider takes none.
        ConfigError: the key cannot be kept, or the user's own file says that none is needed.
    """
    spec = runtime.spec(provider)
    if not spec.takes_key:
        raise UsageError(f"{provider} takes no key")
    needs = None if spec.variables or spec.needs_key else join_key("providers", provider, "needs_key")
    if needs is not None:
        set_value(runtime.paths, needs, value=True)
    try:
        return runtime.keys.put(provider, value)
    except TchatError:
        if needs is not None:
            set_value(runtime.paths, needs, None)
        raise


def forget_key(runtime: Runtime, provider: str) -> tuple[str, ...]:
    """Remove a key; return the places it was removed from.

    Raises:
        ConfigError: the key file or the settings cannot be written.
    """
    places = runtime.keys.remove(provider)
    own, needs = runtime.config.providers.get(provider), join_key("providers", provider, "needs_key")
    if own is not None and own.needs_key and not own.key_env and not is_users_own(runtime.paths, needs):
        set_value(runtime.paths, needs, None)
    return places
