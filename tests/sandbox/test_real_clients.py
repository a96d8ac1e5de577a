"""Clients that nobody here wrote, against the sandbox: MSAL, msgraph-sdk and O365.

What they accept is the best evidence at hand that the sandbox speaks as the real services do.
"""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit

import msal
import pytest
import requests
from doorbell import ringing
from graph_caller import CALLBACK, MORNING, SECRET
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator, BaseBearerTokenAuthenticationProvider
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphRequestAdapter, GraphServiceClient
from msgraph.generated.models.contact import Contact
from msgraph.generated.models.contact_folder import ContactFolder
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.exchange_id_format import ExchangeIdFormat
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.subscription import Subscription
from msgraph.generated.users.item.translate_exchange_ids.translate_exchange_ids_post_request_body import (
    TranslateExchangeIdsPostRequestBody,
)
from msgraph_core.requests.batch_request_content import BatchRequestContent
from msgraph_core.requests.batch_request_item import BatchRequestItem
from O365 import Account, MSGraphProtocol
from O365.utils.token import MemoryTokenBackend

SCOPES = ["https://graph.microsoft.com/Contacts.ReadWrite", "https://graph.microsoft.com/User.Read"]
DEFAULT = ["https://graph.microsoft.com/.default"]


# --- MSAL ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def https(entra_server):
    with requests.Session() as session:
        session.trust_env = False
        session.verify = str(entra_server.ca_file)
        yield session


@pytest.fixture
async def application(entra_server, https):
    """An MSAL application; it discovers its endpoints while it is made, so that must not block the sandbox's loop."""
    return await asyncio.to_thread(
        msal.ConfidentialClientApplication,
        "app",
        client_credential=SECRET,
        authority=entra_server.authority,
        instance_discovery=False,
        http_client=https,
        client_capabilities=["CP1"],
    )


async def sign_in(application, https, *, mode="form_post"):
    """The authorization code flow as a browser plays it: what Entra sends back travels in a form, or in the address."""
    flow = await asyncio.to_thread(
        application.initiate_auth_code_flow,
        SCOPES,
        redirect_uri=CALLBACK,
        login_hint="claire@example.com",
        response_mode=mode,
    )
    answer = await asyncio.to_thread(https.get, flow["auth_uri"], allow_redirects=False)
    query = parse_qs(urlsplit(answer.headers.get("Location", "")).query)
    form = re.findall(r'name="(\w+)" value="([^"]*)"', answer.text)
    sent = {name: values[0] for name, values in query.items()} | {name: unescape(value) for name, value in form}
    return await asyncio.to_thread(application.acquire_token_by_auth_code_flow, flow, sent)


# MSAL recommends form_post to whoever asks for anything else; a client may ask for it, and the sandbox must answer.
@pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")
@pytest.mark.parametrize("mode", ["form_post", "query"])
async def test_msal_signs_in_with_code_and_pkce(application, https, world, outlook, mode):
    result = await sign_in(application, https, mode=mode)
    assert result["id_token_claims"]["oid"] == world.claire.object_id
    (account,) = application.get_accounts()
    assert account["home_account_id"] == f"{world.claire.object_id}.{world.directory.tenant_id}"
    outlook.token = result["access_token"]
    assert (await outlook.get("me")).body["id"] == world.claire.object_id


async def test_msal_finds_its_token_in_its_cache(application, https, entra_server):
    await sign_in(application, https)
    before = entra_server.requests.count("POST")
    silent = await asyncio.to_thread(application.acquire_token_silent, SCOPES, application.get_accounts()[0])
    assert "access_token" in silent
    assert entra_server.requests.count("POST") == before


async def test_msal_renews_with_a_refresh_token_that_changes(application, https):
    first = await sign_in(application, https)
    account = application.get_accounts()[0]
    renewed = await asyncio.to_thread(application.acquire_token_silent, SCOPES, account, force_refresh=True)
    assert renewed["access_token"] != first["access_token"]
    (kept,) = application.token_cache.search(msal.TokenCache.CredentialType.REFRESH_TOKEN)
    assert kept["secret"] != first["refresh_token"]


async def test_msal_reports_the_class_of_a_refusal(application, https, world):
    await sign_in(application, https)
    world.claire.mfa_required = True
    account = application.get_accounts()[0]
    refused = await asyncio.to_thread(application.acquire_token_silent_with_error, SCOPES, account, force_refresh=True)
    assert (refused["error"], refused["error_codes"], refused["suberror"]) == ("interaction_required", [50076], "basic_action")


async def test_msal_answers_a_claims_challenge(application, https):
    await sign_in(application, https)
    challenge = '{"access_token": {"nbf": {"essential": true, "value": "1777881600"}}}'
    account = application.get_accounts()[0]
    renewed = await asyncio.to_thread(application.acquire_token_silent, SCOPES, account, claims_challenge=challenge)
    assert "access_token" in renewed


async def test_msal_gets_a_token_for_the_application_itself(application, outlook):
    result = await asyncio.to_thread(application.acquire_token_for_client, DEFAULT)
    outlook.token = result["access_token"]
    assert (await outlook.get("users/denis@example.com/contacts")).status == 200


async def test_msal_reports_a_wrong_secret(entra_server, https):
    wrong = await asyncio.to_thread(
        msal.ConfidentialClientApplication,
        "app",
        client_credential="wrong",
        authority=entra_server.authority,
        instance_discovery=False,
        http_client=https,
    )
    refused = await asyncio.to_thread(wrong.acquire_token_for_client, DEFAULT)
    assert refused["error_codes"] == [7000215]


async def test_msal_signs_in_a_device(entra_server, https, world):
    public = await asyncio.to_thread(
        msal.PublicClientApplication, "app", authority=entra_server.authority, instance_discovery=False, http_client=https
    )
    flow = await asyncio.to_thread(public.initiate_device_flow, SCOPES)
    await asyncio.to_thread(
        https.post, flow["verification_uri"], data={"user_code": flow["user_code"], "user": world.claire.object_id}
    )
    result = await asyncio.to_thread(public.acquire_token_by_device_flow, flow)
    assert result["id_token_claims"]["preferred_username"] == "claire@example.com"


async def test_msal_is_told_that_a_device_was_declined(entra_server, https):
    public = await asyncio.to_thread(
        msal.PublicClientApplication, "app", authority=entra_server.authority, instance_discovery=False, http_client=https
    )
    flow = await asyncio.to_thread(public.initiate_device_flow, SCOPES)
    await asyncio.to_thread(https.post, flow["verification_uri"], data={"user_code": flow["user_code"], "decline": "1"})
    assert (await asyncio.to_thread(public.acquire_token_by_device_flow, flow))["error"] == "authorization_declined"


# --- msgraph-sdk --------------------------------------------------------------------------------------------------------------


class OneToken(AccessTokenProvider):
    def __init__(self, token):
        self.token = token

    async def get_authorization_token(self, uri, additional_authentication_context=None):
        return self.token

    def get_allowed_hosts_validator(self):
        return AllowedHostsValidator([])


@pytest.fixture
async def sdk(world, graph_server):
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(OneToken(world.token())))
    adapter.base_url = graph_server.root
    yield GraphServiceClient(request_adapter=adapter)
    # The SDK cannot be closed, and its own transport does not pass a closing on to the one that holds the sockets.
    await adapter._http_client._transport.transport.aclose()


def prefer(*preferences):
    configuration = RequestConfiguration()
    for preference in preferences:
        configuration.headers.add("Prefer", preference)
    return configuration


async def test_the_sdk_creates_reads_changes_and_deletes_a_contact(sdk, world):
    emails = [EmailAddress(address="pat@example.com", name="Pat")]
    birthday = datetime(1980, 5, 3, 11, 59, tzinfo=UTC)
    made = await sdk.me.contacts.post(Contact(given_name="Pat", surname="Doe", email_addresses=emails, birthday=birthday))
    read = await sdk.me.contacts.by_contact_id(made.id).get()
    assert (read.display_name, read.birthday, read.email_addresses[0].address) == ("Pat Doe", birthday, "pat@example.com")
    changed = await sdk.me.contacts.by_contact_id(made.id).patch(Contact(job_title="Engineer"))
    assert (changed.job_title, changed.surname) == ("Engineer", "Doe")
    await sdk.me.contacts.by_contact_id(made.id).delete()
    assert world.mailbox.contacts() == []


async def test_the_sdk_clears_a_property_with_null(sdk):
    made = await sdk.me.contacts.post(Contact(given_name="Pat", job_title="Engineer"))
    changed = await sdk.me.contacts.by_contact_id(made.id).patch(Contact(additional_data={"jobTitle": None}))
    assert changed.job_title is None


async def test_the_sdk_reads_a_refusal(sdk):
    with pytest.raises(ODataError) as refused:
        await sdk.me.contacts.by_contact_id("AAMkA" + "x" * 40 + "=").get()
    assert (refused.value.response_status_code, refused.value.error.code) == (404, "ErrorItemNotFound")
    assert refused.value.error.inner_error.request_id


async def test_the_sdk_follows_a_delta_to_its_end_and_reads_tombstones(sdk, world):
    folder = await sdk.me.contact_folders.post(ContactFolder(display_name="CRM"))
    contacts = sdk.me.contact_folders.by_contact_folder_id(folder.id).contacts
    for number in range(5):
        await contacts.post(Contact(given_name=f"P{number}"))
    configuration = prefer("odata.maxpagesize=2", 'IdType="ImmutableId"')
    page, seen = await contacts.delta.get(request_configuration=configuration), []
    while True:
        seen += page.value
        if page.odata_delta_link:
            break
        page = await contacts.delta.with_url(page.odata_next_link).get(request_configuration=configuration)
    assert [contact.given_name for contact in seen] == [f"P{number}" for number in range(5)]
    world.mailbox.delete_contact(seen[0].id)
    page = await contacts.delta.with_url(page.odata_delta_link).get(request_configuration=configuration)
    assert page.value[0].additional_data["@removed"] == {"reason": "deleted"}


async def test_the_sdk_translates_ids(sdk, world):
    contact = world.mailbox.create_contact({})
    body = TranslateExchangeIdsPostRequestBody(
        input_ids=[contact.classic_id],
        source_id_type=ExchangeIdFormat.RestId,
        target_id_type=ExchangeIdFormat.RestImmutableEntryId,
    )
    answer = await sdk.me.translate_exchange_ids.post(body)
    assert answer.value[0].target_id == contact.immutable_id


async def test_the_sdk_subscribes_renews_and_unsubscribes(sdk, world):
    async with ringing() as bell:
        order = Subscription(
            change_type="created,updated",
            notification_url=bell.url,
            lifecycle_notification_url=bell.url,
            resource="/me/contacts",
            client_state="secret",
            expiration_date_time=MORNING + timedelta(days=2),
        )
        made = await sdk.subscriptions.post(order)
        one = sdk.subscriptions.by_subscription_id(made.id)
        later = MORNING + timedelta(days=6)
        renewed = await one.patch(Subscription(expiration_date_time=later))
        await one.reauthorize.post()
        listed = await sdk.subscriptions.get()
        world.mailbox.create_contact({})
        told = await bell.next()
        await one.delete()
    assert (renewed.expiration_date_time, [item.id for item in listed.value]) == (later, [made.id])
    assert [(item["subscriptionId"], item["clientState"]) for item in told] == [(made.id, "secret")]
    assert world.directory.subscriptions.all() == []


async def test_the_sdk_sends_a_batch(sdk, world):
    content = BatchRequestContent()
    wanted = [sdk.me.contacts.to_post_request_information(Contact(given_name="Pat")), sdk.me.to_get_request_information()]
    items = [BatchRequestItem(request_information=request) for request in wanted]
    for item, request in zip(items, wanted, strict=True):
        item.url = request.url.replace("users/me-token-to-replace", "me")
        content.add_request(item.id, item)
    answer = await sdk.batch.post(content)
    assert [answer.get_response_by_id(item.id).status for item in items] == [201, 200]
    assert [contact.properties["givenName"] for contact in world.mailbox.contacts()] == ["Pat"]


# --- O365 ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def account(world, graph_server, application):
    """An O365 account that signs in as the application and uses Claire's mailbox."""

    class Local(MSGraphProtocol):
        _protocol_url = graph_server.root.removesuffix("v1.0")

    backend = MemoryTokenBackend()
    account = Account(
        ("app", SECRET),
        auth_flow_type="credentials",
        tenant_id=world.directory.tenant_id,
        protocol=Local(timezone="UTC"),
        token_backend=backend,
        main_resource=world.claire.upn,
    )
    application.token_cache = backend
    account.con._msal_client = application
    account.con.requests_delay = 0
    return account


async def test_o365_keeps_an_address_book(account, world):
    def play():
        assert account.authenticate()
        book = account.address_book()
        contact = book.new_contact()
        contact.name, contact.surname = "Pat", "Doe"
        contact.emails.add("pat@example.com")
        assert contact.save()
        folder = book.create_child_folder("CRM")
        return [found.surname for found in book.get_contacts()], folder.name, [below.name for below in book.get_folders()]

    contacts, created, folders = await asyncio.to_thread(play)
    assert (contacts, created, folders) == (["Doe"], "CRM", ["CRM"])
    (kept,) = world.mailbox.contacts()
    assert kept.properties["emailAddresses"][0]["address"] == "pat@example.com"
