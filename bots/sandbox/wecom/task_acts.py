"""What members of staff do with the tasks an app has set them, and members with being handed
over."""

from collections.abc import Mapping

from bots.sandbox.acts import CannotAct
from bots.sandbox.wecom import group_send_results, group_sends, moments, staff, transfers
from bots.sandbox.wecom.scenes import Done, Play, Scene


def confirm_send(scene: Scene) -> Done:
    """``staff`` sends the group send with ``msgid``; nobody is told, the results can be read."""
    userid = scene.staff()
    send = group_sends.find(scene.db, scene.key, scene.text("msgid"))
    done = group_send_results.confirm(scene.db, send, userid, scene.now) if send else None
    if done is None:
        raise CannotAct(f"nothing waits for {userid}")
    return Done((userid, staff.name_of(scene.account, userid)), (), done)


def confirm_moment(scene: Scene) -> Done:
    """``staff`` publishes the moment with ``moment_id``."""
    userid, moment_id = scene.staff(), scene.text("moment_id")
    if not moments.publish(scene.db, scene.account, moment_id, userid, scene.now):
        raise CannotAct(f"nothing waits for {userid}")
    return Done((userid, staff.name_of(scene.account, userid)))


def accept_transfer(scene: Scene) -> Done:
    """She is handed over at once, without waiting for the day."""
    who = scene.person()
    row = transfers.waiting(scene.db, scene.key, who.platform_id)
    if row is None:
        raise CannotAct(f"{who.name} is not being handed over")
    told = transfers.hand_over(scene.db, scene.account, row, scene.now, scene.real)
    return Done((who.platform_id, who.name), tuple(told))


def failing(status: int) -> Play:
    """She refuses, or her new one has too many contacts."""

    def play(scene: Scene) -> Done:
        who = scene.person()
        row = transfers.waiting(scene.db, scene.key, who.platform_id)
        if row is None:
            raise CannotAct(f"{who.name} is not being handed over")
        push = transfers.fail(scene.db, scene.account, row, status, scene.now, scene.real)
        return Done((who.platform_id, who.name), (push,))

    return play


PLAYS: Mapping[str, Play] = {
    "confirm_send": confirm_send,
    "confirm_moment": confirm_moment,
    "accept_transfer": accept_transfer,
    "refuse_transfer": failing(transfers.REFUSED),
    "transfer_limit": failing(transfers.FULL),
}
