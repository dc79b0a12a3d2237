"""Corp tags (企业客户标签): which there are.

Official documentation: "Managing corp tags".
"""

from collections.abc import Mapping

from bots.messages import Answer, Outgoing
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

CORP_TAGS = "corp_tags"


def corp_tags(api: WeComApi, outgoing: Outgoing) -> Answer:
    """All tags of the corp, each with the name of its group."""
    reply = ways.ask(api, "externalcontact/get_corp_tag_list", {})
    found = [
        {"Id": str(tag["id"]), "Name": str(tag["name"]), "GroupName": str(group["group_name"])}
        for group in reply.get("tag_group") or []
        for tag in group.get("tag") or []
        if not group.get("deleted") and not tag.get("deleted")
    ]
    return ways.told({"Tags": found})


WAYS: Mapping[str, Way] = {CORP_TAGS: Way(corp_tags, is_repeatable=True)}
