"""The real command in this process, and the tables that it writes."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from click.testing import CliRunner, Result

from amends.cli.main import app


def run(*arguments: str, code: int = 0, given: bytes | None = None) -> Result:
    """Run `amends` with *arguments* and *given* as its input; assert that it ends with *code*."""
    done = CliRunner().invoke(app, [*arguments], input=given)
    assert done.exit_code == code, done.output
    return done


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(Path(name).read_text(encoding="utf-8"), newline="")))
