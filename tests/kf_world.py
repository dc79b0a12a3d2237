"""The world of the stories with a corp in it, whose WeCom answers what a test scripts: members
write to its customer service, the platform calls, and what they wrote can be pulled."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.domain.people import channels
from app.domain.people.channels import Kind
from tests import shop
from tests.foreign_client import OfficialAccount
from tests.scripted_platform import ScriptedPlatform
from tests.world import World

CORP, KFID, ROBOT = "demo-corp", "wkApril", "demo-robot"
WEBHOOK = "/cgi-bin/webhook/send"
SYNC, SEND, ON_EVENT = (
    "/cgi-bin/kf/sync_msg",
    "/cgi-bin/kf/send_msg",
    "/cgi-bin/kf/send_msg_on_event",
)
WECOM = OfficialAccount(appid="wwApril", token="april-corp-token")
EXTERNAL_IDS = {name: f"wmApril{number}" for number, name in enumerate(shop.NAMES)}
UNIONIDS = {name: f"uApril{number}" for number, name in enumerate(shop.NAMES)}
_numbers = itertools.count(1)


@dataclass
class KfPlatform:
    """What can be pulled, in pages of ``page`` messages; ``said`` is what it accepted."""

    scripted: ScriptedPlatform
    page: int = 100
    messages: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        granted = {"errcode": 0, "access_token": "tok", "expires_in": 7200}
        self.scripted.answers |= {
            "/cgi-bin/gettoken": [granted],
            SYNC: [self._sync],
            SEND: [self._accept],
            ON_EVENT: [self._accept],
            "/cgi-bin/message/send": [self._accept],
            WEBHOOK: [{"errcode": 0, "errmsg": "ok"}],
            "/cgi-bin/kf/customer/batchget": [self._customer],
        }

    def _sync(self, handler: Any) -> None:
        asked = self.scripted.calls_to(SYNC)[-1].json
        begin = int(asked.get("cursor") or 0)
        end = min(begin + self.page, len(self.messages))
        has_more = int(end < len(self.messages))
        answer = {"errcode": 0, "next_cursor": str(end), "has_more": has_more}
        handler.reply_json(answer | {"msg_list": self.messages[begin:end]})

    def _accept(self, handler: Any) -> None:
        body = self.scripted.calls[-1].json
        if body.get("msgid") not in [known.get("msgid", "") for known in self.said]:
            self.said.append(body)
        handler.reply_json({"errcode": 0, "msgid": body.get("msgid", "")})

    def _customer(self, handler: Any) -> None:
        (asked,) = self.scripted.calls[-1].json["external_userid_list"]
        found = {EXTERNAL_IDS[name]: name for name in EXTERNAL_IDS}
        who = {"nickname": found[asked], "unionid": UNIONIDS[found[asked]]}
        handler.reply_json({"errcode": 0, "customer_list": [who]})


class KfWorld(World):
    kf: KfPlatform

    def writes(self, name: str, text: str, at: datetime | None = None, msgid: str = "") -> str:
        """She writes to the customer service, and WeCom keeps it to be pulled."""
        return self.happens(name, 3, "text", {"content": text}, at, msgid)

    def happens(
        self,
        name: str,
        origin: int,
        kind: str,
        content: dict[str, Any],
        at: datetime | None = None,
        msgid: str = "",
    ) -> str:
        msgid = msgid or f"kf{next(_numbers)}"
        told = {"msgid": msgid, "open_kfid": KFID, "origin": origin, "msgtype": kind}
        told |= {"external_userid": EXTERNAL_IDS[name], kind: content}
        self.kf.messages.append(told | {"send_time": int((at or self.now).timestamp())})
        return msgid

    def tells(self, name: str, event: str, **fields: Any) -> None:
        """A system event about her."""
        about = {"open_kfid": KFID, "external_userid": EXTERNAL_IDS[name]}
        self.happens(name, 4, "event", {"event_type": event} | about | fields)

    def kf_calls(self, token: str = "T") -> None:
        """WeCom says that there is something to be pulled."""
        fields = {"ToUserName": WECOM.appid, "CreateTime": str(int(self.now.timestamp()))}
        fields |= {"MsgType": "event", "Event": "kf_msg_or_event"}
        fields |= {"Token": f"{token}{next(_numbers)}", "OpenKfId": KFID}
        answer = self.post(WECOM.seal(fields, self.now), CORP)
        assert (answer.status_code, answer.text) == (200, "")

    def told(self, name: str) -> list[str]:
        """The texts that the customer service has said to her."""
        hers = [body for body in self.kf.said if body.get("touser") == EXTERNAL_IDS[name]]
        return [body["text"]["content"] for body in hers]


@contextmanager
def opened(var: Path, database_url: str, redis_url: str) -> Iterator[KfWorld]:
    with shop.witness(var) as url, ScriptedPlatform() as scripted:
        siyu = shop.wired(var, database_url, redis_url)
        shop.furnish(siyu, url)
        with siyu.database.writing() as session:
            channels.add(
                session,
                key=CORP,
                kind=Kind.WECOM,
                name="四月企微",
                appid=WECOM.appid,
                api_base_url=scripted.url,
                secrets={
                    "token": WECOM.token,
                    "encoding_aes_key": WECOM.encoding_aes_key,
                    "secret": "corp-secret",
                },
                settings={"agent_id": "1000002"},
                vault=siyu.vault,
                now=siyu.clock(),
            )
            channels.add(
                session,
                key=ROBOT,
                kind=Kind.GROUP_ROBOT,
                name="门店群机器人",
                appid="robot-1",
                api_base_url=scripted.url,
                secrets={"secret": "april-robot-key"},
                settings={"daily_report": "daily"},
                vault=siyu.vault,
                now=siyu.clock(),
            )
        world = KfWorld(siyu, url)
        world.kf = KfPlatform(scripted)
        world.at(2)
        yield world
        siyu.close()
