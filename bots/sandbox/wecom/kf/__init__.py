"""微信客服: people write to an account of the corp, an app reads and answers for it."""

from bots.sandbox.wecom.gate import CorpHandler
from bots.sandbox.wecom.kf import accounts, codes, customers, sending, sessions, syncing

KF = "/cgi-bin/kf/"
TABLES = "".join(part.TABLES for part in (accounts, codes, sending, sessions, syncing))
GUARDED: tuple[tuple[str, str, CorpHandler], ...] = (
    ("POST", KF + "account/add", accounts.add),
    ("POST", KF + "account/del", accounts.remove),
    ("POST", KF + "account/update", accounts.update),
    ("POST", KF + "account/list", accounts.listed),
    ("POST", KF + "add_contact_way", accounts.add_contact_way),
    ("POST", KF + "servicer/add", accounts.add_servicers),
    ("POST", KF + "servicer/del", accounts.remove_servicers),
    ("GET", KF + "servicer/list", accounts.servicers),
    ("POST", KF + "customer/batchget", customers.several),
    ("POST", KF + "sync_msg", syncing.sync),
    ("POST", sending.API, sending.send),
    ("POST", sending.ON_EVENT_API, sending.send_on_event),
    ("POST", KF + "service_state/get", sessions.get),
    ("POST", KF + "service_state/trans", sessions.trans),
)
