"""``import members|tags|orders FILE``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from app.domain import imports
from app.domain.imports import Import, Outcome
from app.domain.people import channels
from app.exports import commands as exports
from app.exports.tables import AT_ONCE
from app.imports import fields, going_through, order_rows
from app.imports.kinds import KINDS
from app.imports.telling import Options
from app.spreadsheets import reading
from app.spreadsheets.reading import NotATable
from app.wiring import Siyu

SHOWN = 20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TO = click.Path(dir_okay=False, writable=True, path_type=Path)
_OF_PEOPLE = {"members": "members", "tags": "member_tags"}
_MAP = click.option("--map", "given", multiple=True, metavar="FIELD=COLUMN", help="By its heading.")
_CHANNEL = click.option("--channel", "channel_key", help="The channel account that openids are of.")
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Tell what would become of each row.")
_REPORT = click.option("--report", type=_TO, help="Write the refused rows there, as CSV.")


def importing(siyu: Siyu) -> click.Group:
    group = click.Group(
        "import", help="Bring members, tags or orders along from a file, CSV or XLSX."
    )
    for name, kind in _OF_PEOPLE.items():
        group.add_command(_import(siyu, name, kind))
    group.add_command(_import_orders(siyu))
    return group


def _import(siyu: Siyu, name: str, kind: str) -> click.Command:
    @click.command(name)
    @click.argument("file", type=_FILE)
    @_MAP
    @_CHANNEL
    @click.option("--tag", "tags", multiple=True, help="Give everybody this tag.")
    @click.option("--make-tags", is_flag=True, help="Make tags that there are not yet.")
    @click.option("--overwrite", is_flag=True, help="The file knows better than we do.")
    @click.option("--known-only", is_flag=True, help="Add nobody.")
    @_DRY_RUN
    @_REPORT
    def take(
        file: Path,
        given: tuple[str, ...],
        channel_key: str | None,
        dry_run: bool,
        report: Path | None,
        **how: Any,
    ) -> None:
        options = _options(siyu, channel_key, **how)
        _take(siyu, kind, file, given, options, dry_run, report)

    take.help = f"Bring {name} along from FILE, CSV or XLSX. The same file twice changes nothing."
    return take


def _import_orders(siyu: Siyu) -> click.Command:
    @click.command("orders")
    @click.argument("file", type=_FILE)
    @click.option("--shop", default="", help="taobao, jd, douyin, youzan, or a name of your own.")
    @_MAP
    @_CHANNEL
    @click.option("--no-points", is_flag=True, help="The orders earn nothing.")
    @_DRY_RUN
    @_REPORT
    def take(
        file: Path,
        shop: str,
        given: tuple[str, ...],
        channel_key: str | None,
        no_points: bool,
        dry_run: bool,
        report: Path | None,
    ) -> None:
        """Bring orders along from FILE, CSV or XLSX: an export of Taobao, JD, Douyin or Youzan, or
        any table. The same file twice changes nothing."""
        channel_id = _channel_id(siyu, channel_key)
        options = Options(channel_id=channel_id, source=shop, earns=not no_points)
        _take(siyu, "orders", file, given, options, dry_run, report)

    return take


def _take(
    siyu: Siyu,
    kind: str,
    file: Path,
    given: Sequence[str],
    options: Options,
    dry_run: bool,
    report: Path | None,
) -> None:
    import_id = _add(siyu, kind, file)
    mapping = _mapping(siyu, import_id, given)
    with siyu.database.writing() as session:
        told = asdict(_at_its_shop(session, import_id, options))
        imports.want(session, import_id, mapping, told, in_earnest=not dry_run, now=siyu.clock())
    _go_through(siyu, import_id)
    _tell(siyu, import_id, dry_run, report)


def _at_its_shop(session: Session, import_id: int, options: Options) -> Options:
    """An export of a shop that is known by its headings says itself whose it is."""
    chosen = session.get_one(Import, import_id)
    shop = order_rows.shop_of(chosen.heading) if chosen.kind == "orders" else None
    return replace(options, source=options.source or shop.key) if shop else options


def _options(
    siyu: Siyu,
    channel_key: str | None,
    *,
    tags: Sequence[str],
    make_tags: bool,
    overwrite: bool,
    known_only: bool,
) -> Options:
    return Options(
        channel_id=_channel_id(siyu, channel_key),
        adds=not known_only,
        overwrites=overwrite,
        makes_tags=make_tags,
        tags=tags,
    )


def _channel_id(siyu: Siyu, key: str | None) -> int | None:
    if key is None:
        return None
    with siyu.database.reading() as session:
        channel = channels.by_key(session, key)
    if channel is None:
        raise click.ClickException(f"没有这个渠道账号 / no such channel: {key}")
    return channel.id


def _add(siyu: Siyu, kind: str, file: Path) -> int:
    try:
        with file.open("rb") as opened, siyu.database.writing() as session:
            table = reading.table(opened)
            begun = imports.add(
                session,
                kind=kind,
                file_name=file.name,
                heading=table.heading,
                rows=table.rows,
                operator_id=None,
                vault=siyu.vault,
                now=siyu.clock(),
            )
            return begun.id
    except NotATable as problem:
        raise click.ClickException(str(problem)) from problem


def _mapping(siyu: Siyu, import_id: int, given: Sequence[str]) -> Mapping[str, int]:
    with siyu.database.reading() as session:
        chosen = session.get_one(Import, import_id)
    offered = KINDS[chosen.kind].fields
    mapping = dict(KINDS[chosen.kind].guessed(chosen.heading))
    for one in given:
        name, _, column = one.partition("=")
        if name not in {field.name for field in offered}:
            raise click.ClickException(f"no field {name}; there are: {_names(offered)}")
        if column not in chosen.heading:
            raise click.ClickException(f"没有这一列 / no such column: {column}")
        mapping[name] = chosen.heading.index(column)
    for name, at in sorted(mapping.items(), key=lambda pair: pair[1]):
        click.echo(f"{chosen.heading[at]} → {name}")
    ignored = [title for at, title in enumerate(chosen.heading) if at not in mapping.values()]
    if ignored:
        click.echo(f"不导入的列 / columns left out: {', '.join(ignored)}")
    return mapping


def _names(offered: Sequence[fields.Field]) -> str:
    return ", ".join(field.name for field in offered)


def _go_through(siyu: Siyu, import_id: int) -> None:
    """Here and now, with progress; a worker may help. Cut off, workers go on with it."""
    with siyu.database.reading() as session:
        rows = session.get_one(Import, import_id).rows
    has_more = True
    with click.progressbar(length=rows, label="导入 rows") as bar:
        while has_more:
            with siyu.database.writing() as session:
                going_through.go_on(session, import_id, siyu.programme, siyu.clock())
            with siyu.database.reading() as session:
                chosen = session.get_one(Import, import_id)
            bar.update(chosen.done - bar.pos)
            has_more = chosen.is_at_work


def _tell(siyu: Siyu, import_id: int, dry_run: bool, report: Path | None) -> None:
    with siyu.database.reading() as session:
        chosen = session.get_one(Import, import_id)
        refused = imports.rows_of(session, import_id, Outcome.REFUSED, 0, SHOWN)
    click.echo("试导入，没有改动 / a trial: nothing changed" if dry_run else "已导入 / done")
    click.echo(f"新增 added      {chosen.added}")
    click.echo(f"更新 changed    {chosen.changed}")
    click.echo(f"没有变化 same   {chosen.unchanged}")
    click.echo(f"拒绝 refused    {chosen.refused}")
    for row in refused:
        click.echo(f"  {row.number}: {' / '.join(row.problem or ())}")
    if report is not None:
        exports.write(report, refused_rows(siyu, chosen))
    elif chosen.refused > SHOWN:
        click.echo("  …  (--report FILE)")


def refused_rows(siyu: Siyu, chosen: Import) -> Iterator[Sequence[Any]]:
    """The refused rows as they were, with their numbers and why, to be corrected."""
    yield ("#", "原因 / why", *chosen.heading)
    after = 0
    while True:
        with siyu.database.reading() as session:
            part = imports.rows_of(session, chosen.id, Outcome.REFUSED, after, AT_ONCE)
        if not part:
            return
        for row in part:
            cells = imports.cells_of(row, siyu.vault)
            yield (row.number, " / ".join(row.problem or ()), *cells)
        after = part[-1].number
