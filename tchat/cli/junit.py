"""JUnit XML, as build servers read it: a suite for each template, a case for each test."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

from tchat.cli.verdicts import Broken, Verdicts
from tchat.domain.errors import UsageError
from tchat.domain.text import printable
from tchat.templates.testing import Result


def write_junit(path: Path, verdicts: Verdicts) -> None:
    """Write the results of the offline tests, and templates with mistakes as errors.

    Raises:
        UsageError: the file cannot be written.
    """
    failed = sum(bool(result.problems) for result in verdicts.results)
    root = Element(
        "testsuites",
        name="tchat test",
        tests=str(len(verdicts.results) + len(verdicts.broken)),
        failures=str(failed),
        errors=str(len(verdicts.broken)),
        time=_seconds(verdicts.results),
    )
    for name, group in groupby(verdicts.results, key=lambda result: result.template):
        _add_suite(root, name, list(group))
    for broken in verdicts.broken:
        _add_broken(root, broken)
    try:
        path.write_bytes(tostring(root, "utf-8", xml_declaration=True))
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _add_suite(root: Element, name: str, results: Sequence[Result]) -> None:
    failed = sum(bool(result.problems) for result in results)
    suite = SubElement(
        root,
        "testsuite",
        name=printable(name),
        tests=str(len(results)),
        failures=str(failed),
        errors="0",
        time=_seconds(results),
    )
    for result in results:
        case = SubElement(
            suite,
            "testcase",
            name=printable(result.name),
            classname=printable(name).replace("/", "."),
            file=printable(result.file),
            line=str(result.line),
            time=_seconds([result]),
        )
        if result.problems:
            failure = SubElement(case, "failure", message=printable(result.problems[0]))
            failure.text = printable("\n".join([result.place, *result.problems]))


def _add_broken(root: Element, broken: Broken) -> None:
    suite = SubElement(root, "testsuite", name=printable(broken.name), tests="1", failures="0", errors="1")
    case = SubElement(suite, "testcase", name="the template", classname=printable(broken.name).replace("/", "."))
    error = SubElement(case, "error", message=printable(broken.message).splitlines()[0])
    error.text = printable(broken.message)


def _seconds(results: Sequence[Result]) -> str:
    return f"{sum(result.seconds for result in results):.4f}"
