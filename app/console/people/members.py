"""Members: found by nickname, openid, phone or id, narrowed by tier and tag, fifty a page."""

from flask import request

from app import row_ids
from app.console.frame import PAGE, Answer, console, page, siyu
from app.domain.insight import directory, tags
from app.domain.loyalty.standing import tiers
from app.domain.people import members as people


@console.get("/members")
def members() -> Answer:
    wanted = request.args.get("q", "").strip()[:100]
    tier_id = request.args.get("tier", type=row_ids.read)
    tag_id = request.args.get("tag", type=row_ids.read)
    vault = siyu().vault
    with siyu().database.reading() as session:
        found = directory.find(
            session,
            wanted,
            vault,
            tier_id=tier_id,
            tag_id=tag_id,
            before_id=request.args.get("before", type=row_ids.read),
            limit=PAGE + 1,
        )
        shown = found[:PAGE]
        ids = [member.id for member in shown]
        return page(
            "people/members.html",
            members=shown,
            phones={member.id: people.masked_phone_of(member, vault) for member in shown},
            points=directory.points_of(session, ids),
            tags=directory.tags_of(session, ids),
            tiers=tiers.all_of(session),
            all_tags=tags.all_of(session),
            older=shown[-1].id if len(found) > PAGE else None,
            asked={"q": wanted or None, "tier": tier_id, "tag": tag_id},
        )
