"""`amends explain`: what a diagnostic or a finding means, with an example and what to do about it."""

from __future__ import annotations

import click


@click.command("explain")
@click.argument("code", required=False)
def command(code: str | None) -> None:
    """Say what CODE means, such as `unknown-value` or `gap`: what, why, an example, and how to mend it.

    Without CODE, list them all. The pages are those of the documentation; nothing is asked of the network.
    """
    from amends.engine.author.explaining import WHAT, codes, page, plain, sentence
    from amends.engine.diagnostics import did_you_mean

    known = codes()
    if code is None:
        width = max(map(len, known))
        for name, groups in known.items():
            for group in groups:
                click.echo(f"{name:<{width}}  {sentence(page(group, name))}")
        return
    if code not in known:
        near = did_you_mean(code, known) or "`amends explain` lists them all"
        raise click.BadParameter(f"`{code}` is no code; {near}", param_hint="CODE")
    for number, group in enumerate(known[code]):
        click.echo(("\n" if number else "") + f"{code} – {WHAT[group]}\n")
        click.echo("\n".join(plain(page(group, code))))
