"""``item-codes make|export``: batches of codes from the command line, with progress."""

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import click

from app.domain.loyalty.item_codes import batches
from app.domain.loyalty.item_codes.batches import BadBatch, ItemCodeBatch, Terms
from app.exports.item_code_sheets import BadRange, Sheet
from app.spreadsheets import writing
from app.wiring import Siyu

Part = TypeVar("Part", str, bytes)


def command(siyu: Siyu) -> click.Group:
    group = click.Group("item-codes", help="Item codes 一物一码: make batches, export their codes.")
    group.add_command(_make(siyu))
    group.add_command(_export(siyu))
    return group


def _make(siyu: Siyu) -> click.Command:
    @click.command("make")
    @click.argument("name")
    @click.option("--product", required=True, help="What members see on the code's page.")
    @click.option("--count", "size", type=int, required=True)
    @click.option("--points", type=int, default=0, help="For the first who claims a piece.")
    @click.option("--sku")
    def make(name: str, product: str, size: int, points: int, sku: str | None) -> None:
        """Make a batch NAME of so many codes; prints its number."""
        terms = Terms(name, product, sku, points)
        try:
            with siyu.database.writing() as session:
                batch = batches.make(session, terms, size, siyu.vault, siyu.clock())
        except BadBatch as bad:
            raise click.ClickException(f"不对 / not possible: {bad}") from bad
        click.echo(batch.id)

    return make


def _export(siyu: Siyu) -> click.Command:
    @click.command("export")
    @click.argument("batch_id", type=int)
    @click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
    @click.option("--first", type=int, default=1)
    @click.option("--last", type=int, help="The last of the batch by default.")
    def export(batch_id: int, file: Path, first: int, last: int | None) -> None:
        """Write codes and links to FILE, CSV or XLSX; or QR pictures, where its name ends in
        .zip."""
        with siyu.database.reading() as session:
            batch = session.get(ItemCodeBatch, batch_id)
        if batch is None:
            raise click.ClickException(f"没有这一批 / no such batch: {batch_id}")
        url = siyu.programme.public_url
        try:
            sheet = Sheet(batch, first, last or batch.size, siyu.vault, url)
        except BadRange as bad:
            raise click.ClickException(f"没有这些码 / no such codes: {bad}") from bad
        _write(sheet, file)
        click.echo(f"{file}: {sheet.last - sheet.first + 1}")

    return export


def _write(sheet: Sheet, to: Path) -> None:
    kind = to.suffix.lower()
    if kind == ".zip":
        with to.open("wb") as file:
            file.writelines(_told(sheet.pictures()))
    elif kind == ".xlsx":
        with to.open("wb") as file:
            file.writelines(writing.as_xlsx(sheet.rows(), to.stem))
    else:
        with to.open("w", encoding="utf-8", newline="") as text:
            text.writelines(_told(writing.as_csv(sheet.rows())))


def _told(parts: Iterator[Part]) -> Iterator[Part]:
    """The size so far, where somebody watches."""
    size = 0
    for part in parts:
        size += len(part)
        click.echo(f"\r{size / 1e6:.1f} MB", nl=False, err=True)
        yield part
    click.echo(err=True)
