"""The pages under /dev/, for newcomers without a web client; they exist with DEBUG only."""

from django.urls import URLPattern, path

from devtools import views

app_name = "devtools"

urlpatterns: list[URLPattern] = [
    path("", views.index, name="index"),
    path("register", views.register, name="register"),
    path("activate", views.activate, name="activate"),
    path("reset", views.reset, name="reset"),
    path("account", views.account, name="account"),
    path("premium", views.premium, name="premium"),
    path("paid", views.paid, name="paid"),
    path("mailbox/", views.mailbox, name="mailbox"),
    path("mailbox/<str:file>/<int:number>/", views.mail, name="mail"),
    path("mailbox/<str:file>/<int:number>/html", views.mail_html, name="mail_html"),
]
