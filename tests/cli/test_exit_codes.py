"""Exit codes are an API: every error has one, and the documented ones differ."""

from tchat.cli import exit_codes
from tchat.domain import errors


def _leaves(kind: type[errors.TchatError]) -> list[type[errors.TchatError]]:
    below = kind.__subclasses__()
    return [leaf for child in below for leaf in _leaves(child)] if below else [kind]


def test_every_error_has_an_exit_code_of_its_own_kind() -> None:
    """No error that tchat knows ends as a crash."""
    for leaf in _leaves(errors.TchatError):
        assert exit_codes.code_of(leaf("x")) not in {exit_codes.DONE, exit_codes.CRASH}, leaf


def test_documented_codes_are_distinct() -> None:
    """A script can tell authentication, rate limit, network, refusal, length, check and budget apart."""
    codes = [value for name, value in vars(exit_codes).items() if name.isupper() and isinstance(value, int)]
    assert len(codes) == len(set(codes))
    assert exit_codes.code_of_finish("refused") == exit_codes.REFUSED
    assert exit_codes.code_of_finish("filtered") == exit_codes.REFUSED
    assert exit_codes.code_of_finish("length") == exit_codes.CUT_OFF
    assert exit_codes.code_of_finish("stop") == exit_codes.DONE


def test_the_drawn_tree_of_errors_is_the_real_one() -> None:
    """The docstring of the errors names every class."""
    drawn = errors.__doc__ or ""

    def walk(kind: type[errors.TchatError]) -> None:
        assert f" {kind.__name__} " in drawn.replace("\n", " \n") or kind is errors.TchatError
        for child in kind.__subclasses__():
            walk(child)

    walk(errors.TchatError)
