"""Commands: what an operator of the machine does, ``flask --app wsgi …``."""

import json
import time
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app import db, demo, doctor, item_code_commands, replay
from app.clockwork import figure_nights, ledger_nights
from app.domain.people import channels, operators
from app.domain.people.channel_kinds import OFFERED, SHAPES, Kind
from app.domain.vault import CannotOpen
from app.exports import commands as exports
from app.imports import commands as imports
from app.lotteries import commands as lotteries
from app.rehearsals import commands as rehearsals
from app.wiring import Siyu

_PARTS = "What else the kind has, e.g. agent_id=1000002; @FILE reads the value from a file."


def add_to(app: Flask, siyu: Siyu) -> None:
    """Adds every command to the app's command line."""
    for make in (
        *(_migrate, _demo, _channel, _operator, _replay, _doctor, rehearsals.command),
        *(imports.importing, exports.exporting, figure_nights.command),
        *(item_code_commands.command, ledger_nights.command, lotteries.command),
    ):
        app.cli.add_command(make(siyu))


def _migrate(siyu: Siyu) -> click.Command:
    @click.command("migrate")
    def migrate() -> None:
        """Bring the database to the newest version."""
        siyu.settings.var.mkdir(parents=True, exist_ok=True)
        db.migrate(siyu.settings.database)

    return migrate


def _demo(siyu: Siyu) -> click.Command:
    @click.command("demo")
    def run_demo() -> None:
        """Fill an empty house with the demo shop; does nothing where it is in place."""
        demo.furnish(siyu)

    return run_demo


def _channel(siyu: Siyu) -> click.Group:
    group = AppGroup("channel", help="Channels 渠道账号: the accounts members reach us through.")

    @group.command("list")
    def list_channels() -> None:
        """List the channels."""
        with siyu.database.reading() as session:
            for channel in channels.all_of(session):
                click.echo(f"{channel.key}\t{channel.kind}\t{channel.appid}\t{channel.name}")

    @group.command("show")
    @click.argument("key")
    @click.option("--secrets", is_flag=True, help="Print the credentials too.")
    def show(key: str, secrets: bool) -> None:
        """Print a channel as JSON."""
        with siyu.database.reading() as session:
            channel = _existing(channels.by_key(session, key), key)
        click.echo(json.dumps(_shown(siyu, channel, secrets), ensure_ascii=False, indent=2))

    @group.command("add")
    @click.argument("key")
    @click.option("--kind", type=click.Choice([str(kind) for kind in OFFERED]), required=True)
    @click.option("--name", required=True)
    @click.option("--appid", required=True, help="The platform's id of the account.")
    @click.option("--original-id", default="", help="gh_… of an official account.")
    @click.option("--api-base-url", default="", help="The platform's own by default.")
    @click.option("--token", default="", help="Token of the callback settings.")
    @click.option("--encoding-aes-key", default="", help="EncodingAESKey, 43 characters.")
    @click.option("--secret", default="", help="AppSecret or another kind's main secret.")
    @click.option("--set", "parts", multiple=True, metavar="NAME=VALUE", help=_PARTS)
    def add(key: str, parts: tuple[str, ...], **options: str) -> None:
        """Add a channel; its credentials are stored encrypted."""
        kind = options["kind"]
        given = {name: options.pop(name) for name in ("token", "encoding_aes_key", "secret")}
        given |= _told(kind, parts)
        if not given["secret"] and "secret" in SHAPES[Kind(kind)].secrets:
            given["secret"] = click.prompt("Secret", hide_input=True)
        secrets, settings = _sorted_out(kind, given)
        options["api_base_url"] = options["api_base_url"] or SHAPES[Kind(kind)].api_base_url
        try:
            with siyu.database.writing() as session:
                channels.add(
                    session,
                    key=key,
                    **options,
                    secrets=secrets,
                    settings=settings,
                    vault=siyu.vault,
                    now=siyu.clock(),
                )
        except (channels.MissingPart, channels.BadPart, channels.KeyTaken) as error:
            raise click.ClickException(f"{type(error).__name__}: {error}") from error
        click.echo(f"{siyu.settings.public_base_url}/callback/{key}")

    group.add_command(_channel_change(siyu))
    return group


def _channel_change(siyu: Siyu) -> click.Command:
    @click.command("change")
    @click.argument("key")
    @click.option("--name", default="")
    @click.option("--api-base-url", default="")
    @click.option("--token", default="", help="The old one stays good until it is forgotten.")
    @click.option("--encoding-aes-key", default="", help="43 characters; likewise.")
    @click.option("--secret", default="", help="AppSecret or gateway secret.")
    @click.option("--set", "parts", multiple=True, metavar="NAME=VALUE", help=_PARTS)
    @click.option("--forget-previous", is_flag=True, help="Only the current ones are good now.")
    def change(
        key: str,
        name: str,
        api_base_url: str,
        parts: tuple[str, ...],
        forget_previous: bool,
        **given: str,
    ) -> None:
        """Change a channel; what is not given stays."""
        vault = siyu.vault
        try:
            with siyu.database.writing() as session:
                known = _existing(channels.by_key(session, key), key)
                channel_id = known.id
                secrets, settings = _sorted_out(known.kind, given | _told(known.kind, parts))
                changed = channels.change(
                    session,
                    channel_id,
                    vault=vault,
                    secrets=secrets,
                    settings=settings,
                    name=name,
                    api_base_url=api_base_url,
                )
                if forget_previous:
                    changed += channels.forget_previous(session, channel_id, vault)
        except (channels.MissingPart, channels.BadPart, CannotOpen) as error:
            raise click.ClickException(f"{type(error).__name__}: {error}") from error
        click.echo(f"已更改 / changed: {', '.join(changed) or '—'}")

    return change


def _told(kind: str, parts: tuple[str, ...]) -> dict[str, str]:
    """What ``--set NAME=VALUE`` says; ``@FILE`` for a value is what the file holds."""
    shape = SHAPES[Kind(kind)]
    told = {}
    for one in parts:
        name, _, value = one.partition("=")
        if name not in shape.secrets + shape.settings:
            known = ", ".join(shape.secrets + shape.settings)
            raise click.ClickException(f"{kind} has no {name}; it has: {known}")
        told[name] = Path(value[1:]).read_text().strip() if value.startswith("@") else value
    return told


def _sorted_out(kind: str, given: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What is given, as (secrets, settings) of the kind."""
    shape = SHAPES[Kind(kind)]
    secrets = {name: value for name, value in given.items() if name in shape.secrets}
    settings = {name: value for name, value in given.items() if name in shape.settings}
    unasked = [n for n, value in given.items() if value and n not in secrets | settings]
    if unasked:
        raise click.ClickException(f"{kind} has no {', '.join(unasked)}")
    return secrets, settings


def _existing(channel: channels.Channel | None, key: str) -> channels.Channel:
    if channel is None:
        raise click.ClickException(f"没有这个渠道账号 / no such channel: {key}")
    return channel


def _shown(siyu: Siyu, channel: channels.Channel, secrets: bool) -> dict[str, str]:
    shown = {
        "key": channel.key,
        "kind": channel.kind,
        "name": channel.name,
        "appid": channel.appid,
        "original_id": channel.original_id,
        "callback_url": f"{siyu.settings.public_base_url}/callback/{channel.key}",
        "api_base_url": channel.api_base_url,
        **channel.settings,
    }
    if secrets:
        opened = channel.secrets(siyu.vault)
        shown |= opened
        if "encoding_aes_key" in opened:
            shown["EncodingAESKey"] = opened["encoding_aes_key"]
    return shown


def _operator(siyu: Siyu) -> click.Group:
    group = AppGroup("operator", help="Operators 运营: who may use the console.")

    @group.command("add")
    @click.argument("email")
    @click.option("--name", default="")
    @click.password_option()
    def add(email: str, name: str, password: str) -> None:
        """Add an operator."""
        try:
            with siyu.database.writing() as session:
                operators.add(session, email, name or email, password, siyu.clock())
        except (operators.WeakPassword, operators.AddressTaken) as error:
            raise click.ClickException(str(error)) from error

    return group


def _doctor(siyu: Siyu) -> click.Command:
    @click.command("doctor")
    @click.pass_context
    def run_doctor(context: click.Context) -> None:
        """Check the house and every channel for real; exit status 1 if anything is wrong."""
        wrong = 0
        for about, trouble in doctor.examine(siyu):
            click.echo(f"{'错 WRONG' if trouble else '好 OK   '}  {about.zh} / {about.en}")
            if trouble:
                wrong += 1
                click.echo(f"          {trouble.zh}\n          {trouble.en}")
        click.echo(f"{wrong} 处有问题 / wrong: {wrong}" if wrong else "一切正常 / all is well")
        context.exit(min(wrong, 1))

    return run_doctor


def _replay(siyu: Siyu) -> click.Command:
    @click.command("replay")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--channel", "channel_key", required=True, help="The channel that hears it.")
    @click.option("--members", default=200, show_default=True, type=click.IntRange(1, 1_000_000))
    @click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64))
    @click.option("--run", "number", type=click.IntRange(1), help="Resume the run of this number.")
    def run_replay(
        file: Path, channel_key: str, members: int, threads: int, number: int | None
    ) -> None:
        """Send every line of FILE through the encrypted front door as chat of many members."""
        with siyu.database.reading() as session:
            channel = channels.by_key(session, channel_key)
        if channel is None or channel.kind != channels.Kind.OFFICIAL_ACCOUNT:
            raise click.ClickException(f"没有这个公众号渠道 / no official account {channel_key}")
        url = f"http://127.0.0.1:{siyu.settings.port}/callback/{channel_key}"
        run = replay.Run(number or int(time.time()), siyu.account(channel), url)
        lines = replay.lines_of(file.read_text("utf-8").splitlines(), members)
        try:
            _run_replay(siyu, run, lines, threads)
        except (replay.Refused, replay.NothingMoves) as error:
            raise click.ClickException(
                f"{error}\n继续 / resume with: --run {run.number}"
            ) from error

    return run_replay


def _run_replay(siyu: Siyu, run: replay.Run, lines: list[replay.Line], threads: int) -> None:
    click.echo(f"{len(lines)} 条 → {run.url}  (run {run.number})")
    began_s = time.monotonic()
    with click.progressbar(length=len(lines), label="发送 accepted") as bar:
        replay.deliver(run, lines, threads, bar.update)
    accepted_s = time.monotonic() - began_s

    keys = [run.key(line) for line in lines]

    def look() -> replay.Summary:
        with siyu.database.reading() as session:
            return replay.summary(session, keys)

    with click.progressbar(length=len(lines), label="处理 handled ") as bar:
        done = replay.follow(look, lambda now: bar.update(now.handled - bar.pos))
    _print_summary(done, len(lines), accepted_s, time.monotonic() - began_s)


def _print_summary(
    done: replay.Summary, accepted: int, accepted_s: float, handled_s: float
) -> None:
    echo = click.echo
    echo(f"接收 accepted      {accepted}  ({accepted / accepted_s:.0f}/s)")
    echo(f"处理 handled       {done.handled}  ({done.handled / handled_s:.0f}/s)")
    echo(f"隔离 quarantined   {done.quarantined}")
    echo(f"打标签 tags given  {done.tags.total()}")
    for name, count in done.tags.most_common():
        echo(f"  {count:6d}  {name}")
    echo(f"回复 replies       {done.messages.total()}")
    for state, count in done.messages.most_common():
        echo(f"  {count:6d}  {state}")
