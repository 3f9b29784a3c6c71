"""The address space of the administration. Importing this module registers every table."""

from importlib import import_module

from api.admin.site import site

for app in ("analytics", "audit", "core", "interactions", "monetization", "resources", "users"):
    import_module(f"api.admin.{app}")

admin_urls = site.urls
