"""What members of staff do with the tasks an app has set them."""

from collections.abc import Mapping

from bots.sandbox.acts import CannotAct
from bots.sandbox.wecom import group_send_results, group_sends, staff
from bots.sandbox.wecom.scenes import Done, Play, Scene


def confirm_send(scene: Scene) -> Done:
    """``staff`` sends the group send with ``msgid``; nobody is told, the results can be read."""
    userid = scene.staff()
    send = group_sends.find(scene.db, scene.key, scene.text("msgid"))
    done = group_send_results.confirm(scene.db, send, userid, scene.now) if send else None
    if done is None:
        raise CannotAct(f"nothing waits for {userid}")
    return Done((userid, staff.name_of(scene.account, userid)), (), done)


PLAYS: Mapping[str, Play] = {"confirm_send": confirm_send}
