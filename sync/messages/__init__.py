"""Messages in words: what is told of a space, for mail and for chats, in the language asked for.

Names in them come from others. They are quoted for the channel before they come into a text, so
that none can make a link, call somebody, or begin a line of its own.
"""

from sync.messages.shaping import shape
from sync.messages.writing import Writer

__all__ = ["Writer", "shape"]
