"""The commands. Each is a module of its own, imported when it is used, so that ``outlookd --help`` stays quick.

stdout carries the answer, stderr everything else. Exit statuses are those of design section 6: 0 done, 1 failed, 2 wrong use,
3 done but something is held or quarantined, 4 a sign-in is needed, 75 try again later, 78 configuration.
"""

from __future__ import annotations

import difflib
import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from outlookd.cli.options import JSON_WANTED
from outlookd.errors import OutlookdError

COMMANDS = {
    "run": "Run the daemon: the sign-in pages, and every job at its interval.",
    "demo": "Try it: a sandbox and the daemon in one process, with invented data.",
    "sync": "Run jobs once, now.",
    "plan": "Show what a run would change. Writes nothing.",
    "approve": "Release what a guard holds, for the next run.",
    "undo": "Take back what a run wrote.",
    "why": "Tell why a record is as it is, in plain sentences.",
    "conflicts": "List what was changed on both sides at once, and choose whose value counts.",
    "quarantine": "List records that could not be handled, and try them again.",
    "status": "Show where each job stands.",
    "check": "Find everything that is wrong. Writes nothing to GoPaaS or Outlook.",
    "connect": "Make a one-time link with which a user signs in at Microsoft.",
    "forget": "Forget a user's sign-in, or everything about them.",
    "export": "Write what is known about a user to a file.",
    "backup": "Copy the state database, checked, while the daemon runs.",
    "restore": "Put a backup in the place of the state database.",
    "dedupe": "Find what stands twice in Outlook, and take the untouched copies away.",
    "rotate-key": "Seal what is secret in the state database with another key.",
    "plugins": "List the plugins and what became of them.",
    "sandbox": "Start an Entra, a Graph and a GoPaaS on this machine.",
}
"""Every command with its line of help, so that the list needs no import."""

INTERRUPTED = 130


class _Commands(click.Group):
    """A group that imports a command when it is called, and shows the list without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"outlookd.cli.{cmd_name.replace('-', '_')}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"outlookd.cli has no command for {cmd_name}")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        close = difflib.get_close_matches(args[0], COMMANDS, n=1)
        if args[0] not in COMMANDS and close:
            raise click.UsageError(f"No such command {args[0]!r}. Did you mean {close[0]!r}?", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. With ``--json`` an error is answered in JSON too, before `main` tells it in words."""
        try:
            return super().invoke(ctx)
        except OutlookdError as error:
            if ctx.meta.get(JSON_WANTED):
                from outlookd.cli import render

                click.echo(render.as_json(render.error_data(error)))
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="outlookd")
def commands() -> None:
    """Keep Outlook contacts and calendars in step with GoPaaS."""


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command and leave with its exit status. Errors of ours are sentences, never tracebacks."""
    try:
        status = commands.main(arguments, prog_name="outlookd", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except OutlookdError as error:
        click.echo("outlookd: " + "\n  ".join(str(error).split("\n")), err=True)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # Whoever read our answer (``| head``) has had enough. Python would complain about stdout once more at its end.
        sys.stderr.close()
        sys.exit(1)
    sys.exit(status if isinstance(status, int) else 0)
