"""The limits in words: what each number is, its unit, and the page of the platform that says so."""

from flask_babel import lazy_gettext as _l

from app.console.frame import console
from app.domain.outreach.allowances import limit_table

NAMES = {
    limit_table.CHAT_WINDOW_H: _l("会员发来消息后，可发客服消息的时长"),
    limit_table.CHAT_MESSAGES: _l("会员发来消息后，可发客服消息的条数"),
    limit_table.ACTION_WINDOW_S: _l("会员关注、扫码或点菜单后，可发客服消息的时长"),
    limit_table.ACTION_MESSAGES: _l("会员关注、扫码或点菜单后，可发客服消息的条数"),
    limit_table.CALLBACK_DELAY_S: _l("回调最多晚到多久（以上时长从会员操作时算起）"),
    limit_table.TEXT_BYTES_MAX: _l("一条文字消息的长度（更长的回复会在字与字之间截断）"),
    limit_table.PASSIVE_TEXT_BYTES: _l("一条被动回复的文字长度"),
    limit_table.MASS_CALLS_A_DAY: _l("每天调用群发接口的次数"),
    limit_table.MASS_CALLS_A_MINUTE: _l("每分钟调用群发接口的次数"),
    limit_table.MASS_A_MONTH: _l("每位关注者每个自然月收到的群发条数"),
    limit_table.MASS_RECIPIENTS: _l("一次群发的 openid 个数"),
    limit_table.TEMPLATES_A_DAY: _l("每天的模板消息条数"),
    limit_table.ACCOUNT_TAGS: _l("一个公众号的标签个数"),
    limit_table.FOLLOWER_TAGS: _l("一位关注者的标签个数"),
    limit_table.ACCOUNT_QR_CODES: _l("一个公众号的永久二维码个数"),
    limit_table.MINI_CHAT_WINDOW_H: _l("会员在小程序客服发来消息后，可回复的时长"),
    limit_table.MINI_CHAT_MESSAGES: _l("会员在小程序客服发来消息后，可回复的条数"),
    limit_table.MINI_ENTER_WINDOW_S: _l("会员进入小程序客服后，可发消息的时长"),
    limit_table.MINI_ENTER_MESSAGES: _l("会员进入小程序客服后，可发消息的条数"),
    limit_table.URL_LINKS_A_DAY: _l("每天生成 URL Link 的次数"),
    limit_table.WECOM_CALLS_A_MINUTE: _l("每分钟调用接口的次数（所有接口合计）"),
    limit_table.WECOM_CALLS_AN_HOUR: _l("每小时调用接口的次数（所有接口合计）"),
    limit_table.APP_MESSAGES_A_MINUTE: _l("每分钟发给一位员工的应用消息条数"),
    limit_table.APP_MESSAGES_AN_HOUR: _l("每小时发给一位员工的应用消息条数"),
    limit_table.APP_MESSAGES_A_DAY: _l("每天发出的应用消息条数（按员工人数，每人这么多）"),
    limit_table.APP_TEXT_BYTES: _l("一条应用消息的文字长度"),
    limit_table.WELCOME_WINDOW_S: _l("加好友后，可发欢迎语的时长"),
    limit_table.WELCOME_TEXT_BYTES: _l("欢迎语的文字长度"),
    limit_table.WELCOME_ATTACHMENTS: _l("欢迎语的附件个数"),
    limit_table.GROUP_WELCOME_TEXT_BYTES: _l("入群欢迎语的文字长度"),
    limit_table.GROUP_WELCOMES: _l("入群欢迎语素材的个数"),
    limit_table.STAFF_MESSAGES_A_MONTH: _l("每位客户或每个客户群每月收到的群发条数"),
    limit_table.STAFF_MESSAGE_CONTACTS: _l("一次群发的客户个数"),
    limit_table.STAFF_MESSAGE_GROUPS: _l("一次群发的客户群个数"),
    limit_table.STAFF_MESSAGE_TEXT_BYTES: _l("企业群发的文字长度"),
    limit_table.REMINDERS_A_DAY: _l("24 小时内提醒员工发送的次数"),
    limit_table.MOMENTS_A_MINUTE: _l("每分钟创建朋友圈任务的次数"),
    limit_table.MOMENTS_A_MONTH: _l("每月创建朋友圈任务的次数"),
    limit_table.MOMENT_TEXT_CHARS: _l("朋友圈的文字长度"),
    limit_table.KF_WINDOW_H: _l("会员发来消息后，微信客服可回复的时长"),
    limit_table.KF_MESSAGES: _l("会员发来消息后，微信客服可回复的条数"),
    limit_table.KF_TEXT_BYTES: _l("一条微信客服消息的文字长度"),
    limit_table.KF_EVENT_WINDOW_S: _l("会员进入会话后，可发欢迎语的时长"),
    limit_table.ROBOT_MESSAGES_A_MINUTE: _l("每个群机器人每分钟的消息条数"),
    limit_table.ROBOT_TEXT_BYTES: _l("群机器人一条文字的长度"),
    limit_table.ROBOT_MARKDOWN_BYTES: _l("群机器人一条 Markdown 的长度"),
    limit_table.ROOM_MESSAGES_A_MINUTE: _l("每个社群每分钟的消息条数（超过的稍后发送）"),
    limit_table.BOT_TEXT_BYTES: _l("智能机器人一条回答的长度"),
    limit_table.TENCENT_SMS_A_HALF_MINUTE: _l("每 30 秒发给一个号码的短信条数"),
    limit_table.TENCENT_SMS_AN_HOUR: _l("每小时发给一个号码的短信条数"),
    limit_table.TENCENT_SMS_A_DAY: _l("每天发给一个号码的短信条数"),
    limit_table.ALIYUN_SMS_A_MINUTE: _l("每分钟发给一个号码的短信条数"),
    limit_table.ALIYUN_SMS_AN_HOUR: _l("每小时发给一个号码的短信条数"),
    limit_table.ALIYUN_SMS_A_DAY: _l("每天发给一个号码的短信条数"),
    limit_table.TENCENT_CALLS_A_HALF_MINUTE: _l("每 30 秒呼叫一个号码的次数"),
    limit_table.TENCENT_CALLS_A_DAY: _l("每天呼叫一个号码的次数"),
    limit_table.ALIYUN_CALLS_A_MINUTE: _l("每分钟呼叫一个号码的次数"),
    limit_table.ALIYUN_CALLS_AN_HOUR: _l("每小时呼叫一个号码的次数"),
    limit_table.ALIYUN_CALLS_A_DAY: _l("每天呼叫一个号码的次数"),
    limit_table.STAFF_REMINDED_AFTER_H: _l("员工多久没有确认企业群发时提醒"),
    limit_table.STAFF_REMINDERS: _l("自动提醒员工确认企业群发的次数"),
    limit_table.STAFF_GIVEN_UP_AFTER_DAYS: _l("企业群发多久没有人确认就不再等"),
    limit_table.POINTS_WARNING_DAYS: _l("积分过期前多久算作“即将过期”"),
    limit_table.APPROVED_ABOVE: _l("对象超过多少时，启动前须另一位运营批准"),
    limit_table.CORRECTED_ALONE: _l("一位运营最多可以独自加减多少积分，更多须另一位批准"),
    limit_table.DIRECT_MESSAGES_A_DAY: _l("24 小时内发给一位会员的短信、邮件、电话，各多少"),
}
UNITS = {
    "days": _l("天"),
    "hours": _l("小时"),
    "seconds": _l("秒"),
    "messages": _l("条"),
    "bytes": _l("字节"),
    "characters": _l("字"),
    "calls": _l("次"),
    "recipients": _l("位"),
    "tags": _l("个标签"),
    "attachments": _l("个附件"),
    "templates": _l("个素材"),
    "codes": _l("个二维码"),
    "points": _l("积分"),
}
SOURCES = {
    limit_table.CUSTOMER_SERVICE: _l("微信公众平台文档《客服消息》"),
    limit_table.CALLBACKS: _l("微信公众平台文档《接收普通消息》：5 秒超时，共三次"),
    limit_table.PASSIVE_REPLY: _l("微信公众平台文档《被动回复用户消息》"),
    limit_table.MASS_SEND: _l("微信公众平台文档《群发接口和原创校验》"),
    limit_table.TEMPLATES: _l("微信公众平台文档《模板消息》"),
    limit_table.TAGS: _l("微信公众平台文档《用户标签管理》"),
    limit_table.QR_CODES: _l("微信公众平台文档《生成带参数的二维码》"),
    limit_table.MINI_CUSTOMER_SERVICE: _l("小程序文档《客服消息》"),
    limit_table.URL_LINKS: _l("小程序文档《获取 URL Link》"),
    limit_table.WECOM_CALLS: _l("企业微信文档《访问频率限制》"),
    limit_table.WECOM_APP: _l("企业微信文档《发送应用消息》"),
    limit_table.WELCOME: _l("企业微信文档《发送新客户欢迎语》"),
    limit_table.GROUP_WELCOME: _l("企业微信文档《入群欢迎语素材管理》"),
    limit_table.GROUP_MESSAGES: _l("企业微信文档《创建企业群发》"),
    limit_table.MOMENTS: _l("企业微信文档《客户朋友圈》"),
    limit_table.KF: _l("企业微信文档《微信客服》"),
    limit_table.GROUP_ROBOT: _l("企业微信文档《群机器人》；社群网关没有统一规定"),
    limit_table.SMART_BOT: _l("企业微信文档《智能机器人》"),
    limit_table.TENCENT_SMS: _l("腾讯云文档《短信频率限制》"),
    limit_table.ALIYUN_SMS: _l("阿里云文档《短信发送频率限制》"),
    limit_table.TENCENT_VOICE: _l("腾讯云文档《语音消息频率限制》"),
    limit_table.ALIYUN_VOICE: _l("阿里云文档《SingleCallByTts》"),
    limit_table.OURS: _l("不是平台的规定"),
}


@console.app_template_filter()
def limit_in_words(key: str) -> str:
    return str(NAMES.get(key, key))


@console.app_template_filter()
def unit_in_words(unit: str) -> str:
    return str(UNITS.get(unit, unit))


@console.app_template_filter()
def source_in_words(source: str) -> str:
    return str(SOURCES.get(source, source))
