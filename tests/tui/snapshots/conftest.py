"""Snapshots are SVG files, which any browser shows."""

from pytest_textual_snapshot import SVGImageExtension

SVGImageExtension.file_extension = "svg"  # the plugin names it as an older syrupy did
