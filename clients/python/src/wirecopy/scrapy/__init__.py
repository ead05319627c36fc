"""An add-on for Scrapy (2.13 and later): one copy of each story is left of a crawl.

    ADDONS = {"wirecopy.scrapy.Addon": 500}
    WIRECOPY_ADDRESS = "http://127.0.0.1:7717"

README.md has the settings. The crawl goes on if the server is down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured

from wirecopy.scrapy.feeds import Copies, Kept, route
from wirecopy.scrapy.hold import Hold
from wirecopy.scrapy.pipeline import WirecopyPipeline
from wirecopy.scrapy.policy import Keep, Policy
from wirecopy.scrapy.seen import SeenMiddleware

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

__all__ = [
    "Addon",
    "Copies",
    "Hold",
    "Keep",
    "Kept",
    "Policy",
    "SeenMiddleware",
    "WirecopyPipeline",
]


class Addon:
    """Adds what the settings ask for to the pipelines and the spider middlewares."""

    def update_settings(self, settings: BaseSettings) -> None:
        """Adds the components.

        Raises:
            NotConfigured: WIRECOPY_ADDRESS is not set.
            ValueError: WIRECOPY_POLICY or WIRECOPY_KEEP is none of the choices.
        """
        if not settings.get("WIRECOPY_ADDRESS"):
            raise NotConfigured("WIRECOPY_ADDRESS is not set")
        settings.setdefault_in_component_priority_dict("ITEM_PIPELINES", WirecopyPipeline, 500)
        if Keep.of(settings) is Keep.LEAD:
            # Next to the spider, so that the other middlewares see each item once.
            settings.setdefault_in_component_priority_dict("SPIDER_MIDDLEWARES", Hold, 1000)
        if settings.getbool("WIRECOPY_SEEN"):
            # After the middlewares that drop requests.
            settings.setdefault_in_component_priority_dict(
                "SPIDER_MIDDLEWARES", SeenMiddleware, 100
            )
        if Policy.of(settings) is Policy.ROUTE:
            route(settings)
