"""The members of staff of a corp (企业微信成员), as the accounts file names them."""

from collections.abc import Mapping
from typing import Any

from bots.sandbox.accounts import Account
from bots.sandbox.calls import Call
from bots.sandbox.refusals import Refused

ROOT = 1  # the department there always is


def userids(account: Account) -> list[str]:
    return [str(one["userid"]) for one in _entries(account)]


def with_contacts(account: Account) -> list[str]:
    """Who may have external contacts: everybody but those the file gives ``"contacts": false``."""
    return [str(one["userid"]) for one in _entries(account) if one.get("contacts", True)]


def checked(account: Account, userid: str) -> str:
    """Raises Refused 60111 for nobody of ours, 84074 for one without external contacts."""
    if userid not in userids(account):
        raise Refused(60111, "userid not found")
    if userid not in with_contacts(account):
        raise Refused(84074, "no permission of external contact")
    return userid


def name_of(account: Account, userid: str) -> str:
    found = (one for one in _entries(account) if one["userid"] == userid)
    return str(next(found, {}).get("name", userid))


def follow_users(call: Call, account: Account) -> dict[str, Any]:
    """GET externalcontact/get_follow_user_list."""
    return {"follow_user": with_contacts(account)}


def one(call: Call, account: Account) -> dict[str, Any]:
    """GET user/get. Raises Refused 60111."""
    userid = call.query.get("userid", "")
    found = next((entry for entry in _entries(account) if entry["userid"] == userid), None)
    if found is None:
        raise Refused(60111, "userid not found")
    return _shown(found)


def listed_briefly(call: Call, account: Account) -> dict[str, Any]:
    """GET user/simplelist. Raises Refused 60123 for another department."""
    _check_department(call)
    return {"userlist": [_briefly(one) for one in _entries(account)]}


def listed(call: Call, account: Account) -> dict[str, Any]:
    """GET user/list. Raises Refused 60123 for another department."""
    _check_department(call)
    return {"userlist": [_shown(one) for one in _entries(account)]}


def departments(call: Call, account: Account) -> dict[str, Any]:
    """GET department/list: everybody is in the one there always is. Raises Refused 60123."""
    if call.query.get("id"):
        _check_department(call, "id")
    root = {"id": ROOT, "name": account.name, "department_leader": [], "parentid": 0, "order": 1}
    return {"department": [root]}


def _check_department(call: Call, name: str = "department_id") -> None:
    if call.query.get(name) != str(ROOT):
        raise Refused(60123, "invalid department id")


def _briefly(entry: Mapping[str, Any]) -> dict[str, Any]:
    userid = str(entry["userid"])
    return {"userid": userid, "name": entry.get("name", userid), "department": [ROOT]}


def _shown(entry: Mapping[str, Any]) -> dict[str, Any]:
    shown = {**_briefly(entry), "order": [0], "is_leader_in_dept": [0], "direct_leader": []}
    shown |= {"main_department": ROOT, "position": "", "status": 1, "isleader": 0, "enable": 1}
    shown |= {"hide_mobile": 0, "extattr": {"attrs": []}}
    mobile = entry.get("mobile")
    return {**shown, "mobile": mobile} if mobile else shown


def _entries(account: Account) -> list[Mapping[str, Any]]:
    return list(account.settings.get("staff", ()))
