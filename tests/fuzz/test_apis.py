"""The documents of our JSON APIs are OpenAPI 3.1, and true: whatever is sent, the answer is one that they name."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import hypothesis
import pytest
import schemathesis
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.support import account, admin_api
from tests.support.fixtures import Template, maker
from tests.support.provider import Provider

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
SETTINGS = hypothesis.settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)
Place = Callable[[Any], None]


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest, filled: Template) -> Iterator[Provider]:
    """One provider for all calls: they may change what they like."""
    with maker(request, filled) as make:
        yield make()


def the_admin(provider: Provider) -> tuple[Mapping[str, str], Place]:
    """Return how the admin API is called, and what puts real things into a call's place."""
    api = admin_api.robot(provider)
    draft = api.do("POST", "/policies/drafts", {})["id"]
    person = provider.add_person("somebody").id
    shop = api.do("POST", "/clients", {"client_name": "Fuzzed", "redirect_uris": ["https://fuzz.example/cb"]})
    known = {"people": person, "drafts": draft, "clients": shop["application"]["client_id"]}

    def place(case: Any) -> None:
        """Every other call is about something that there is, as it was read."""
        noun = next((name for name in known if f"/{name}/{{id}}" in case.path), "")
        if noun and case.method != "DELETE" and len(str(case.path_parameters)) % 2 == 0:
            case.path_parameters = {"id": known[noun]}
            path = f"/policies/drafts/{draft}" if noun == "drafts" else f"/{noun}/{known[noun]}"
            case.headers["If-Match"] = api.tag(path) or '"gone"'

    return {"Authorization": f"Bearer {api.token}"}, place


def the_account(provider: Provider) -> tuple[Mapping[str, str], Place]:
    """Return how the account's API is called, by somebody who has just proved all they have."""
    browser, bob = provider.browser(), provider.people["bob"]
    bob.answer(browser, browser.open("/account/password"), provider.clock.now())
    cookies = browser.jar.header(f"{provider.issuer}{account.ROOT}", is_lax_allowed=True)
    return {"Cookie": cookies, **account.OURS}, lambda _case: None


APIS = pytest.mark.parametrize(
    ("root", "calling"),
    [(admin_api.ROOT, the_admin), (account.ROOT, the_account)],
    ids=["admin", "account"],
)


@APIS
def test_document_is_openapi(provider: Provider, root: str, calling: Any) -> None:
    """OpenAPI 3.1 by an outside validator; each operation has its own name and says what it does."""
    document = provider.browser().get(f"{root}/openapi.json").json()
    OpenAPIV31SpecValidator(document).validate()
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) > 10
    assert all(each["summary"] for each in operations)


@APIS
def test_answers_are_as_documented(provider: Provider, root: str, calling: Any) -> None:
    """No 5xx; status, media type, headers and body of each answer are what the document says."""
    headers, place = calling(provider)
    schema = schemathesis.openapi.from_wsgi(f"{root}/openapi.json", provider.wsgi)
    for result in schema.get_all_operations():
        operation = result.ok()

        @SETTINGS
        @hypothesis.given(case=operation.as_strategy())
        def calls(case: Any) -> None:
            place(case)
            case.call_and_validate(headers=dict(headers), checks=CHECKS)

        calls()
