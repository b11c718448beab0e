"""The configuration: one YAML file, the environment, secret files; read here alone. source: design §6

`load` gives a `Config` that is whole and consistent, or a `ConfigError` that lists everything found wrong.
"""

from bot.config.accounts import (
    Account,
    DkimConfig,
    EmailAccount,
    ImapConfig,
    SandboxAccount,
    SmsAccount,
    SmtpConfig,
    TelegramAccount,
    WebChatAccount,
    WhatsAppAccount,
)
from bot.config.company import Closure, CompanyConfig, HolidaysConfig, Product, Window
from bot.config.contacts import ContactField, ContactsConfig, RetentionConfig
from bot.config.faq import EmbeddingEndpoint, FaqConfig
from bot.config.load import ConfigError, load
from bot.config.models import (
    AckWithin,
    ApiConfig,
    ComplaintsConfig,
    Config,
    ConsoleConfig,
    DatabaseConfig,
    DeliveryConfig,
    DeskConfig,
    DialogueConfig,
    LoggingConfig,
    MediaConfig,
    Notify,
    ServerConfig,
    Uncertain,
)
from bot.config.outreach import Caps, OutreachConfig

__all__ = [
    "Account",
    "AckWithin",
    "ApiConfig",
    "Caps",
    "Closure",
    "CompanyConfig",
    "ComplaintsConfig",
    "Config",
    "ConfigError",
    "ConsoleConfig",
    "ContactField",
    "ContactsConfig",
    "DatabaseConfig",
    "DeliveryConfig",
    "DeskConfig",
    "DialogueConfig",
    "DkimConfig",
    "EmailAccount",
    "EmbeddingEndpoint",
    "FaqConfig",
    "HolidaysConfig",
    "ImapConfig",
    "LoggingConfig",
    "MediaConfig",
    "Notify",
    "OutreachConfig",
    "Product",
    "RetentionConfig",
    "SandboxAccount",
    "ServerConfig",
    "SmsAccount",
    "SmtpConfig",
    "TelegramAccount",
    "Uncertain",
    "WebChatAccount",
    "WhatsAppAccount",
    "Window",
    "load",
]
