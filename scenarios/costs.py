"""What a scenario costs: the kinds of cost that changes carry, by month."""

from typing import Final

KINDS: Final = ("sales", "marketing", "other")
"""Sales and marketing count as the cost of acquisition; other is the rest of what is spent."""
