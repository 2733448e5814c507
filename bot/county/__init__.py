"""Reports on their way to the county's own system."""

from bot.county.deliver import CountyDeliveries, DestinationSettings, delivery
from bot.county.envelope import Village, as_body, envelope

__all__ = ["CountyDeliveries", "DestinationSettings", "Village", "as_body", "delivery", "envelope"]
