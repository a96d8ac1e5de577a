"""The built-in transforms: what a map may name after a pipe. Only the hook lives here, so that finding the plugin is cheap."""

from __future__ import annotations

from outlookd import TransformRegistry, hookimpl


@hookimpl
def register_transforms(registry: TransformRegistry) -> None:
    """Add every transform of this package."""
    from outlookd_transforms import address, case, dates, lists, phone  # noqa: PLC0415 - only an enabled plugin pays for its code

    for module in (address, case, dates, lists, phone):
        for transform in module.TRANSFORMS:
            registry.add(transform)
