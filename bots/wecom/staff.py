"""The staff of a corp who may have external contacts.

Official documentation: "Getting the list of members with the customer contact feature", "Reading a
member".
"""

from collections.abc import Mapping

from bots.messages import Answer, Outgoing
from bots.wecom import ways
from bots.wecom.api import WeComApi
from bots.wecom.ways import Way

STAFF_LIST = "staff_list"
STAFF_MEMBER = "staff_member"
UNKNOWN = frozenset({60111, 60011, 40003})  # no such person, or none that the app may see


def staff_list(api: WeComApi, outgoing: Outgoing) -> Answer:
    """The userids of all who may have contacts."""
    reply = ways.look(api, "externalcontact/get_follow_user_list")
    return ways.told({"UserIDs": [str(userid) for userid in reply.get("follow_user") or []]})


def staff_member(api: WeComApi, outgoing: Outgoing) -> Answer:
    """What one of them is called; nothing where the app may not see her."""
    userid = str(outgoing.content["userid"])
    try:
        reply = ways.look(api, "user/get", userid=userid)
    except ways.Refused as refusal:
        if refusal.answer.code not in UNKNOWN:
            raise
        reply = {}
    return ways.told({"UserID": userid, "Name": str(reply.get("name") or "")})


WAYS: Mapping[str, Way] = {
    STAFF_LIST: Way(staff_list, is_repeatable=True),
    STAFF_MEMBER: Way(staff_member, is_repeatable=True),
}
