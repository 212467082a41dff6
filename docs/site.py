"""Hooks of MkDocs: the README is the site's first page, and what is linked beside the pages is looked for there."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
FIRST = "index.md"
OTHER_FILE = re.compile(
    r"\[([^]]*)\]\((?:\.\./)*(?:LICENSE|CHANGELOG\.md|CITATION\.cff|(?:src|tests|benchmarks)/[^)]*)\)"
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the README, whose links lead into docs/."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    files.append(File.generated(config, FIRST, content=re.sub(r"\]\(docs/", "](", text)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leads links to the README to the first page, and makes those to files that are not pages plain text."""
    up = "../" * page.file.src_uri.count("/")
    markdown = re.sub(r"\]\((?:\.\./)+README\.md(#[^)]*)?\)", lambda m: f"]({up}{FIRST}{m[1] or ''})", markdown)
    return OTHER_FILE.sub(r"\1", markdown)
