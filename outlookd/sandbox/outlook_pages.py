"""Outlook as a person sees it: mailboxes, contact folders, contacts, and the mails that Exchange would have sent.

The calendar's pages are in `calendar_pages.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from outlookd.sandbox.calendar_pages import add_calendar_pages
from outlookd.sandbox.contact_form import FIELDS, changes, shown
from outlookd.sandbox.directory import Directory, User
from outlookd.sandbox.mailbox import Contact, Folder
from outlookd.sandbox.maillog import MailLog
from outlookd.sandbox.meetings import Meetings
from outlookd.sandbox.pages import PER_PAGE, page_number, pages_app, read_form, redirect, render, root_of
from outlookd.sandbox.refusal import Refusal

PHOTO = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffd9")
"""The smallest thing that calls itself a JPEG; the sandbox never shows it."""


def outlook_pages(directory: Directory, mail_log: MailLog, *, root: str) -> web.Application:
    """The pages, to be mounted at `root`."""
    app = pages_app(root)
    pages = _OutlookPages(directory, mail_log)
    app.router.add_get("/", pages.home)
    app.router.add_get("/{user}/", pages.mailbox)
    app.router.add_post("/{user}/folders", pages.create_folder)
    app.router.add_post("/{user}/folders/{folder}/rename", pages.rename_folder)
    app.router.add_post("/{user}/folders/{folder}/delete", pages.delete_folder)
    app.router.add_get("/{user}/contacts/new", pages.new_contact)
    app.router.add_post("/{user}/contacts/new", pages.create_contact)
    app.router.add_get("/{user}/contacts/{contact}", pages.contact)
    app.router.add_post("/{user}/contacts/{contact}", pages.edit_contact)
    app.router.add_post("/{user}/contacts/{contact}/{action:delete|copy|photo|move}", pages.act)
    add_calendar_pages(app, directory, Meetings(directory, mail_log))
    return app


class _OutlookPages:
    def __init__(self, directory: Directory, mail_log: MailLog) -> None:
        self._directory = directory
        self._mail_log = mail_log

    async def home(self, request: web.Request) -> web.StreamResponse:
        context = {"users": self._directory.users, "mails": self._mail_log.dump()}
        return render(request, "outlook_home.html", context)

    async def mailbox(self, request: web.Request) -> web.StreamResponse:
        user = self._user(request)
        return self._mailbox(request, user, self._folder(request, user))

    async def create_folder(self, request: web.Request) -> web.StreamResponse:
        user, form = self._user(request), await read_form(request)
        try:
            folder = user.mailbox.create_folder(form.get("name", ""))
        except Refusal as refusal:
            return self._mailbox(request, user, user.mailbox.default_folder, problem=str(refusal))
        raise _to_folder(request, user, folder.id)

    async def rename_folder(self, request: web.Request) -> web.StreamResponse:
        user, form = self._user(request), await read_form(request)
        folder = self._folder(request, user)
        try:
            user.mailbox.rename_folder(folder.id, form.get("name", ""))
        except Refusal as refusal:
            return self._mailbox(request, user, folder, problem=str(refusal))
        raise _to_folder(request, user, folder.id)

    async def delete_folder(self, request: web.Request) -> web.StreamResponse:
        user = self._user(request)
        folder = self._folder(request, user)
        try:
            user.mailbox.delete_folder(folder.id)
        except Refusal as refusal:
            return self._mailbox(request, user, folder, problem=str(refusal))
        raise _to_folder(request, user, user.mailbox.default_folder.id)

    async def new_contact(self, request: web.Request) -> web.StreamResponse:
        user = self._user(request)
        return self._form(request, user, self._folder(request, user), None, shown({}))

    async def create_contact(self, request: web.Request) -> web.StreamResponse:
        user, form = self._user(request), await read_form(request)
        folder = self._folder(request, user)
        try:
            user.mailbox.create_contact(changes({}, form), folder_id=folder.id)
        except Refusal as refusal:
            return self._form(request, user, folder, None, shown({}) | form, problem=str(refusal))
        raise _to_folder(request, user, folder.id)

    async def contact(self, request: web.Request) -> web.StreamResponse:
        user = self._user(request)
        contact = self._contact(request, user)
        return self._form(request, user, user.mailbox.folder(contact.folder_id), contact, shown(contact.properties))

    async def edit_contact(self, request: web.Request) -> web.StreamResponse:
        user, form = self._user(request), await read_form(request)
        contact = self._contact(request, user)
        folder = user.mailbox.folder(contact.folder_id)
        try:
            if body := changes(contact.properties, form):
                user.mailbox.update_contact(contact.immutable_id, body)
        except Refusal as refusal:
            return self._form(request, user, folder, contact, shown(contact.properties) | form, problem=str(refusal))
        raise _to_folder(request, user, folder.id)

    async def act(self, request: web.Request) -> web.StreamResponse:
        user, form = self._user(request), await read_form(request)
        contact = self._contact(request, user)
        folder_id, contact_id = contact.folder_id, contact.immutable_id
        match request.match_info["action"]:
            case "delete":
                user.mailbox.delete_contact(contact_id)
            case "copy":
                user.mailbox.copy_contact(contact_id)
            case "photo":
                user.mailbox.set_photo(contact_id, None if contact.photo else PHOTO)
            case _:
                user.mailbox.move_contact(contact_id, self._known_folder(user, form.get("folder", "")).id)
        raise _to_folder(request, user, folder_id)

    def _user(self, request: web.Request) -> User:
        user = self._directory.user(request.match_info["user"])
        if user is None:
            raise web.HTTPNotFound
        return user

    def _folder(self, request: web.Request, user: User) -> Folder:
        """The folder that the path or the query names, or else the default one."""
        folder_id = request.match_info.get("folder") or request.query.get("folder") or user.mailbox.default_folder.id
        return self._known_folder(user, folder_id)

    @staticmethod
    def _known_folder(user: User, id: str) -> Folder:
        try:
            return user.mailbox.folder(id)
        except Refusal as refusal:
            raise web.HTTPNotFound from refusal

    @staticmethod
    def _contact(request: web.Request, user: User) -> Contact:
        try:
            return user.mailbox.contact(request.match_info["contact"])
        except Refusal as refusal:
            raise web.HTTPNotFound from refusal

    @staticmethod
    def _mailbox(request: web.Request, user: User, folder: Folder, problem: str = "") -> web.Response:
        page, contacts = page_number(request), user.mailbox.contacts(folder.id)
        context = {
            "user": user,
            "folders": user.mailbox.all_folders(),
            "folder": folder,
            "default_id": user.mailbox.default_folder.id,
            "contacts": [(contact, shown(contact.properties)) for contact in contacts[(page - 1) * PER_PAGE : page * PER_PAGE]],
            "total": len(contacts),
            "page": page,
            "per_page": PER_PAGE,
        }
        return _render(request, user, "outlook_mailbox.html", context, problem)

    @staticmethod
    def _form(
        request: web.Request, user: User, folder: Folder, contact: Contact | None, texts: Mapping[str, str], *, problem: str = ""
    ) -> web.Response:
        folders = user.mailbox.all_folders()
        context = {"folder": folder, "folders": folders, "contact": contact, "texts": texts, "fields": FIELDS}
        return _render(request, user, "outlook_contact.html", context, problem)


def _render(request: web.Request, user: User, template: str, context: Mapping[str, Any], problem: str) -> web.Response:
    base = f"{root_of(request)}/{user.object_id}"
    return render(request, template, {**context, "base": base}, status=422 if problem else 200, problem=problem)


def _to_folder(request: web.Request, user: User, folder_id: str) -> web.HTTPSeeOther:
    return redirect(request, f"/{user.object_id}/?folder={folder_id}")
