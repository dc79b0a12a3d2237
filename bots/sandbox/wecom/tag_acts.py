"""What the administrators do with the corp's tags in their console; the app is told."""

from collections.abc import Mapping

from bots.sandbox.acts import CannotAct
from bots.sandbox.refusals import Refused
from bots.sandbox.wecom import pushes, staff, tag_book
from bots.sandbox.wecom.scenes import Done, Play, Scene

TAG, GROUP = ("wecom_tags", "tag_id"), ("wecom_tag_groups", "group_id")


def create(scene: Scene) -> Done:
    """A tag called ``name`` in the group called ``group``, which is made if there is none."""
    found = tag_book.group_of_name(scene.db, scene.key, scene.text("group"))
    group = found or tag_book.make_group(scene.db, scene.key, scene.text("group"), scene.now)
    tag_id = tag_book.make(scene.db, group, scene.text("name"), scene.now)
    made = [(group["group_id"], "tag_group")] if found is None else []
    return _told(scene, "create", *made, (tag_id, "tag"))


def rename(scene: Scene) -> Done:
    """The tag or group with ``id`` is called ``name`` now."""
    kind = _kind(scene)
    table, column = TAG if kind == "tag" else GROUP
    try:
        tag_book.rename(scene.db, table, column, scene.text("id"), scene.text("name"))
    except Refused as refused:
        raise CannotAct(refused.reason) from refused
    return _told(scene, "update", (scene.text("id"), kind))


def remove(scene: Scene) -> Done:
    kind = _kind(scene)
    drop = tag_book.drop if kind == "tag" else tag_book.drop_group
    drop(scene.db, scene.text("id"))
    return _told(scene, "delete", (scene.text("id"), kind))


def shuffle(scene: Scene) -> Done:
    """They are put into another order."""
    return _told(scene, "shuffle", ("", "tag_group"))


def _kind(scene: Scene) -> str:
    for kind, (table, column) in {"tag": TAG, "tag_group": GROUP}.items():
        found = scene.db.execute(
            f"SELECT 1 FROM {table} WHERE {column} = ? AND account = ?",  # nosec B608
            (scene.text("id"), scene.key),
        )
        if found.fetchone():
            return kind
    raise CannotAct("there is no such tag or group")


def _told(scene: Scene, change: str, *of_ids: tuple[str, str]) -> Done:
    told = [pushes.tag_change(scene.account, change, one, kind, scene.real) for one, kind in of_ids]
    userid = scene.staff()
    speaker = (userid, staff.name_of(scene.account, userid))
    return Done(speaker, tuple(told), {"id": of_ids[-1][0]})


PLAYS: Mapping[str, Play] = {
    "create_tag": create,
    "rename_tag": rename,
    "delete_tag": remove,
    "shuffle_tags": shuffle,
}
