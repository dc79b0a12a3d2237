"""Files of ours on the WeChat API, for official accounts and mini-programs: the digests in what we
say become media ids of the platform.

Official documentation: "Upload temporary media".
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from bots import answers, wire
from bots.accounts import Account
from bots.answers import classify
from bots.media import AccountFiles, MediaFile, MediaGone, MediaStore
from bots.messages import Answer, Outcome, Outgoing
from bots.wechat_api import Calls, PlatformRefused, WeChatApi
from bots.wire import NotSent, PlatformUnavailable, Unanswered

UPLOAD = "/cgi-bin/media/upload"
EXPIRED = 40007  # as are ids that have never been any
Say = Callable[[Mapping[str, Any], Calls], Answer]
# What kind of file stands in which field of which kind of message.
_KINDS: Mapping[str, Mapping[str, str]] = {
    "image": {"media": "image"},
    "voice": {"media": "voice"},
    "video": {"media": "video", "thumb_media": "thumb"},
    "music": {"thumb_media": "thumb"},
    "miniprogram": {"thumb_media": "image"},
}


class Media:
    """One account's files. Without a ``store`` there are none: MediaGone."""

    def __init__(self, account: Account, api: WeChatApi, store: MediaStore | None) -> None:
        self._api = api
        self._files = AccountFiles(account, store)

    def said(self, outgoing: Outgoing, say: Say) -> Answer:
        """Says it with the files of ours in it; ``say`` is given the content as the platform wants
        it and raises nothing, nor does this."""
        try:
            return self._said(outgoing, say)
        except MediaGone:
            return Answer(Outcome.REFUSED, reason="media_missing")
        except PlatformRefused as refusal:
            return of_question(refusal)
        except PlatformUnavailable as failure:
            return answers.of_failure(failure)

    def placed(
        self, kind: str, content: Mapping[str, Any], refused: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        """The content with a media id for every file of ours in it; other ids than those in
        ``refused``, which the platform would not take. The content itself if it has none.

        Raises MediaGone; PlatformRefused if the platform does not take a file; NotSent."""
        kinds = {field: it for field, it in _KINDS.get(kind, {}).items() if content.get(field)}
        if not kinds:
            return content
        ids = self._files.ids_of(content, kinds, self._upload, refused or {})
        return {**content, **ids}

    def _said(self, outgoing: Outgoing, say: Say) -> Answer:
        """A media id that the platform has forgotten is renewed once. Raises what ``placed``
        raises."""
        calls = Calls()
        content = self.placed(outgoing.kind, outgoing.content)
        answer = say(content, calls)
        if answer.code != EXPIRED or content == outgoing.content:
            return answer
        content = self.placed(outgoing.kind, outgoing.content, refused=content)
        if not calls.left:  # the other went for a stale token; nothing was said, so say it later
            return replace(answer, outcome=Outcome.LATER)
        return say(content, calls)

    def _upload(self, file: MediaFile, kind: str) -> str:
        form = wire.form_with_file("media", file.name, file.mime, file.content)
        try:
            answer = self._api.ask("POST", UPLOAD, params={"type": kind}, body=form)
        except Unanswered as error:
            # Whatever became of the file, the message itself has not been sent.
            raise NotSent(f"not uploaded: {error}") from None
        media_id = answer.get("thumb_media_id") or answer.get("media_id")
        if isinstance(media_id, str) and media_id:
            return media_id
        code = answer.get("errcode", 0)
        if code:
            raise PlatformRefused(code, classify(code).reason)
        raise NotSent("not uploaded: broken answer")


def of_question(refusal: PlatformRefused) -> Answer:
    """What the refusal of a question, or of a file, makes of the message it was for."""
    verdict = classify(refusal.code)
    if verdict.outcome is Outcome.PARKED:  # the quota of questions, not that of messages
        return replace(verdict, outcome=Outcome.LATER)
    return verdict
