"""The audit trail: who did what, and when, newest first."""

from flask import request
from flask_babel import gettext as _

from app.console.frame import PAGE, Answer, console, page, siyu
from app.domain.people import operators


@console.get("/audit")
def audit() -> Answer:
    before_id = request.args.get("before", type=int)
    with siyu().database.reading() as session:
        found = operators.recorded(session, before_id=before_id, limit=PAGE + 1)
    shown = found[:PAGE]
    older = shown[-1][0].id if len(found) > PAGE else None
    return page("audit.html", entries=shown, older=older)


@console.app_template_filter()
def action_in_words(action: str) -> str:
    words = {
        "channel.add": _("添加渠道账号"),
        "channel.change": _("更改渠道账号"),
        "channel.forget": _("忘记上一个密钥"),
        "channel.reveal": _("查看凭据"),
        "operator.add": _("添加运营"),
        "operator.set_password": _("更换密码"),
        "operator.disable": _("停用运营"),
        "operator.enable": _("重新启用运营"),
        "phone.unmask": _("查看手机号"),
        "group.label": _("更改社群等级标签"),
        "earning.change": _("更改积分规则"),
        "tier.change": _("更改等级"),
        "event.release": _("放回隔离的事件"),
        "message.send_anyway": _("重新发送消息"),
        "plan.enrol": _("手动入组"),
        "approval.ask": _("请求批准"),
        "approval.grant": _("批准"),
        "approval.refuse": _("不批准"),
        "plan.put_in": _("放进计划"),
        "plan.take_out": _("从计划中取出"),
        "plan.move": _("把在组的移到新版本"),
        "plan.start": _("开始计划"),
        "plan.pause": _("暂停计划"),
        "plan.resume": _("继续计划"),
        "plan.stop": _("停止计划"),
        "broadcast.launch": _("启动群发"),
        "broadcast.pause": _("暂停群发"),
        "broadcast.resume": _("继续群发"),
        "broadcast.cancel": _("取消群发"),
        "broadcast.resend": _("重发失败的"),
        "broadcast.approval_ask": _("请求批准群发"),
        "broadcast.approval_grant": _("批准群发"),
        "broadcast.approval_refuse": _("不批准群发"),
        "broadcast.export": _("导出群发名单"),
        "mass.send": _("提交群发"),
        "mass.delete": _("在平台撤回群发"),
        "template.try": _("试发模板"),
        "media.upload": _("上传素材"),
        "menu.publish": _("发布公众号菜单"),
        "manners.change": _("更改打扰规则"),
        "halt.begin": _("全部停发"),
        "halt.end": _("恢复发送"),
        "member.opt_out": _("替会员退订"),
        "member.come_back": _("为会员恢复接收"),
        "member.attend": _("开始跟进会员"),
        "member.attend_end": _("结束跟进会员"),
        "member.zone": _("更改会员时区"),
        "menu.delete": _("删除平台上的菜单"),
    }
    return words.get(action, action)
