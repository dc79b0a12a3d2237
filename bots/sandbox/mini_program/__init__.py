"""The sandbox's mini-programs: the paths they add to the platform's API, and their tables."""

from bots.sandbox.mini_program import links, logins, safety

ROUTES = (
    ("GET", "/sns/jscode2session", logins.session_of_code),
    ("GET", "/wxa/checksession", logins.check_session),
    ("GET", "/wxa/resetusersessionkey", logins.reset_session_key),
    ("POST", "/wxa/business/getuserphonenumber", logins.phone_of_code),
    ("POST", "/wxa/generate_urllink", links.url_link),
    ("POST", "/wxa/generatescheme", links.scheme),
    ("POST", "/wxa/getwxacodeunlimit", links.code),
    ("POST", "/wxa/msg_sec_check", safety.check_text),
)
TABLES = """
CREATE TABLE IF NOT EXISTS mini_sessions (
  account TEXT NOT NULL, openid TEXT NOT NULL, session_key TEXT NOT NULL,
  PRIMARY KEY (account, openid));
CREATE TABLE IF NOT EXISTS mini_logins (
  account TEXT NOT NULL, openid TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS mini_logins_of ON mini_logins (account, openid, at);
CREATE TABLE IF NOT EXISTS mini_links (
  account TEXT NOT NULL, kind TEXT NOT NULL, day TEXT NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (account, kind, day));
"""
