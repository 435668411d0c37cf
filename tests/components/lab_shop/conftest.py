"""The fixture of this folder's tests."""

from lab_shop_small_world import shop

__all__ = ["shop"]
