"""Builds those who carry messages, and the errands of the workers that make and send them."""

from sync.http.hosts import HostPolicy
from sync.mail_server import read_mail_server
from sync.messages import Writer
from sync.sending import SmtpMailer, WebHook
from sync.service import Carriers, Delivering, Digesting, Errand, Judging, Parts
from sync.settings import Settings


def make_carriers(settings: Settings) -> Carriers:
    """Who writes messages, and who carries them."""
    mailer = None
    if settings.smtp_url and settings.mail_from:
        server = read_mail_server(settings.smtp_url.get_secret_value())
        mailer = SmtpMailer(server, settings.mail_from)
    return Carriers(
        writer=Writer(settings.public_url, settings.pipeliner_record_url),
        hook=WebHook(HostPolicy(settings.allowed_webhook_hosts, domains=None)),
        mailer=mailer,
    )


def message_errands(parts: Parts, carriers: Carriers) -> tuple[Errand, ...]:
    """What workers do for messages: find out what to tell, make digests, send."""
    return (
        Errand(name="telling", do=Judging(parts, carriers).look),
        Errand(name="digests", do=Digesting(parts, carriers).make),
        Errand(name="deliveries", do=Delivering(parts, carriers).deliver),
    )
