"""How messages leave the house: mail by SMTP, webhooks by the one request path."""

from sync.sending.hook import WebHook
from sync.sending.mail import SmtpMailer

__all__ = ["SmtpMailer", "WebHook"]
