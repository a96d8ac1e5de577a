"""The tables and views that the sandbox's CRM starts with: realistic columns of a French CRM, no rows.

The settings records' columns and the columns that the two Outlook views need are GoPaaS's own (gopaas.md, "The Outlook settings
record"); the rest is plausible.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from outlookd.sandbox.crm import Crm, Table
from outlookd.sandbox.views import ME, Column, ColumnKind, Condition, Equals, View, ViewColumn, Within

CONTACT_VIEW = "contact.outlook"
"""The contacts to synchronise, the same for every caller."""
MY_CONTACT_VIEW = "contact.mes_contacts"
"""The caller's own contacts: it shows nothing to a service account."""
TEAM_CONTACT_VIEW = "contact.equipe"
"""The contacts of the crowd (`crowd.py`), everybody's; whose they are is in the column ``utilisateur``."""
FORMATTED_CONTACT_VIEW = "contact.formate"
"""The contacts with dates as the interface shows them."""
ACTION_VIEW = "action.outlook"
"""The caller's own appointments from two months ago to a year ahead."""
TEAM_ACTION_VIEW = "action.equipe"
"""Everybody's appointments of that time, for a service account: whose they are is in a column."""
CROWD = "equipe"
"""What ``synchroniser`` says in the crowd's contacts: they are in nobody else's view."""
SETTINGS_TABLE = "outlook_sync"
SETTINGS_VIEW, SETTINGS_VIEW_NUMBER = "outlook_sync.default", 1190
"""Every Outlook settings record."""

_USER_COLUMNS = (
    Column(name="prenom", label="Prénom"),
    Column(name="nom", label="Nom"),
    Column(name="email", label="Email"),
)

_CONTACT_COLUMNS = (
    Column(name="prenom", label="Prénom"),
    Column(name="nom", label="Nom"),
    Column(name="email", label="Email"),
    Column(name="telephone", label="Téléphone"),
    Column(name="fixe", label="Téléphone fixe"),
    Column(name="date_naissance", label="Date de naissance", kind=ColumnKind.DATE),
    Column(name="societe", label="Société"),
    Column(name="fonction", label="Fonction"),
    Column(name="rue", label="Rue"),
    Column(name="cp", label="Code postal"),
    Column(name="ville", label="Ville"),
)

_ACTION_COLUMNS = (
    Column(name="outlook_id", label="Outlook id"),
    Column(name="intitule", label="Intitulé"),
    Column(name="date_debut", label="Date début", kind=ColumnKind.DATE),
    Column(name="heure_debut", label="Heure début", kind=ColumnKind.TIME),
    Column(name="date_fin", label="Date fin", kind=ColumnKind.DATE),
    Column(name="heure_fin", label="Heure fin", kind=ColumnKind.TIME),
    Column(name="lieu", label="Lieu"),
    Column(name="note", label="Note", kind=ColumnKind.LONG_TEXT),
)

_SETTINGS_COLUMNS = (
    Column(name="utilisateur", label="Utilisateur", kind=ColumnKind.LINK),
    Column(name="client_id", label="Client ID"),
    Column(name="id_secret", label="ID de secret"),
    Column(name="type", label="Type"),
    Column(name="id_libelle", label="ID Libellé"),
    Column(name="user_calendar", label="User Calendar"),
    Column(name="tablename", label="Tablename"),
    Column(name="vue", label="Vue"),
    Column(name="map", label="Map", kind=ColumnKind.LONG_TEXT),
)


_OWNER = Column(name="utilisateur", label="Utilisateur", kind=ColumnKind.LINK)
_WANTED = Column(name="synchroniser", label="Synchroniser (oui/non)")


def build_schema(crm: Crm) -> None:
    """Give an empty CRM its tables and views."""
    contact = (*_CONTACT_COLUMNS, _OWNER, _WANTED)
    crm.add_table(Table(name="contact", label="Contacts", title="nom", own_columns=contact))
    crm.add_table(Table(name="action", label="Agenda", title="intitule", own_columns=(*_ACTION_COLUMNS, _OWNER)))
    crm.add_table(Table(name=SETTINGS_TABLE, label="Outlook Sync", title="id_libelle", own_columns=_SETTINGS_COLUMNS))
    crm.add_table(Table(name="utilisateur", label="Utilisateurs", title="nom", own_columns=_USER_COLUMNS))
    wanted = Equals(column=_WANTED.name, value="oui")
    mine = Equals(column=_OWNER.name, value=ME)
    crm.add_view(_contact_view(1170, CONTACT_VIEW, wanted))
    crm.add_view(_contact_view(1171, MY_CONTACT_VIEW, wanted, mine))
    crm.add_view(_contact_view(1172, FORMATTED_CONTACT_VIEW, wanted, formatted=True))
    crm.add_view(crowd_view(1173, TEAM_CONTACT_VIEW))
    near = Within(column="date_debut", past=timedelta(days=60), future=timedelta(days=365))
    stamps = (ViewColumn(name="date_modification"), ViewColumn(name="heure_modification"))
    whose = ViewColumn(name=_OWNER.name)
    agenda = (*stamps, *_shown(_ACTION_COLUMNS), ViewColumn(name=_OWNER.name, visible=False))
    everybodys = (*stamps, *_shown(_ACTION_COLUMNS), whose)
    crm.add_view(View(number=1180, key=ACTION_VIEW, table="action", columns=agenda, conditions=(near, mine)))
    crm.add_view(View(number=1181, key=TEAM_ACTION_VIEW, table="action", columns=everybodys, conditions=(near,)))
    settings = View(number=SETTINGS_VIEW_NUMBER, key=SETTINGS_VIEW, table=SETTINGS_TABLE, columns=_shown(_SETTINGS_COLUMNS))
    crm.add_view(settings)


def crowd_view(number: int, key: str, owner: str = "") -> View:
    """A view of the crowd's contacts: those of one owner, or of everybody."""
    conditions = (Equals(column=_OWNER.name, value=owner),) if owner else (Equals(column=_WANTED.name, value=CROWD),)
    shown = _contact_view(number, key, *conditions)
    return replace(shown, columns=(*shown.columns[:-1], ViewColumn(name=_OWNER.name)))


def _contact_view(number: int, key: str, *conditions: Condition, formatted: bool = False) -> View:
    stamps = tuple(ViewColumn(name=name, formatted=formatted) for name in ("date_creation", "date_modification"))
    hidden = ViewColumn(name=_OWNER.name, visible=False)
    columns = (*stamps, *_shown(_CONTACT_COLUMNS, formatted=formatted), hidden)
    return View(number=number, key=key, table="contact", columns=columns, conditions=conditions)


def _shown(columns: tuple[Column, ...], *, formatted: bool = False) -> tuple[ViewColumn, ...]:
    return tuple(ViewColumn(name=column.name, formatted=formatted) for column in columns)
