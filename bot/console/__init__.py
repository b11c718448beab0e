"""The pages for agents, marketers and managers under `/console`. See docs/console.md.

Nothing here imports NiceGUI except the pages themselves: `bot.console.shell` and the `pages` of each part are
imported when somebody who is signed in opens the console for the first time.
"""

from bot.console.registry import NavEntry, page
from bot.console.roles import ADMINISTRATOR, EVERYBODY, Role
from bot.console.visit import Services, Visit

__all__ = ["ADMINISTRATOR", "EVERYBODY", "NavEntry", "Role", "Services", "Visit", "page"]
