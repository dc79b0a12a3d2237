"""What Siyu answers by itself, in the members' language."""

from collections.abc import Sequence
from datetime import date

from app.domain.english import counted
from app.domain.insight.days import Day
from app.domain.insight.radar_thresholds import Interest
from app.domain.loyalty.earning.claims import OrderClaim, Outcome
from app.domain.loyalty.earning.wordings import Wording
from app.domain.loyalty.quizzes import Answered
from app.domain.loyalty.spending.lotteries import Why as NotNow
from app.handlers.games import SignInOutcome

WELCOME = "欢迎加入！回复「签到」领积分，回复「积分」查余额，回复「帮助」看看还能做什么。"
WELCOME_BACK = "欢迎回来，好久不见！回复「签到」继续攒积分吧。"
KF_WELCOME = "您好，请问有什么可以帮您？回复「帮助」看看我能做什么。"
WELCOME_OF_STAFF = "您好，很高兴认识您！以后有什么需要，随时找我。"
WELCOME_BACK_OF_STAFF = "欢迎回来，好久不见！有什么需要，随时找我。"
HELP = """我可以帮您：
· 签到：每天一次，连续 7 天、30 天有奖励
· 积分：查询余额和等级
· 订单 加订单号：把订单归到您名下，领取积分
· 兑换：看看积分能换什么
· 有问答时，直接回复 A、B、C 或 D"""


def of_staff(first_time: bool) -> str:
    """A welcome in the name of a member of staff, to whom she will be talking."""
    return WELCOME_OF_STAFF if first_time else WELCOME_BACK_OF_STAFF


BOT_HELP = "可以问我：今日数据、昨日数据、查 会员昵称"


def opted_out(come_back_word: str) -> str:
    return f"已为您退订，不再发送活动消息，服务通知不受影响。回复「{come_back_word}」即可恢复。"


def came_back(opt_out_word: str) -> str:
    return f"已为您恢复接收活动消息。回复「{opt_out_word}」可随时退订。"


def signed_in(outcome: SignInOutcome) -> str:
    if outcome.signed_in is None:
        return f"今天已经签到过啦，连续 {outcome.streak_days} 天，当前 {outcome.balance} 积分。"
    text = f"签到成功，+{outcome.points} 积分，已连续 {outcome.streak_days} 天"
    if outcome.bonus_points:
        text += f"，连签 {outcome.signed_in.bonus_days} 天奖励 +{outcome.bonus_points} 积分"
    return f"{text}。当前 {outcome.balance} 积分。"


CLAIMS = {
    Outcome.CLAIMED: Wording("订单 {order_no} 已归到您名下。", "Order {order_no} is yours now."),
    Outcome.HERS: Wording(
        "订单 {order_no} 已经在您名下啦，不用再领。",
        "Order {order_no} is yours already: there is no need to claim it.",
    ),
    Outcome.TAKEN: Wording(
        "订单 {order_no} 已被领取，如有疑问请联系客服。",
        "Order {order_no} has been claimed before. If that was not you, please ask our staff.",
    ),
    Outcome.UNKNOWN: Wording(
        "没有找到订单 {order_no}，请核对订单号；刚下的订单可能要晚些才能查到。",
        "We do not know order {order_no}. Please look at the number again; a new order may take a"
        " while to reach us.",
    ),
    Outcome.SEVERAL: Wording(
        "有几家店都有订单 {order_no}，请联系客服领取。",
        "Several of our shops have an order {order_no}: please ask our staff to claim it for you.",
    ),
    Outcome.TOO_LATE: Wording(
        "订单 {order_no} 已过领取期限。", "It is too late to claim order {order_no}."
    ),
    Outcome.TOO_MANY: Wording(
        "今天试的次数太多了，请明天再来。", "Too many tries for today: please come again tomorrow."
    ),
    Outcome.CLOSED: Wording("现在不能用订单号领积分。", "Orders cannot be claimed at the moment."),
}


def claimed(tried: OrderClaim, earned: int) -> Wording:
    said, no = CLAIMS[Outcome(tried.outcome)], tried.order_no
    zh, en = said.zh.format(order_no=no), said.en.format(order_no=no)
    return (
        Wording(f"{zh}+{earned} 积分。", f"{en} +{counted(earned, 'point')}.")
        if earned
        else Wording(zh, en)
    )


def balance(points: int, tier: str, streak_days: int) -> str:
    text = f"您当前有 {points} 积分"
    if tier:
        text += f"，等级：{tier}"
    return f"{text}，已连续签到 {streak_days} 天。"


def answered(answer: Answered) -> str:
    if not answer.counts:
        return "您已经答过这一题啦，以第一次的答案为准。"
    if not answer.is_right:
        return f"收到您的答案 {answer.option}，可惜不对，下次加油！"
    return f"回答正确！+{answer.points} 积分。" if answer.points else "回答正确！"


def rewards(points: int, can_have: Sequence[tuple[str, int]], more: int, url: str) -> str:
    """What she can have for her points, each by its name and price, and where."""
    lines = [f"· {name}：{price} 积分" for name, price in can_have]
    lines += [f"还有 {more} 样" if more else ""]
    told = "\n".join(line for line in lines if line) or "现在没有可以兑换的，攒一攒再来看看吧。"
    return f"您有 {points} 积分，可以兑换：\n{told}\n{url}" if can_have else f"{told}\n{url}"


def drawn(lottery: str, prize: str, points: int, balance: int, url: str) -> str:
    """What her draw has brought; ``url`` is where a prize that is no points waits for her."""
    text = f"「{lottery}」抽到了：{prize}"
    if points:
        text += f"，+{points} 积分"
    return f"{text}。当前 {balance} 积分。" + (f"奖品在这里：{url}" if url else "")


NOT_DRAWN = {
    NotNow.NOT_ON_OFFER: "「{lottery}」现在不能抽。",
    NotNow.NOT_OPEN: "「{lottery}」还没到开放的时间，请晚些再来。",
    NotNow.OTHER_TIER: "您的等级暂时不能参加「{lottery}」。",
    NotNow.HAD_ENOUGH: "您在「{lottery}」的次数已经用完啦。",
    NotNow.HAD_ENOUGH_TODAY: "您今天在「{lottery}」的次数已经用完啦，明天再来吧。",
    NotNow.TOO_FEW_POINTS: "积分不够啦，「{lottery}」抽一次要 {points} 积分。",
}


def not_drawn(lottery: str, why: NotNow, points: int | None) -> str:
    return NOT_DRAWN[why].format(lottery=lottery, points=points)


def congratulations(tier: str) -> str:
    return f"恭喜您升级为{tier}会员！新的权益已经生效。"


def radar_thanks(points: int) -> str:
    return f"感谢阅读，{points} 积分已到账。"


def form_thanks(title: str, points: int, coupon_url: str) -> str:
    """What answering a form has brought her; empty when that is nothing."""
    got = [f"{points} 积分已到账"] if points else []
    got += [f"优惠券在这里：{coupon_url}"] if coupon_url else []
    return f"感谢填写「{title}」，{'，'.join(got)}。" if got else ""


def radar_notice(nickname: str, title: str, shown: Interest) -> str:
    """For the member of staff whom a threshold of radar names."""
    parts = [f"打开 {shown.opened} 次"]
    if shown.read_s:
        parts.append(f"读了 {shown.read_s // 60} 分 {shown.read_s % 60} 秒")
        parts.append(f"读到 {shown.scrolled_percent}%")
    if shown.shared:
        parts.append(f"带来 {shown.shared} 位读者")
    return f"{nickname} 看了「{title}」：{'，'.join(parts)}"


def report(on: date, day: Day) -> str:
    """For staff, in the markdown of group robots."""
    return (
        f"**{on.month} 月 {on.day} 日**\n"
        f"> 新会员：{day.joined}\n"
        f"> 签到：{day.signed_in}\n"
        f"> 答题：{day.answered}\n"
        f"> 发放积分：{day.points_awarded}，使用积分：{day.points_spent}"
    )


def notice(nickname: str, place: str, said: str) -> str:
    """For the member of staff whom a keyword rule names."""
    return f"{nickname} 在「{place}」说：{said}"


def member(nickname: str, tier: str, points: int, tags: Sequence[str]) -> str:
    """For staff: who somebody is to the programme, without her number."""
    return (
        f"**{nickname}**\n> 等级：{tier or '—'}\n> 积分：{points}\n> 标签：{'、'.join(tags) or '—'}"
    )


def nobody(nickname: str) -> str:
    return f"没有昵称为「{nickname}」的会员。"


ITEM_CODE_UNKNOWN = "查不到这个码，请核对后再试，当心假货。"


def item_code(why_not: str | None, product: str, points: int) -> str:
    """What came of claiming a code; see ``item_codes.pieces.reason_against``."""
    if why_not is None:
        return f"「{product}」验证为正品，" + (
            f"{points} 积分已到账。" if points else "奖励已发放。"
        )
    return {
        "hers": "这个码的奖励您已经领过了。",
        "taken": "这个码的奖励已被别人领取。如非本人，请联系客服。",
        "too_late": "这个码的领取时间已过。",
        "withdrawn": "这个码已作废，请当心假货。",
        "nothing": f"「{product}」验证为正品。",
    }[why_not]


def friend_stayed(nickname: str, points: int) -> str:
    """To her who brought a friend."""
    got = f"，{points} 积分已到账" if points else ""
    return f"你邀请的好友{f'「{nickname}」' if nickname else ''}留下来了{got}，谢谢推荐！"


def birthday_points(points: int) -> str:
    return f"生日快乐！送您 {points} 积分，祝您天天开心。"


def gift_missing(coupon_id: int, reason: str) -> str:
    """For our own people."""
    return f"权益里的优惠券 #{coupon_id} 没能发给会员（{reason}），请补发或换一种。"


def own_agent(tier: str) -> str:
    """For our own people."""
    return f"会员升为{tier}，享有专属客服：请主动问候并留下联系方式。"
