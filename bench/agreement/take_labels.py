"""Write recommended.yaml from a collection of incidents, and none of its texts.

    python bench/agreement/take_labels.py incidents.jsonl

Each line of the collection is an object whose `id`, `remedy_label` (a list) and `agreement`
are taken.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

TARGET = Path(__file__).resolve().with_name("recommended.yaml")
HEAD = (
    "# What people recommended, by incident: labels, the first choice first, and whether several agreed.\n"
    "# Written by take_labels.py, which takes nothing else over.\n"
)
# What is written is a plain YAML scalar, so it must be one; and it must be no sentence.
LABEL = re.compile(r"[a-z][a-z0-9_-]{0,59}(:[a-z][a-z0-9_-]{0,59})?\Z")
INCIDENT = re.compile(r"[a-z0-9][a-z0-9-]{0,79}\Z")


def taken(collection: str) -> str:
    """Return the file for *collection*, in order of id. Raises `ValueError` for what is no label."""
    lines = {}
    for line in filter(str.strip, collection.splitlines()):
        incident = json.loads(line)
        name, labels, voices = incident["id"], incident["remedy_label"], incident["agreement"]
        wrong = [label for label in (*labels, voices) if not LABEL.match(label)]
        if wrong or not labels or not INCIDENT.match(name) or name in lines:
            raise ValueError(f"{name}: told twice, without a label, or with a label that is none")
        written = ", ".join(f'"{label}"' if ":" in label else label for label in labels)
        lines[name] = f"{name}: {{labels: [{written}], voices: {voices}}}\n"
    return HEAD + "".join(lines[name] for name in sorted(lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("collection", type=Path)
    TARGET.write_text(taken(parser.parse_args().collection.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
