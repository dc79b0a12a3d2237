"""What Siyu answers by itself, in the members' language."""

from collections.abc import Sequence
from datetime import date

from app.domain.insight.days import Day
from app.domain.loyalty.quizzes import Answered
from app.handlers.games import SignInOutcome

WELCOME = "欢迎加入！回复「签到」领积分，回复「积分」查余额，回复「帮助」看看还能做什么。"
WELCOME_BACK = "欢迎回来，好久不见！回复「签到」继续攒积分吧。"
KF_WELCOME = "您好，请问有什么可以帮您？回复「帮助」看看我能做什么。"
WELCOME_OF_STAFF = "您好，很高兴认识您！以后有什么需要，随时找我。"
WELCOME_BACK_OF_STAFF = "欢迎回来，好久不见！有什么需要，随时找我。"
HELP = """我可以帮您：
· 签到：每天一次，连续 7 天、30 天有奖励
· 积分：查询余额和等级
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
    return f"回答正确！+{answer.quiz.points} 积分。" if answer.quiz.points else "回答正确！"


def congratulations(tier: str) -> str:
    return f"恭喜您升级为{tier}会员！新的权益已经生效。"


def radar_thanks(points: int) -> str:
    return f"感谢阅读，{points} 积分已到账。"


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
