"""Files of ours on WeCom: the digests in attachments become media ids of the corp's.

Official documentation: "Uploading temporary media" and, for moments, "Uploading attachment
resources". An id is good for three days; one that the platform has forgotten is renewed once.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bots import answers, wire
from bots.accounts import Account
from bots.error_tables import WECOM
from bots.media import AccountFiles, MediaFile, MediaGone, MediaStore
from bots.messages import Answer, Outcome, Outgoing
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.moments import MOMENT
from bots.wire import NotSent, PlatformUnavailable, Unanswered

EXPIRED = 40007  # as are ids that have never been any
_TEMPORARY, _ATTACHED = "/cgi-bin/media/upload", "/cgi-bin/media/upload_attachment"
_OF_MOMENTS = "moment:"  # before the kind of a file that is attached to a moment
# What kind of file stands in which field of which kind of attachment.
_FIELDS: Mapping[str, Mapping[str, str]] = {
    "image": {"media": "image"},
    "video": {"media": "video"},
    "file": {"media": "file"},
    "miniprogram": {"picture_media": "image"},
}


class Media:
    """One app's files. Without a ``store`` there are none: ``media_missing``."""

    def __init__(self, account: Account, api: WeComApi, store: MediaStore | None) -> None:
        self._api = api
        self._files = AccountFiles(account, store)

    def said(self, outgoing: Outgoing, say: Callable[[Outgoing], Answer]) -> Answer:
        """Says it with a media id for every file of ours in its attachments. Raises nothing;
        ``say`` neither."""
        if not any(_files_in(one) for one in _attachments_of(outgoing)):
            return say(outgoing)
        try:
            placed = self._placed(outgoing, outgoing)
            answer = say(placed)
            return say(self._placed(outgoing, placed)) if answer.code == EXPIRED else answer
        except MediaGone:
            return ways.refused("media_missing")
        except ways.Refused as refusal:
            return refusal.answer
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)

    def _placed(self, outgoing: Outgoing, refused: Outgoing) -> Outgoing:
        """With other ids than those in ``refused``. Raises MediaGone, Refused, NotSent."""
        scope = _OF_MOMENTS if outgoing.way == MOMENT else ""
        attachments = [
            {**one, **self._files.ids_of(one, _files_in(one, scope), self._upload, was)}
            for one, was in zip(_attachments_of(outgoing), _attachments_of(refused), strict=True)
        ]
        return replace(outgoing, content={**outgoing.content, "attachments": attachments})

    def _upload(self, file: MediaFile, kind: str) -> str:
        """Raises Refused and NotSent."""
        path, params = _TEMPORARY, {"type": kind}
        if kind.startswith(_OF_MOMENTS):
            media_type = kind.removeprefix(_OF_MOMENTS)
            path, params = _ATTACHED, {"media_type": media_type, "attachment_type": "1"}
        form = wire.form_with_file("media", file.name, file.mime, file.content)
        try:
            reply = self._api.ask("POST", path, params=params, body=form)
        except Unanswered as error:  # whatever became of the file, nothing was said
            raise NotSent(f"not uploaded: {error}") from None
        answer = answers.of_reply(reply, "media_id", WECOM)
        if answer.outcome is Outcome.PARKED:  # the quota of files, not that of messages
            answer = replace(answer, outcome=Outcome.LATER)
        if answer.outcome is Outcome.AMBIGUOUS or not (answer.platform_id or answer.code):
            raise NotSent("not uploaded: broken answer")
        if answer.outcome is not Outcome.ACCEPTED:
            raise ways.Refused(answer)
        return answer.platform_id


def _attachments_of(outgoing: Outgoing) -> list[Mapping[str, Any]]:
    return list(outgoing.content.get("attachments") or [])


def _files_in(attachment: Mapping[str, Any], scope: str = "") -> dict[str, str]:
    fields = _FIELDS.get(str(attachment.get("kind", "")), {})
    return {field: scope + kind for field, kind in fields.items() if attachment.get(field)}
