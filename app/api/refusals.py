"""Refusals: every error of the API has one shape, in Chinese and English, and tells no secrets."""

from http import HTTPStatus
from typing import Any

from apiflask import APIFlask, HTTPError
from flask import request
from pydantic import ValidationError
from werkzeug.datastructures import Headers

from app.api.shapes import Refusal, Refused, Wording

Answer = tuple[dict[str, Any], int, Headers]

REASONS = {
    "bad_request": (400, "请求的格式不对", "the request cannot be read"),
    "not_logged_in": (401, "请先登录", "log in first"),
    "login_code_refused": (401, "登录凭证无效或已过期，请重新登录", "the login code does not work"),
    "not_signed_up": (403, "还不是会员，请先注册", "not a member yet: sign up first"),
    "not_found": (404, "没有这个地址", "there is nothing here"),
    "unknown_channel": (404, "没有这个小程序", "there is no such mini-program"),
    "method_not_allowed": (405, "这里不能这样请求", "this cannot be asked in this way"),
    "phone_taken": (
        409,
        "这个手机号属于另一位会员",
        "this phone number belongs to another member",
    ),
    "unknown_order": (404, "没有这个订单", "there is no such order"),
    "unknown_buyer": (404, "不知道这是哪位会员", "nobody we know is named by this"),
    "unknown_coupon": (404, "没有这张优惠券", "there is no such coupon"),
    "unknown_item_code": (404, "没有这个码", "this is not a code of ours"),
    "coupon_used": (
        409,
        "这张优惠券已用于另一张订单",
        "this coupon was used for another order",
    ),
    "coupon_expired": (409, "这张优惠券已过期", "this coupon has expired"),
    "coupon_not_hers": (
        409,
        "她现在的等级不能用这张优惠券",
        "this coupon is not for the tier she is in",
    ),
    "unknown_reward": (404, "没有这个兑换品", "there is no such reward"),
    "unknown_redemption": (404, "没有这次兑换", "there is no such redemption"),
    "unknown_lottery": (404, "没有这个抽奖", "there is no such lottery"),
    "not_on_offer": (409, "现在不提供", "this is not on offer"),
    "not_open": (409, "还没到开放时间", "this is not open at present"),
    "other_tier": (409, "您的等级暂时不能参加", "this is not for your tier"),
    "none_left": (409, "已经兑完了", "there are none left"),
    "had_enough": (409, "您的次数已用完", "you have had as many as one member may"),
    "had_enough_this_month": (
        409,
        "您本月的次数已用完",
        "you have had as many as one member may have in a month",
    ),
    "had_enough_today": (
        409,
        "您今天的次数已用完",
        "you have had as many as one member may have in a day",
    ),
    "too_few_points": (409, "积分不够", "not enough points"),
    "too_many_points": (
        409,
        "超过这张订单可用的积分，或不是整数倍",
        "more points than may be used for this order, or not in whole steps",
    ),
    "already_reserved": (
        409,
        "这张订单已经冻结过积分",
        "points have been reserved for this order before",
    ),
    "not_held": (
        409,
        "这张订单没有冻结中的积分",
        "no points are held for this order",
    ),
    "no_address": (409, "请填写收货信息", "say where it should be sent"),
    "not_cancellable": (
        409,
        "已经处理，不能再改",
        "this has been dealt with and cannot be changed any more",
    ),
    "not_payable": (
        409,
        "这次兑换已取消、已付款或不用付款",
        "this was cancelled, has been paid, or costs nothing",
    ),
    "not_waiting": (
        409,
        "这次兑换还没付款、已取消、已领走，或不是实物",
        "this is not paid for, was cancelled or handed over before, or is no goods",
    ),
    "other_content": (
        409,
        "同一编号之前发来的内容不同",
        "the same number was sent before with another content",
    ),
    "refund_too_large": (409, "退款合计超过订单金额", "more would be paid back than was paid"),
    "too_large": (413, "内容太大", "too large"),
    "fields": (422, "有些内容不对，请检查", "some fields are not right"),
    "under_age": (
        422,
        "未满 14 周岁暂时不能注册，请由监护人联系客服",
        "under 14: a guardian has to ask us",
    ),
    "phone_code_refused": (
        422,
        "手机号凭证无效或已用过，请重新授权",
        "the phone code does not work: ask for a new one",
    ),
    "too_many": (429, "请求太频繁，请稍后再试", "too many requests: try again later"),
    "broken": (500, "系统出错了", "something broke"),
    "platform_unavailable": (
        503,
        "微信暂时没有回应，请稍后再试",
        "WeChat does not answer: try again later",
    ),
    "not_handled": (
        503,
        "暂时无法处理，已通知运营人员",
        "this could not be done; the operators can see it",
    ),
}
_BY_STATUS = {
    400: "bad_request",
    401: "not_logged_in",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    429: "too_many",
}
_MISTAKES = {
    "missing": ("必须填写", "is required"),
    "extra_forbidden": ("没有这个字段", "is not a field of this"),
    "string_type": ("应当是文字", "has to be text"),
    "string_too_short": ("不能为空", "must not be empty"),
    "string_too_long": ("太长了", "is too long"),
    "string_pattern_mismatch": ("含有不允许的字符", "has characters that are not allowed"),
    "blank": ("不能为空", "has nothing to show"),
    "bool_type": ("应当是 true 或 false", "has to be true or false"),
    "day_as_text": ("日期写作 YYYY-MM-DD", "is written YYYY-MM-DD"),
    "too_long_ago": ("太早了", "is too long ago"),
    "in_the_future": ("不能在未来", "is in the future"),
    "unknown_inviter": ("邀请码不对", "is nobody's invite code"),
    "unknown_zone": ("没有这个时区", "is no time zone of the IANA"),
    "moment_as_text": ("时间写作 ISO 8601，带时区", "is written in ISO 8601 with a time zone"),
    "timezone_aware": ("时间要带时区", "needs a time zone"),
    "openid_with_channel": ("openid 和 channel 要一起填", "openid and channel go together"),
    "unknown_channel_key": ("没有这个渠道账号", "is not a channel of ours"),
    "unknown_member": ("没有这位会员", "is nobody we know"),
    "unknown_live_code": ("没有这个渠道活码", "is not a live code of ours"),
}
_OTHER_MISTAKE = ("不正确", "is not valid")


class RefusedRequest(Exception):
    """The request is refused: ``code`` is one of REASONS; ``mistakes`` names what is wrong with
    which field, in the words of _MISTAKES."""

    def __init__(
        self, code: str, *, mistakes: dict[str, str] | None = None, retry_after_s: int = 0
    ) -> None:
        super().__init__(code)
        self.code = code
        self.mistakes = mistakes or {}
        self.retry_after_s = retry_after_s


def named(*codes: str) -> dict[int | str, Any]:
    """For an operation's description: which refusals to expect under which status."""
    statuses = sorted({REASONS[code][0] for code in codes})
    return {
        status: ", ".join(code for code in codes if REASONS[code][0] == status)
        for status in statuses
    }


def init_app(app: APIFlask) -> None:
    """Gives every error under /api this shape, whoever raised it."""
    elsewhere = app.error_callback

    @app.error_processor
    def explain(error: HTTPError) -> Any:
        if not request.path.startswith("/api/"):
            return elsewhere(error)
        cause = error.__cause__
        if isinstance(cause, ValidationError):
            return _shaped("fields", _mistakes_in(cause), Headers())
        return _shaped(_code_of(error.status_code), {}, Headers(error.headers))

    @app.errorhandler(RefusedRequest)
    def refuse(refused: RefusedRequest) -> Answer:
        headers = Headers()
        if refused.retry_after_s:
            headers["Retry-After"] = str(refused.retry_after_s)
        return _shaped(refused.code, refused.mistakes, headers)


def _code_of(status: int) -> str:
    return _BY_STATUS.get(
        status, "bad_request" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "broken"
    )


def _mistakes_in(error: ValidationError) -> dict[str, str]:
    return {
        ".".join(str(part) for part in mistake["loc"]) or "body": mistake["type"]
        for mistake in error.errors(include_url=False, include_input=False, include_context=False)
    }


def _shaped(code: str, mistakes: dict[str, str], headers: Headers) -> Answer:
    status, zh, en = REASONS[code]
    fields = {name: _wording(mistake) for name, mistake in mistakes.items()} or None
    refused = Refused(error=Refusal(code=code, zh=zh, en=en, fields=fields))
    return refused.model_dump(exclude_none=True), status, headers


def _wording(mistake: str) -> Wording:
    zh, en = _MISTAKES.get(mistake, _OTHER_MISTAKE)
    return Wording(zh=zh, en=en)
