"""SMS, through a provider that has approved our templates."""

from bots.sms.aliyun import Client as AliyunClient
from bots.sms.tencent import Client as TencentClient

__all__ = ["AliyunClient", "TencentClient"]
