"""Who fetches a page without anybody reading it: previews, prefetches, crawlers, programs.

WeChat draws the card of a link from a fetch of its own, other apps do the same, mail and link
scanners look into everything. Those that say so are in the list below; the others are why an
article counts as opened only when its script says so, and an outside page only when it was
navigated to.
"""

import re

from flask import Request

_FETCHERS = (
    *("mpcrawler", "wechatshareextension", "weixinbot", "wxpay"),  # WeChat's own
    *("spider", "crawl", "slurp", "preview", "scan", "fetch", "monitor", "validator", "checker"),
    *("google-read-aloud", "+http"),  # most name a page about themselves
    *("facebookexternalhit", "whatsapp", "telegram", "skypeuri", "embedly", "dingtalkbot"),
    *("headlesschrome", "phantomjs", "lighthouse", "wget", "curl", "python", "okhttp", "java/"),
    *("go-http-client", "libwww", "httpclient", "axios", "node-fetch", "postman"),
)
# CUBOT makes phones; and only old Explorers were "compatible" and read by people.
_OTHERS = (r"(?<!\bcu)bot", r"\(compatible;(?! MSIE)")
_FETCHER = re.compile("|".join((*map(re.escape, _FETCHERS), *_OTHERS)), re.IGNORECASE)
_AHEAD = re.compile(r"\b(prefetch|prerender|preview)\b", re.IGNORECASE)


def is_reader(request: Request) -> bool:
    """Whether somebody may be looking: a browser that gets the page now and for itself."""
    agent = request.headers.get("User-Agent", "")
    if request.method != "GET" or not agent.startswith("Mozilla/") or _FETCHER.search(agent):
        return False
    ahead = (request.headers.get(name, "") for name in ("Purpose", "Sec-Purpose", "X-Purpose"))
    if any(_AHEAD.search(said) for said in ahead) or request.headers.get("X-Moz") == "prefetch":
        return False
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"


def is_in_wechat(request: Request) -> bool:
    """In WeChat's own browser, not in WeCom's, where WeChat names nobody."""
    agent = request.headers.get("User-Agent", "")
    return "MicroMessenger" in agent and "wxwork" not in agent
