"""Opting out 退订 by a link: a token that says whose it is, signed by us."""

from itsdangerous import BadSignature, URLSafeSerializer


class OptOutSigner:
    """Makes and reads the tokens of ``/h5/opt-out/<token>``. They do not expire: whoever finds an
    old mail may still want no more of them."""

    def __init__(self, secret: str):
        self._serializer = URLSafeSerializer(secret, salt="opt-out")

    def token(self, member_id: int) -> str:
        return str(self._serializer.dumps(member_id))

    def read(self, token: str) -> int | None:
        """The member's id; None for whatever is not a token of ours."""
        try:
            member_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return member_id if isinstance(member_id, int) else None
