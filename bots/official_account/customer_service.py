"""Customer-service messages: what is said, in the words of the platform's request.

Official documentation: "Customer service messages" of the official-account platform.
"""

from collections.abc import Callable, Mapping
from typing import Any

from bots.messages import Answer, Outcome, Outgoing
from bots.wechat_api import Calls, WeChatApi
from bots.wechat_media import Media

TEXT_MAX_BYTES = 2048

Content = Mapping[str, Any]
Renderer = Callable[[Content], dict[str, Any]]


def send(api: WeChatApi, media: Media, outgoing: Outgoing) -> Answer:
    """Says one thing to one member; ``through`` may name the customer-service account that says it.
    Raises nothing."""
    return media.said(outgoing, lambda content, calls: _say(api, outgoing, content, calls))


def show_typing(api: WeChatApi, outgoing: Outgoing) -> Answer:
    """She sees that we are writing, for up to 15 s, if she wrote within the last 30 s."""
    command = "Typing" if outgoing.content.get("on") else "CancelTyping"
    body = {"touser": outgoing.recipient, "command": command}
    return api.tell("/cgi-bin/message/custom/typing", body, "msgid")


def _say(api: WeChatApi, outgoing: Outgoing, content: Content, calls: Calls) -> Answer:
    said = _rendered(outgoing.kind, content)
    if isinstance(said, Answer):
        return said
    body = {"touser": outgoing.recipient, **said}
    if outgoing.through:
        body["customservice"] = {"kf_account": outgoing.through}
    return api.tell("/cgi-bin/message/custom/send", body, "msgid", calls)


def refused(reason: str) -> Answer:
    return Answer(Outcome.REFUSED, reason=reason)


def _rendered(kind: str, content: Content) -> dict[str, Any] | Answer:
    """The part of a request that says what is said, or why it cannot be said here."""
    if kind not in RENDERERS:
        return refused("kind_not_offered")
    if len(str(content.get("text", "")).encode()) > TEXT_MAX_BYTES:
        return refused("text_too_long")
    try:
        return RENDERERS[kind](content)
    except KeyError as missing:
        return refused(f"no_{missing.args[0]}")


def _text(content: Content) -> dict[str, Any]:
    return _said("text", content=content["text"])


def _image(content: Content) -> dict[str, Any]:
    return _said("image", media_id=content["media_id"])


def _voice(content: Content) -> dict[str, Any]:
    return _said("voice", media_id=content["media_id"])


def _video(content: Content) -> dict[str, Any]:
    return _said(
        "video",
        media_id=content["media_id"],
        thumb_media_id=content["thumb_media_id"],
        title=content.get("title", ""),
        description=content.get("description", ""),
    )


def _music(content: Content) -> dict[str, Any]:
    return _said(
        "music",
        title=content.get("title", ""),
        description=content.get("description", ""),
        musicurl=content["url"],
        hqmusicurl=content.get("hq_url") or content["url"],
        thumb_media_id=content["thumb_media_id"],
    )


def _link(content: Content) -> dict[str, Any]:
    article = {
        "title": content["title"],
        "description": content.get("description", ""),
        "url": content["url"],
        "picurl": content.get("picture_url", ""),
    }
    return _said("news", articles=[article])


def _articles(content: Content) -> dict[str, Any]:
    return _said("mpnews", media_id=content["media_id"])


def _published_article(content: Content) -> dict[str, Any]:
    return _said("mpnewsarticle", article_id=content["article_id"])


def _choices(content: Content) -> dict[str, Any]:
    listed = [{"id": choice["id"], "content": choice["text"]} for choice in content["choices"]]
    head, tail = content.get("head", ""), content.get("tail", "")
    return _said("msgmenu", head_content=head, list=listed, tail_content=tail)


def _miniprogram(content: Content) -> dict[str, Any]:
    return _said(
        "miniprogrampage",
        title=content["title"],
        appid=content["appid"],
        pagepath=content["page_path"],
        thumb_media_id=content["thumb_media_id"],
    )


def _card(content: Content) -> dict[str, Any]:
    return _said("wxcard", card_id=content["card_id"])


def _said(kind: str, **content: Any) -> dict[str, Any]:
    return {"msgtype": kind, kind: content}


RENDERERS: Mapping[str, Renderer] = {
    "text": _text,
    "image": _image,
    "voice": _voice,
    "video": _video,
    "music": _music,
    "link": _link,
    "articles": _articles,
    "published_article": _published_article,
    "choices": _choices,
    "miniprogram": _miniprogram,
    "card": _card,
}
