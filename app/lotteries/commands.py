"""``lottery verify ID``: every draw of a lottery reckoned again."""

import click

from app.domain.loyalty.spending import verifying
from app.domain.loyalty.spending.lotteries import Lottery
from app.wiring import Siyu


def command(siyu: Siyu) -> click.Group:
    group = click.Group("lottery", help="Lotteries 抽奖.")

    @group.command("verify")
    @click.argument("lottery_id", type=int)
    @click.pass_context
    def verify(context: click.Context, lottery_id: int) -> None:
        """Reckon every draw again from the seed, the odds and the stocks; exit status 1 if any
        differs."""
        with siyu.database.reading() as session:
            lottery = session.get(Lottery, lottery_id)
            if lottery is None or lottery.opened_at is None:
                raise click.ClickException(
                    f"没有开始过的抽奖 / no lottery was opened: {lottery_id}"
                )
            found = list(verifying.discrepancies(session, lottery, siyu.vault))
        click.echo(f"{lottery.name}  SHA-256 {lottery.commitment}")
        for one in found:
            click.echo(f"错 WRONG  {one}")
        click.echo(f"{lottery.drawn} 次 / draws, 不符 / wrong: {len(found)}")
        context.exit(min(len(found), 1))

    return group
