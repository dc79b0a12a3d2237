"""Voice calls: a phone rings, and a template is read out."""

from bots.voice.aliyun import Client as AliyunClient
from bots.voice.tencent import Client as TencentClient

__all__ = ["AliyunClient", "TencentClient"]
