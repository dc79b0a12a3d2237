"""Tokens of forms: what stands in a member's own link to one."""

from itsdangerous import BadSignature, URLSafeSerializer


class FormSigner:
    """Makes and reads the tokens of ``/h5/forms/<key>/<token>``: which form, whose."""

    def __init__(self, secret: str):
        self._serializer = URLSafeSerializer(secret, salt="form")

    def token(self, form_id: int, member_id: int) -> str:
        return str(self._serializer.dumps([form_id, member_id]))

    def read(self, token: str) -> tuple[int, int] | None:
        """(form, member), or None when the token is not ours."""
        try:
            form_id, member_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return int(form_id), int(member_id)
