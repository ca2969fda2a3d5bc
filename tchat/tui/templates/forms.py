"""What was filled in for each template."""

from collections.abc import Mapping

from tchat.templates.format import Template, Value
from tchat.tui.templates.form_values import spelled


class Forms:
    """What stands in the forms of templates, kept while the program runs."""

    def __init__(self) -> None:
        self._texts: dict[str, dict[str, str]] = {}
        self._given: dict[str, dict[str, Value]] = {}
        self.last: str | None = None
        """The template that was looked at last."""

    def texts(self, name: str) -> dict[str, str]:
        """Return what stands in the fields of a template, those that were never shown left out."""
        return self._texts.get(name, {})

    def given(self, name: str) -> dict[str, Value]:
        """Return what inputs of a template are while their field is blank."""
        return self._given.get(name, {})

    def keep(self, name: str, texts: Mapping[str, str], given: Mapping[str, Value] | None = None) -> None:
        """Keep what stands in fields; other fields stay as they were."""
        self._texts[name] = {**self.texts(name), **texts}
        if given is not None:
            self._given[name] = dict(given)

    def texts_of(self, template: Template) -> dict[str, str]:
        """Return what stands in every field of a template, or would if it were shown."""
        return {spec.name: spelled(spec.default) for spec in template.inputs} | self.texts(template.name)
