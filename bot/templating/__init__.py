"""What the company says: message templates, compiled once, rendered in the contact's language."""

from bot.templating.contract import COMMON, CONTRACT, Kind, bare_sample, full_sample
from bot.templating.engine import MissingTemplate, Rendered, RenderFailed, TemplateError, Templates
from bot.templating.formats import CompanyFacts

__all__ = [
    "COMMON",
    "CONTRACT",
    "CompanyFacts",
    "Kind",
    "MissingTemplate",
    "RenderFailed",
    "Rendered",
    "TemplateError",
    "Templates",
    "bare_sample",
    "full_sample",
]
