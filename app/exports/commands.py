"""``export members|tags|orders|ledger FILE``."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from app.domain.insight.tags import Tag
from app.domain.loyalty.standing.tiers import Tier
from app.exports import ledger, orders, people
from app.spreadsheets import writing
from app.wiring import Siyu

_TO = click.Path(dir_okay=False, writable=True, path_type=Path)


def exporting(siyu: Siyu) -> click.Group:
    group = click.Group("export", help="Write members, tags, orders or the ledger to a table.")
    for name in ("members", "tags"):
        group.add_command(_export(siyu, name))
    group.add_command(_export_orders(siyu))
    group.add_command(_export_ledger(siyu))
    return group


def write(to: Path, rows: Iterator[Sequence[Any]]) -> None:
    """Phone numbers are masked; the count is of rows without the heading."""
    count = 0

    def counted() -> Iterator[Sequence[Any]]:
        nonlocal count
        for count, row in enumerate(rows):  # noqa: B007  the last number is the count
            yield row

    if to.suffix.lower() == ".xlsx":
        with to.open("wb") as file:
            file.writelines(writing.as_xlsx(counted(), to.stem))
    else:
        with to.open("w", encoding="utf-8", newline="") as text:
            text.writelines(writing.as_csv(counted()))
    click.echo(f"{to}: {count}")


def _export(siyu: Siyu, name: str) -> click.Command:
    @click.command(name)
    @click.argument("file", type=_TO)
    @click.option("--tag", help="Only members with this tag.")
    @click.option("--tier", help="Only members of this tier, by its key.")
    def export(file: Path, tag: str | None, tier: str | None) -> None:
        zone = siyu.programme.zone
        wanted = people.Wanted(
            tag_id=_id(siyu, Tag, Tag.name, tag), tier_id=_id(siyu, Tier, Tier.key, tier)
        )
        if name == "members":
            rows = people.member_rows(siyu.database, wanted, siyu.vault, zone)
        else:
            rows = people.tag_rows(siyu.database, wanted, zone)
        write(file, rows)

    export.help = f"Write {name} to FILE, as CSV or, where its name ends so, XLSX."
    return export


def _export_orders(siyu: Siyu) -> click.Command:
    @click.command("orders")
    @click.argument("file", type=_TO)
    @click.option("--shop", help="Only orders of this shop.")
    def export(file: Path, shop: str | None) -> None:
        """Write orders to FILE, as CSV or, where its name ends so, XLSX; a row for each line."""
        write(file, orders.order_rows(siyu.database, shop, siyu.programme.zone))

    return export


def _export_ledger(siyu: Siyu) -> click.Command:
    @click.command("ledger")
    @click.argument("file", type=_TO)
    def export(file: Path) -> None:
        """Write every entry of the points ledger, with its cause and its postings, to FILE."""
        write(file, ledger.entry_rows(siyu.database, siyu.programme.zone))

    return export


def _id(siyu: Siyu, table: Any, column: Any, wanted: str | None) -> int | None:
    if wanted is None:
        return None
    with siyu.database.reading() as session:
        found = session.query(table).where(column == wanted).one_or_none()
    if found is None:
        raise click.ClickException(f"没有 / there is no: {wanted}")
    return int(found.id)
