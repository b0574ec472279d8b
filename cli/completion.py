"""Completion of `fact=value` in bash, which takes `=` for the end of a word.

zsh and fish pass the word as it is typed; for bash the pieces are joined again, and only
the part after `=` is offered, since that is what bash replaces.
"""

from __future__ import annotations

import os

from click.shell_completion import BashComplete, CompletionItem, add_completion_class

SCRIPT = """\
%(complete_func)s() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        case "$line" in
            plain,*) COMPREPLY+=("${line#plain,}") ;;
            file,*) compopt -o default ;;
            dir,*) compopt -o dirnames ;;
        esac
    done < <(COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete "$1")
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """Joins `fact`, `=` and `value` before anything is completed."""

    source_template = SCRIPT

    @staticmethod
    def _check_version() -> None:
        """Bash 4.4 and later have all that the script uses; asking costs a process."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the words before the cursor, joined at `=`, and the word under it."""
        words = os.environ["COMP_WORDS"].split()
        position = int(os.environ["COMP_CWORD"])
        under = words[position] if position < len(words) else ""
        joined: list[str] = []
        for word in [*words[1:position], under]:
            if joined and (word.startswith("=") or joined[-1].endswith("=")):
                joined[-1] += word
            else:
                joined.append(word)
        return joined[:-1], joined[-1] if joined else ""

    def format_completion(self, item: CompletionItem) -> str:
        """Return what bash puts in the place of the word that it sees."""
        name, equals, value = str(item.value).partition("=")
        return f"{item.type},{value if equals and value else name + equals}"


def register() -> None:
    """Let click use it wherever bash asks."""
    add_completion_class(Bash, "bash")
