"""Wiring: the only place that makes the real database, Redis and platform clients."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.orm import Session

from app import db, lanes
from app.config import Settings
from app.db import Database
from app.domain.insight.form_tokens import FormSigner
from app.domain.insight.radar_tokens import RadarSigner
from app.domain.people.channel_kinds import MEDIA
from app.domain.people.channels import Channel, Kind
from app.domain.people.opt_outs import OptOutSigner
from app.domain.vault import Vault
from app.media_files import MediaFiles
from app.programme import Programme
from app.sending.addressed import Addressed
from app.sending.hands import Hands
from app.troubles import Troubles
from app.wakeups import Bell, WakeUps, broker_on
from app.words.word_book import WordBook
from bots import group_gateway, mail, mini_program, official_account, sms, voice, wecom
from bots.accounts import Account
from bots.media import MediaStore
from bots.messages import Answer, Outgoing
from bots.tokens import TokenStore
from bots.wecom import group_robot, smart_bot

REDIS_TIMEOUT_S = 0.5  # tried twice: a callback waits for it when Redis hangs
_Client = TypeVar("_Client")


class Speaker(Protocol):
    """What can say something on a channel. ``repeatable``: said this way, the platform drops what
    it has had already."""

    def repeatable(self, way: str) -> bool: ...
    def send(self, outgoing: Outgoing) -> Answer: ...


class Provider(Speaker, Protocol):
    """Sends SMS, mail or calls. ``probe``: does it know us? Tells nobody anything."""

    def probe(self) -> Answer: ...


@dataclass
class Siyu:
    """The wired house: made once per process and handed to its doors and loops."""

    settings: Settings
    database: Database
    redis: Redis
    wakeups: WakeUps
    bell: Bell
    programme: Programme
    tokens: TokenStore
    media_files: MediaFiles
    media: MediaStore
    hands: Hands
    clock: Callable[[], datetime]
    word_book: WordBook
    troubles: Troubles
    _clients: dict[tuple[int, str, bytes], Any] = field(default_factory=dict)

    @property
    def vault(self) -> Vault:
        return self.programme.vault

    @contextmanager
    def waking(self) -> Iterator[Session]:
        """A writing transaction that puts work into lanes: once it is committed, whoever works on
        them is woken."""
        with self.database.writing() as session:
            yield session
            touched = lanes.touched(session)
        self.wakeups.wake_all(touched)

    def account(self, channel: Channel) -> Account:
        """The platform's view of a channel, with its secrets opened."""
        secrets = channel.secrets(self.vault)
        return Account(
            key=channel.key,
            appid=channel.appid,
            original_id=channel.original_id,
            token=secrets.get("token", ""),
            encoding_aes_key=secrets.get("encoding_aes_key", ""),
            secret=secrets.get("secret", ""),
            api_base_url=channel.api_base_url,
            previous_token=secrets.get("previous_token", ""),
            previous_encoding_aes_key=secrets.get("previous_encoding_aes_key", ""),
            settings=channel.settings,
            more_secrets=secrets,
        )

    def speaker(self, channel: Channel) -> Speaker:
        """The client that sends on this channel, made once: it keeps its connections."""
        return SPEAKERS[Kind(channel.kind)](self, channel)

    def group_gateway(self, channel: Channel) -> group_gateway.Client:
        return self._client(channel, lambda: group_gateway.Client(self.account(channel)))

    def official_account(self, channel: Channel) -> official_account.Client:
        return self._client(
            channel,
            lambda: official_account.Client(self.account(channel), self.tokens, media=self.media),
        )

    def group_robot(self, channel: Channel) -> group_robot.Client:
        return self._client(channel, lambda: group_robot.Client(self.account(channel)))

    def smart_bot(self, channel: Channel) -> smart_bot.Client:
        return self._client(channel, lambda: smart_bot.Client(self.account(channel)))

    def mini_program(self, channel: Channel) -> mini_program.Client:
        return self._client(
            channel,
            lambda: mini_program.Client(self.account(channel), self.tokens, media=self.media),
        )

    def wecom(self, channel: Channel) -> wecom.Client:
        return self._client(
            channel, lambda: wecom.Client(self.account(channel), self.tokens, media=self.media)
        )

    def provider(self, channel: Channel) -> Provider:
        """The client of SMS, mail or calls itself, which is told numbers."""
        return self._client(channel, lambda: PROVIDERS[Kind(channel.kind)](self.account(channel)))

    def direct_line(self, channel: Channel) -> Addressed:
        """The same, told members."""
        medium = MEDIA[Kind(channel.kind)]
        return Addressed(self.provider(channel), medium, self.database, self.programme)

    def close(self) -> None:
        """Lets go of everything; the house cannot be used any more."""
        self.bell.stop()
        self.hands.stop()
        self.redis.close()
        self.database.engine.dispose()

    def _client(self, channel: Channel, make: Callable[[], _Client]) -> _Client:
        """Made anew when an operator has changed the channel's secrets or address."""
        settings = json.dumps(channel.settings, sort_keys=True)
        key = (channel.id, channel.api_base_url + settings, channel.sealed_secrets)
        if key not in self._clients:
            self._clients[key] = make()
        client: _Client = self._clients[key]
        return client


# Who says what is put on a channel of each kind.
SPEAKERS: Mapping[Kind, Callable[[Siyu, Channel], Speaker]] = {
    Kind.OFFICIAL_ACCOUNT: Siyu.official_account,
    Kind.WECOM: Siyu.wecom,
    Kind.MINI_PROGRAM: Siyu.mini_program,
    Kind.GROUP_GATEWAY: Siyu.group_gateway,
    Kind.GROUP_ROBOT: Siyu.group_robot,
    Kind.SMART_BOT: Siyu.smart_bot,
    **dict.fromkeys(MEDIA, Siyu.direct_line),
}
PROVIDERS: Mapping[Kind, Callable[[Account], Provider]] = {
    Kind.SMS_TENCENT: sms.TencentClient,
    Kind.SMS_ALIYUN: sms.AliyunClient,
    Kind.VOICE_TENCENT: voice.TencentClient,
    Kind.VOICE_ALIYUN: voice.AliyunClient,
    Kind.MAIL: mail.Client,
}


def now_utc() -> datetime:
    return datetime.now(UTC)


def wire(settings: Settings, clock: Callable[[], datetime] = now_utc) -> Siyu:
    """Builds the house from its settings. Connects to nothing yet."""
    redis = Redis.from_url(
        settings.redis,
        socket_timeout=REDIS_TIMEOUT_S,
        socket_connect_timeout=REDIS_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
    )
    secret = settings.secret()
    programme = Programme(
        zone=settings.zone,
        public_url=settings.public_base_url,
        radar_signer=RadarSigner(secret),
        vault=Vault(secret.encode()),
        opt_out_signer=OptOutSigner(secret),
        form_signer=FormSigner(secret),
    )
    database = Database(db.engine_of(settings.database))
    files = MediaFiles(settings.var / "media", database)
    wakeups = WakeUps(redis, broker_on(redis))
    return Siyu(
        settings=settings,
        database=database,
        redis=redis,
        wakeups=wakeups,
        bell=Bell(wakeups),
        programme=programme,
        tokens=TokenStore(redis),
        media_files=files,
        media=MediaStore(redis, files.open),
        hands=Hands(settings.sender_hands),
        clock=clock,
        word_book=WordBook(database),
        troubles=Troubles(redis),
    )
