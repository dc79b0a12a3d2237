"""The plan of the house: who may import whom. ``test_house.py`` holds the code against it."""

DECISIONS = {"tagging", "sop", "sop.mistakes", "sop.times", "sop.rehearsing"}
DOMAIN = {
    "app.domain",
    "app.domain.people",
    "app.domain.loyalty",
    "app.domain.insight",
}
OUTREACH = {
    "app.domain.outreach",
    "app.domain.outreach.allowances",
    "app.domain.outreach.journeys",
    "app.domain.outreach.live_codes",
    "app.domain.outreach.materials",
}
DOMAIN |= OUTREACH
DOORS = {"app.webhook", "app.console", "app.api", "app.h5"}
# What a part may import of ours beside itself. A module belongs to the longest name that fits.
PARTS: dict[str, set[str]] = {
    "bots.messages": set(),
    "bots": {"bots.messages"},
    "bots.sandbox": set(),
    "tagging": set(),
    "sop.mistakes": set(),
    "sop.times": {"sop.mistakes"},
    "sop": {"sop.mistakes", "sop.times"},
    "sop.rehearsing": {"sop", "sop.mistakes", "sop.times"},
    "app.sqlite_turns": set(),
    "app.db": {"app.sqlite_turns"},
    "app.bulk": set(),
    "app.domain": {"app.db"},
    "app.domain.people": {"app.db", "app.domain", *DECISIONS},
    "app.domain.loyalty": {"app.db", "app.bulk", "app.domain", "app.domain.people", *DECISIONS},
    "app.domain.insight": {"app.db", *DOMAIN, *DECISIONS} - OUTREACH,
    "app.domain.outreach": {"app.db", *DOMAIN, *DECISIONS},
    "app.spreadsheets": set(),
    "app.lanes": {"app.db"},
    "app.inbox": {"app.db", "app.lanes", "bots.messages"},
    "app.outbox": {"app.db", "app.lanes", "bots.messages"},
    "app.sending.due_messages": {"app.outbox", "bots.messages"},
    "app.sending.verdicts": {"app.sending.due_messages", "app.programme"},
    "app.sending.withholding": {"app.db", "app.outbox", "app.sending.verdicts"},
    "app.sending.attempts": {"app.db", "app.lanes", "app.outbox", "app.sending.due_messages"},
    "app.sending.rate_table": {*DOMAIN, "app.sending.due_messages"},
    "app.sending.call_rates": {*DOMAIN, "app.db", "app.sending.rate_table"},
    "app.programme": DOMAIN,
    "app.personal": {*DOMAIN, *DECISIONS, "app.programme"},
    "app.contents": {*DOMAIN, *DECISIONS, "app.programme"},
}
for room in ("allowances", "live_codes", "materials"):
    PARTS[f"app.domain.outreach.{room}"] = {"app.db", *DOMAIN, *DECISIONS} - OUTREACH
PARTS["app.domain.outreach.journeys"] = PARTS["app.domain.outreach.materials"] | {
    "app.domain.outreach.materials"
}
_JUDGED = {"app.outbox", "app.sending.due_messages", "app.sending.verdicts"}
PARTS["app.sending.eligibility"] = {*DOMAIN, *DECISIONS, *_JUDGED}
_TABLES = {*DOMAIN, *DECISIONS, "app.lanes", "app.inbox", "app.outbox", "bots.messages"}
PARTS["app.segments"] = {"app.db", *_TABLES}
PARTS["app.sending.second_attempts"] = {"app.outbox"}
PARTS["app.sending.direct_lines"] = {*DOMAIN, *DECISIONS, *_JUDGED}
PARTS["app.sending.audiences"] = {*DOMAIN, *DECISIONS, "app.sending.direct_lines"}
PARTS["app.sending.broadcast_audiences"] = PARTS["app.sending.eligibility"] | set()
PARTS["app.sending.eligibility"] |= {"app.sending.direct_lines", "app.sending.audiences"}
PARTS["app.sending.eligibility"] |= {"app.sending.broadcast_audiences"}
PARTS["app.sending.mass_recipients"] = {*DOMAIN, *_JUDGED, "app.sending.holds"}
PARTS["app.sending.mass_jobs"] = {*_TABLES, *_JUDGED, "app.sending.mass_recipients"}
PARTS["app.sending.manners"] = {*DOMAIN, *DECISIONS, *_JUDGED}
PARTS["app.sending.holds"] = {*DOMAIN, "app.outbox"}
PARTS["app.sending.reports"] = {*_TABLES, "app.db", "app.sending.mass_jobs"}
PARTS["app.sending.ways"] = {*DOMAIN, *DECISIONS, "app.outbox"}
PARTS["app.sending.reaching"] = PARTS["app.sending.ways"] | {
    "app.sending.ways",
    "app.sending.direct_lines",
}
PARTS["app.sending.choices"] = {
    *_TABLES,
    "app.contents",
    "app.personal",
    "app.programme",
    "app.sending.ways",
    "app.sending.reaching",
}
PARTS["app.sending.routes"] = PARTS["app.sending.choices"] | {"app.sending.choices"}
PARTS["app.sending.route_checks"] = PARTS["app.sending.routes"] | {"app.sending.routes"}
PARTS["app.sending.staff_touches"] = {*DOMAIN, "app.outbox"}
PARTS["app.sending.staff_jobs"] = {*_TABLES, "app.sending.holds", "app.sending.staff_touches"}
PARTS["app.sending.doubles"] = {*DOMAIN, "app.outbox"}
PARTS["app.assignments"] = {*_TABLES}
PARTS["app.reviewing"] = {*_TABLES, "app.programme"}
PARTS["app.merging"] = {*_TABLES, "app.db", "app.programme", "app.sending.doubles"}
PARTS["app.handlers"] = {
    "app.merging",
    "app.assignments",
    "app.contents",
    "app.journeys",
    "app.reviewing",
    *_TABLES,
    "app.sending.reports",
    "app.sending.direct_lines",
    "app.sending.staff_jobs",
    "app.sending.doubles",
    "app.programme",
    "app.personal",
}
PARTS["app.journeys"] = {
    "app.db",
    *_TABLES,
    "app.sending.direct_lines",
    "app.sending.choices",
    "app.sending.routes",
    "app.sending.withholding",
    "app.programme",
    "app.personal",
    "app.contents",
}
PARTS["app.alone"] = set()
PARTS["app.odd_ones"] = set()
PARTS["app.journeys"] |= {"app.alone", "app.odd_ones"}
PARTS["app.journeys.active_hours"] = {*_TABLES, "app.journeys"}
PARTS["app.journeys"] |= {"app.journeys.active_hours"}
PARTS["app.broadcasting"] = {
    *_TABLES,
    "app.db",
    "app.odd_ones",
    "app.journeys.active_hours",
    "app.sending.second_attempts",
    "app.sending.doubles",
    "app.sending.choices",
    "app.sending.routes",
    "app.programme",
    "app.personal",
    "app.contents",
}
PARTS["app.figuring"] = {"app.db", *_TABLES, "app.journeys.active_hours", "app.programme"}
PARTS["app.handlers"] |= {"app.figuring"}
for part in ("audiences", "broadcast_audiences", "eligibility", "mass_jobs"):
    PARTS[f"app.sending.{part}"] |= {"app.segments"}
for part in ("handlers", "journeys", "broadcasting"):
    PARTS[f"app.{part}"] |= {"app.segments"}
PARTS["app"] = {*PARTS} - {"bots.sandbox"}  # wiring, worker, scheduler: all but the doors
PARTS |= {door: {*PARTS} - {"bots.sandbox"} for door in DOORS}
PARTS["app.web"] = {*PARTS} - {"bots.sandbox"}
# The rooms of the console: which of the others each may know beside what stands in none of them.
CONSOLE = {
    "fields": set[str](),
    "saying": set(),
    "content": {"fields", "saying"},
    "loyalty": {"fields", "saying"},
    "people": {"content", "fields", "saying"},
    "platforms": {"content", "fields", "saying"},
    "running": {"fields", "saying"},
    "automation": {"content", "fields", "saying"},
    "sending": {"automation", "content", "fields", "saying"},
}
for room, others in CONSOLE.items():
    PARTS[f"app.console.{room}"] = PARTS["app.console"] | {
        "app.console",
        *(f"app.console.{other}" for other in others),
    }
PARTS["app.console"] |= {f"app.console.{room}" for room in CONSOLE}
