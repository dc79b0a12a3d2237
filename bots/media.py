"""Files of ours on the platforms: uploaded once, and known there by a media id for three days.

Our own name for a file is the digest of its content. All processes share the ids through Redis; one
at a time uploads, under a lock, and the others take what it got. Without Redis every message
uploads its file again: this costs calls, not correctness.

Official documentation: "Upload temporary media" of official accounts, of WeCom and of mini-programs
alike: an id can be used for three days.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from redis import Redis, RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from bots.accounts import Account
from bots.wire import NotSent

KEPT_S = 3 * 24 * 60 * 60 - 60 * 60  # a message may wait for an hour after it got the id
_LOCK_S = 60  # longer than an upload may take
_LOCK_WAIT_S = 15

_log = logging.getLogger(__name__)


class MediaGone(Exception):
    """We have no file of this digest."""


@dataclass(frozen=True, slots=True)
class MediaFile:
    name: str
    mime: str
    content: bytes


OpenFile = Callable[[str], MediaFile]  # by digest; raises MediaGone


class Upload(Protocol):
    def __call__(self, file: MediaFile, kind: str) -> str:
        """Hands a file over to the platform; its media id there. ``kind`` is the platform's word:
        image, voice, video, thumb, file."""


class MediaStore:
    """``redis`` is a redis-py client; ``open_file`` finds a file by its digest."""

    def __init__(self, redis: Redis, open_file: OpenFile) -> None:
        self._redis = redis
        self._open_file = open_file

    def id_of(
        self, account: Account, digest: str, kind: str, upload: Upload, stale_id: str = ""
    ) -> str:
        """The file's media id on the platform of ``account``, uploaded if it has none yet, or none
        but ``stale_id``, which the platform has just refused. Raises MediaGone, whatever ``upload``
        raises, and NotSent when another process has been uploading it for too long."""
        key = f"siyu:media:{account.key}:{account.appid}:{kind}:{digest}"
        try:
            known = self._known(key)
            if known and known != stale_id:
                return known
            with self._lock(key):
                known = self._known(key)
                if known and known != stale_id:
                    return known
                media_id = upload(self._open_file(digest), kind)
                self._keep(key, media_id)
                return media_id
        except LockError:
            raise NotSent("the file is being uploaded elsewhere") from None
        except RedisError as error:
            _log.warning("Redis fails (%s): a file is uploaded anew", type(error).__name__)
            return upload(self._open_file(digest), kind)

    def _known(self, key: str) -> str:
        value = self._redis.get(key)
        return value.decode() if isinstance(value, bytes) else str(value or "")

    def _keep(self, key: str, media_id: str) -> None:
        try:
            self._redis.set(key, media_id, ex=KEPT_S)
        except RedisError as error:  # it is uploaded, which is what counts
            _log.warning("Redis fails (%s): a media id is not kept", type(error).__name__)

    def _lock(self, key: str) -> Lock:
        lock: Lock = self._redis.lock(f"{key}:lock", timeout=_LOCK_S, blocking_timeout=_LOCK_WAIT_S)
        return lock


class AccountFiles:
    """The files of one account of ours. Without a ``store`` there are none."""

    def __init__(self, account: Account, store: MediaStore | None) -> None:
        self._account = account
        self._store = store

    def id_of(self, digest: str, kind: str, upload: Upload, stale_id: str = "") -> str:
        """See ``MediaStore.id_of``."""
        if self._store is None:
            raise MediaGone(digest)
        return self._store.id_of(self._account, digest, kind, upload, stale_id)

    def ids_of(
        self,
        content: Mapping[str, Any],
        kinds: Mapping[str, str],
        upload: Upload,
        refused: Mapping[str, Any],
    ) -> dict[str, str]:
        """By field (``media_id`` for ``media``), the ids of the files in the content whose kinds
        are said; other ids than those in ``refused``, which the platform would not take."""
        return {
            f"{field}_id": self.id_of(
                content[field], kind, upload, str(refused.get(f"{field}_id", ""))
            )
            for field, kind in kinds.items()
        }
