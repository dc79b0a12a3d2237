"""Commands: what an operator of the machine does, ``flask --app wsgi …``."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from app import db, demo
from app.domain.people import channels, operators
from app.wiring import Siyu


def add_to(app: Flask, siyu: Siyu) -> None:
    """Adds every command to the app's command line."""
    for command in (_migrate(siyu), _demo(siyu), _channel(siyu), _operator(siyu)):
        app.cli.add_command(command)


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
            channel = channels.by_key(session, key)
        if channel is None:
            raise click.ClickException(f"没有这个渠道账号 / no such channel: {key}")
        click.echo(json.dumps(_shown(siyu, channel, secrets), ensure_ascii=False, indent=2))

    @group.command("add")
    @click.argument("key")
    @click.option("--kind", type=click.Choice([str(kind) for kind in channels.Kind]), required=True)
    @click.option("--name", required=True)
    @click.option("--appid", required=True, help="The platform's id of the account.")
    @click.option("--original-id", default="", help="gh_… of an official account.")
    @click.option("--api-base-url", default="https://api.weixin.qq.com", show_default=True)
    @click.option("--token", default="", help="Token of the callback settings.")
    @click.option("--encoding-aes-key", default="", help="EncodingAESKey, 43 characters.")
    @click.option("--secret", prompt=True, hide_input=True, help="AppSecret or gateway secret.")
    def add(key: str, **options: str) -> None:
        """Add a channel; its credentials are stored encrypted."""
        names = ("token", "encoding_aes_key", "secret")
        secrets = {name: options.pop(name) for name in names}
        try:
            with siyu.database.writing() as session:
                channels.add(
                    session, key=key, **options, secrets=secrets, vault=siyu.vault, now=siyu.clock()
                )
        except (channels.MissingSecret, channels.KeyTaken) as error:
            raise click.ClickException(f"{type(error).__name__}: {error}") from error
        click.echo(f"{siyu.settings.public_base_url}/callback/{key}")

    return group


def _shown(siyu: Siyu, channel: channels.Channel, secrets: bool) -> dict[str, str]:
    shown = {
        "key": channel.key,
        "kind": channel.kind,
        "name": channel.name,
        "appid": channel.appid,
        "original_id": channel.original_id,
        "callback_url": f"{siyu.settings.public_base_url}/callback/{channel.key}",
        "api_base_url": channel.api_base_url,
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
