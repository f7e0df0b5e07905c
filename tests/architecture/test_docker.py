"""What is shipped for containers: every setting exists, nothing runs as root, nothing secret lies in a layer."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from idp.cli.main import main
from idp.settings import Settings
from tests.support.provider import KEY

DOCKER = Path("docker")
MANIFESTS = sorted(path for path in (DOCKER / "kubernetes").glob("*.yaml") if path.stem != "kustomization")
SECRETS = {
    "secret_keys": KEY,
    "database_url": "postgresql://idp:secret@database/idp",
    "smtp_url": "smtp://u:p@mail",
}


def read(path: Path) -> Any:
    return YAML(typ="safe").load(path)


COMPOSE = read(DOCKER / "compose.yaml")
KUSTOMIZATION = read(DOCKER / "kubernetes" / "kustomization.yaml")
OBJECTS = [read(path) for path in MANIFESTS]


def named(value: object) -> str:
    return value if isinstance(value, str) else ""


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for each in OBJECTS:
        if "template" in each.get("spec", {}):
            yield each["kind"], each["spec"]["template"]["spec"]


def providers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, service in COMPOSE["services"].items():
        if service["image"] == "stepup-idp":
            yield name, service


def environments() -> Iterator[tuple[str, dict[str, str]]]:
    for name, service in providers():
        yield f"compose {name}", service["environment"]
    for each in OBJECTS:
        if each["kind"] == "ConfigMap":
            yield "kubernetes", each["data"]


@pytest.mark.parametrize(("name", "environ"), list(environments()), ids=named)
def test_settings_are_those_of_the_product(name: str, environ: dict[str, str], tmp_path: Path) -> None:
    """What a container is told the product takes as it stands, its secrets from files."""
    told = dict(environ)
    for key, value in environ.items():
        if key.endswith("_FILE"):
            file = tmp_path / Path(value).name
            file.write_text(SECRETS[file.name])
            told[key] = str(file)
    settings = Settings.from_env(told)
    assert settings.issuer.startswith("https://")
    assert settings.trusted_proxies == 1
    assert not set(environ) & {"IDP_SECRET_KEYS", "IDP_DATABASE_URL"}, "a secret in plain sight"
    assert not [value for value in environ.values() if re.match(r"\w+://[^/]*:[^/]*@", value)], (
        "a password in plain sight"
    )


def test_every_name_that_is_spoken_of_is_a_setting() -> None:
    """No file here speaks of a setting that does not exist."""
    names = {
        name for path in DOCKER.rglob("*") if path.is_file() for name in re.findall(r"IDP_[A-Z_]+", path.read_text())
    }
    known = set(re.findall(r'"(IDP_[A-Z_]+)"', Path("idp/settings/__init__.py").read_text()))
    assert {name.removesuffix("_FILE") for name in names} <= known


def commands() -> Iterator[tuple[str, list[str]]]:
    for name, service in providers():
        if "command" in service:
            yield f"compose {name}", service["command"]
    for kind, pod in pods():
        yield f"kubernetes {kind}", pod["containers"][0]["args"]
    (last,) = re.findall(r"^CMD \[(.+)\]$", (DOCKER / "Dockerfile").read_text(), re.M)
    yield "image", re.findall(r'"([^"]+)"', last)


@pytest.mark.parametrize(("name", "arguments"), list(commands()), ids=named)
def test_commands_are_those_of_the_product(name: str, arguments: list[str]) -> None:
    """What a container runs the command line knows, with these options."""
    first, *rest = arguments
    command = main.commands[first]
    assert command.make_context(first, [str(each) for each in rest]).info_name == first


def test_image_is_nobody_and_takes_nothing_along() -> None:
    """The last account is a number that is not root's; no layer is given a secret, and only sources are copied."""
    lines = (DOCKER / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users[-1].split(":")[0].isdecimal()
    assert users[-1].split(":")[0] != "0"
    assert not [line for line in lines if re.match(r"(ARG|ENV) .*(SECRET|PASSWORD|TOKEN|KEY)", line)]
    copied = [source for line in lines if re.match(r"COPY (?!--from)", line) for source in line.split()[1:-1]]
    allowed = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    assert "*" in allowed
    assert {f"!{source}" for source in copied} == {line for line in allowed if line.startswith("!")}
    assert all(Path(source).exists() for source in copied)
    assert any("/healthz" in line for line in lines if "HEALTHCHECK" in line or 'CMD ["python"' in line)


def test_compose_runs_without_rights() -> None:
    """The provider and the proxy write nowhere but to memory, and every port is this machine's own."""
    proxy = COMPOSE["services"]["proxy"]
    for name, service in [*providers(), ("proxy", proxy)]:
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
    for service in COMPOSE["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert "latest" not in service["image"]
    kept = (DOCKER / ".gitignore").read_text().split()
    assert {Path(each["file"]).parts[0] + "/" for each in COMPOSE["secrets"].values()} <= set(kept)
    made = (DOCKER / "prepare").read_text()
    assert all(Path(each["file"]).name in made for each in COMPOSE["secrets"].values())


@pytest.mark.parametrize(("kind", "pod"), list(pods()), ids=named)
def test_pods_are_restricted(kind: str, pod: dict[str, Any]) -> None:
    """No pod is root, may become it, writes to its root, or speaks to the cluster; each says what it needs."""
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert set(container["resources"]) == {"requests", "limits"}
    assert container["image"] == "stepup-idp"


def test_manifests_belong_together() -> None:
    """Each file is applied, and whoever selects nodes selects those of the deployment, by probes that exist."""
    assert sorted(KUSTOMIZATION["resources"]) == [path.name for path in MANIFESTS]
    of = {each["kind"]: each for each in OBJECTS}
    deployment = of["Deployment"]["spec"]
    labels = deployment["template"]["metadata"]["labels"]
    assert deployment["selector"]["matchLabels"] == labels
    assert of["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert of["Service"]["spec"]["selector"] == labels
    assert of["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
    assert of["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == of["Deployment"]["metadata"]["name"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    (container,) = deployment["template"]["spec"]["containers"]
    paths = {name: container[name]["httpGet"]["path"] for name in container if name.endswith("Probe")}
    assert paths == {"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"}
    files = {Path(file).name for each in KUSTOMIZATION["secretGenerator"] for file in each["files"]}
    told = {Path(value).name for key, value in of["ConfigMap"]["data"].items() if key.endswith("_FILE")}
    assert files == told
    assert of["Job"]["metadata"]["name"].endswith(KUSTOMIZATION["images"][0]["newTag"])
