"""The chart. What it says is looked at in its kept renderings; that those are what helm makes of it needs helm.

Not tested: a cluster. Kubernetes' own schemas and the operators' models say that it would take the resources, no more.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest
import yaml

from deploy.tools.install import VENV, place
from deploy.tools.render import CHART, GOLDEN, KUBERNETES, RENDERINGS, render, without_whole_files
from deploy.tools.resources import MODELS
from deploy.tools.values_schema import CHARTS_OWN, SCHEMA, settings_schema
from interdict.run.worker import STOP_S
from streams.settings import Settings

ROOT = Path(__file__).parents[2]
VALUES: dict[str, Any] = yaml.safe_load((CHART / "values.yaml").read_text())
FULL: dict[str, Any] = yaml.safe_load((CHART.parent / "full-values.yaml").read_text())
SCHEMAS_OLDEST = "1.27.0"
RENDERED = {name: list(yaml.safe_load_all((GOLDEN / f"{name}.yaml").read_text())) for name in RENDERINGS}
EVERY = [document for documents in RENDERED.values() for document in documents]


def named(documents: list[Any], kind: str) -> Any:
    (found,) = [document for document in documents if document["kind"] == kind]
    return found


def pods(documents: list[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The specification of each pod, by its component."""
    for document in documents:
        if document["kind"] in ("Deployment", "Job"):
            template = document["spec"]["template"]
            yield template["metadata"]["labels"]["app.kubernetes.io/component"], template["spec"]
        elif document["kind"] == "Pod":
            yield document["metadata"]["labels"]["app.kubernetes.io/component"], document["spec"]


PODS = [pod for documents in RENDERED.values() for pod in pods(documents)]
FULL_PODS = dict(pods(RENDERED["full"]))


# -- values --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [VALUES, FULL], ids=["default", "full"])
def test_the_schema_takes_the_values(values: dict[str, Any]) -> None:
    jsonschema.validate(values | {"image": VALUES["image"] | values["image"]}, orjson.loads(SCHEMA.read_bytes()))


@pytest.mark.parametrize(
    "wrong",
    [
        {"replica": 3},
        {"replicas": 0},
        {"settings": {"sasl_password": "hunter2"}},
        {"settings": {"partitions": 0}},
        {"kafka": {"securityProtocol": "SASL_PLAINTEXT"}},
        {"terminationGracePeriodSeconds": 5},
        {"image": {"repository": "interdict", "digest": "latest"}},
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_no_value(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(VALUES | wrong, orjson.loads(SCHEMA.read_bytes()))


def test_the_chart_takes_every_setting_that_it_does_not_make_itself_and_within_its_own_bounds() -> None:
    known = orjson.loads(SCHEMA.read_bytes())["properties"]["settings"]
    assert known == settings_schema(), "python -m deploy.tools.values_schema writes it anew"
    assert set(known["properties"]) | CHARTS_OWN == set(Settings.model_fields)


def test_the_versions_are_those_of_the_project() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert f'version = "{chart["appVersion"]}"' in (ROOT / "pyproject.toml").read_text()


def test_no_secret_is_in_the_chart_they_are_only_named() -> None:
    assert not [document for document in EVERY if document["kind"] == "Secret"]
    assert not re.search(r"(password|token): *[^{\s\"']", (CHART / "values.yaml").read_text())


# -- what is rendered ----------------------------------------------------------------------------------------------


def test_a_worker_keeps_nothing_and_a_new_one_has_its_state_before_an_old_one_leaves() -> None:
    worker = named(RENDERED["default"], "Deployment")
    assert worker["spec"]["strategy"] == {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert not [
        document for document in EVERY if document["kind"] in ("StatefulSet", "PersistentVolumeClaim", "Service")
    ]


@pytest.mark.parametrize(("component", "spec"), PODS, ids=[component for component, _ in PODS])
def test_a_pod_has_next_to_no_rights(component: str, spec: dict[str, Any]) -> None:
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert container["resources"]["limits"]["memory"]
    assert set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize(("component", "spec"), PODS, ids=[component for component, _ in PODS])
def test_a_containers_settings_are_ones_that_exist_and_hold(component: str, spec: dict[str, Any]) -> None:
    (container,) = spec["containers"]
    said = {one["name"]: one["value"] for one in container["env"] if one["name"].startswith("INTERDICT_")}
    named_ = {key.removeprefix("INTERDICT_").lower(): value for key, value in said.items()}
    assert set(named_) <= set(Settings.model_fields)
    files = {key: path for key, path in named_.items() if key.endswith("_file")}
    mounted = {f"/run/secrets/interdict/{path}" for path in _mounted(spec)}
    assert set(files.values()) == mounted
    # Files are not here, and neither is what they prove.
    plain = {k: v for k, v in named_.items() if k not in files and not k.startswith(("sasl_", "security_"))}
    assert Settings(**plain).replication == 3


def _mounted(spec: dict[str, Any]) -> list[str]:
    sources = [s for volume in spec["volumes"] for s in volume.get("projected", {}).get("sources", [])]
    return [item["path"] for source in sources for item in source["secret"]["items"]]


def test_secrets_are_files_and_only_workers_get_the_keys_that_commands_are_signed_with() -> None:
    assert set(_mounted(FULL_PODS["worker"])) == {
        "sasl-password", "ca.crt", "tls.crt", "tls.key", "signing.pem", "log-hash-key", "identity-secret",
    }  # fmt: skip
    for other in ("topics", "check"):
        assert set(_mounted(FULL_PODS[other])) == {"sasl-password", "ca.crt", "tls.crt", "tls.key"}
    assert all("valueFrom" not in one for _, spec in PODS for one in spec["containers"][0]["env"])


def test_a_worker_is_asked_on_its_own_pages_and_has_time_for_its_recovery_and_for_its_leaving() -> None:
    spec = dict(pods(RENDERED["default"]))["worker"]
    (worker,) = spec["containers"]
    paths = {probe: worker[f"{probe}Probe"]["httpGet"]["path"] for probe in ("startup", "readiness", "liveness")}
    assert paths == {"startup": "/readyz", "readiness": "/readyz", "liveness": "/livez"}
    startup = worker["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 600
    assert spec["terminationGracePeriodSeconds"] > STOP_S + 2
    assert worker["ports"] == [{"name": "metrics", "containerPort": 9100}]


def test_a_drained_node_takes_one_worker_at_a_time() -> None:
    assert named(RENDERED["default"], "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_a_pod_reaches_names_and_kafka_and_is_reached_by_prometheus() -> None:
    for documents, ports in ((RENDERED["default"], [9092]), (RENDERED["full"], [9093])):
        policy = next(d for d in documents if d["kind"] == "NetworkPolicy" and "annotations" not in d["metadata"])[
            "spec"
        ]
        assert policy["policyTypes"] == ["Ingress", "Egress"]
        (entry,) = policy["ingress"]
        assert entry["from"]
        assert [port["port"] for port in entry["ports"]] == ["metrics"]
        names, kafka, *more = policy["egress"]
        assert [port["port"] for port in names["ports"]] == [53, 53]
        assert [port["port"] for port in kafka["ports"]] == ports
        assert len(more) == (0 if ports == [9092] else 1)
        selector = policy["podSelector"]["matchLabels"]
        assert set(selector) == {"app.kubernetes.io/name", "app.kubernetes.io/instance"}


def test_the_topics_are_made_before_the_workers_start() -> None:
    hook = named(RENDERED["default"], "Job")["metadata"]["annotations"]
    assert hook["helm.sh/hook"] == "pre-install,pre-upgrade"


def test_workers_come_quickly_go_slowly_and_are_never_more_than_there_are_lanes() -> None:
    assert not [document for document in RENDERED["default"] if document["kind"] == "ScaledObject"]
    scaled = named(RENDERED["full"], "ScaledObject")["spec"]
    assert "replicas" not in named(RENDERED["full"], "Deployment")["spec"]
    assert scaled["scaleTargetRef"]["name"] == named(RENDERED["full"], "Deployment")["metadata"]["name"]
    assert scaled["maxReplicaCount"] <= FULL["settings"]["partitions"]
    behaviour = scaled["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert (
        behaviour["scaleDown"]["stabilizationWindowSeconds"] >= 10 * behaviour["scaleUp"]["stabilizationWindowSeconds"]
    )
    assert [policy["value"] for policy in behaviour["scaleDown"]["policies"]] == [1]


def test_the_monitor_gives_the_job_the_name_that_alerts_and_dashboards_ask_for() -> None:
    (endpoint,) = named(RENDERED["full"], "PodMonitor")["spec"]["podMetricsEndpoints"]
    assert {"targetLabel": "job", "replacement": "interdict"} in endpoint["relabelings"]


def test_rules_and_dashboards_are_the_files_themselves() -> None:
    assert (CHART / "files/rules").resolve() == ROOT / "deploy/prometheus/rules"
    assert (CHART / "files/dashboards").resolve() == ROOT / "deploy/grafana/dashboards"
    assert list((CHART / "files/rules").glob("*.yml"))
    assert list((CHART / "files/dashboards").glob("*.json"))


# -- with tools ----------------------------------------------------------------------------------------------------


@pytest.mark.deploy_tools
@pytest.mark.parametrize("name", RENDERINGS)
def test_helm_finds_nothing_to_say_against_the_chart(name: str) -> None:
    command = [str(place("helm")), "lint", str(CHART), "--strict", "--kube-version", KUBERNETES, *RENDERINGS[name]]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout
    assert "0 chart(s) failed" in done.stdout
    assert "WARNING" not in done.stdout


@pytest.mark.deploy_tools
@pytest.mark.parametrize("name", RENDERINGS)
def test_what_is_kept_is_what_helm_renders(name: str) -> None:
    kept = (GOLDEN / f"{name}.yaml").read_text()
    assert without_whole_files(render(*RENDERINGS[name])) == kept, "python -m deploy.tools.render writes it anew"


@pytest.mark.deploy_tools
@pytest.mark.parametrize(
    ("values", "why"),
    [
        (("replicas=9",), "more than settings.partitions"),
        (("autoscaling.enabled=true", "autoscaling.maxReplicas=9"), "more than settings.partitions"),
        (("kafka.securityProtocol=SASL_SSL",), "needs kafka.sasl.username"),
        (("signing.keySecret.name=k",), "needs settings.environment"),
        (("kafka.sasl.username=worker",), "proves no password"),
        (("kafka.tls.caSecret.name=ca",), "uses no certificate"),
        (("settings.sasl_password=hunter2",), "not allowed"),
    ],
)
def test_values_that_contradict_one_another_are_refused_with_the_reason(values: tuple[str, ...], why: str) -> None:
    with pytest.raises(subprocess.CalledProcessError) as refused:
        render(*[word for value in values for word in ("--set", value)])
    assert why in refused.value.stderr


@pytest.fixture(scope="module")
def everything() -> list[Any]:
    return [document for name in RENDERINGS for document in yaml.safe_load_all(render(*RENDERINGS[name])) if document]


@pytest.fixture(scope="module", params=[SCHEMAS_OLDEST, KUBERNETES, "1.37.0"])
def schemas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Kubernetes' own schemas of a version, as kubeconform reads them: the package's name one another by an address."""
    folder = tmp_path_factory.mktemp("schemas")
    for path in (place("kubernetes-schemas") / f"v{request.param}-local-strict").glob("*.json"):
        schema = orjson.loads(path.read_text().replace('"/api/_definitions.json', '"_definitions.json'))
        schema.pop("$id", None)
        (folder / path.name).write_bytes(orjson.dumps(schema))
    return request.param, folder


def _kubeconform(schemas: tuple[str, Path], documents: list[Any]) -> dict[str, Any]:
    version, folder = schemas
    done = subprocess.run(
        [place("kubeconform"), "-strict", "-summary", "-output", "json", "-kubernetes-version", version,
         "-schema-location", str(folder / "{{.ResourceKind}}{{.KindSuffix}}.json")],
        input=yaml.safe_dump_all(documents), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    said: dict[str, Any] = orjson.loads(done.stdout)
    return said


@pytest.mark.deploy_tools
def test_kubernetes_schemas_take_what_is_rendered(schemas: tuple[str, Path], everything: list[Any]) -> None:
    native = [document for document in everything if document["apiVersion"] not in MODELS]
    said = _kubeconform(schemas, native)
    assert said["summary"] == {"valid": len(native), "invalid": 0, "errors": 0, "skipped": 0}, said


@pytest.mark.deploy_tools
def test_they_would_not_take_a_misspelt_field(schemas: tuple[str, Path], everything: list[Any]) -> None:
    budget = named(RENDERED["default"], "PodDisruptionBudget")
    misspelt = budget | {"spec": budget["spec"] | {"maxUnavailble": 1}}
    assert _kubeconform(schemas, [misspelt])["summary"]["invalid"] == 1


def _judged(documents: list[Any]) -> subprocess.CompletedProcess[bytes]:
    assert place("keda-models")
    assert place("operator-models")
    lines = b"\n".join(map(orjson.dumps, documents))
    return subprocess.run(
        [VENV / "bin" / "python", ROOT / "deploy/tools/resources.py"], input=lines, capture_output=True, check=False,
        timeout=60,
    )  # fmt: skip


@pytest.mark.deploy_tools
def test_the_operators_models_take_the_custom_resources_and_no_misspelt_ones(everything: list[Any]) -> None:
    custom = [document for document in everything if document["apiVersion"] in MODELS]
    assert {document["kind"] for document in custom} == {
        "ScaledObject", "TriggerAuthentication", "PodMonitor", "PrometheusRule",
    }  # fmt: skip
    done = _judged(custom)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    misspelt = [document | {"spec": document["spec"] | {"nonsense": 1}} for document in custom]
    assert _judged(misspelt).stdout.count(b"unknown fields") == len(misspelt)


@pytest.mark.deploy_tools
def test_rules_and_dashboards_arrive_unchanged_but_for_the_releases_own_limit_of_memory(everything: list[Any]) -> None:
    groups = named(everything, "PrometheusRule")["spec"]["groups"]
    texts = [path.read_text() for path in sorted((CHART / "files/rules").glob("*.yml"))]
    compose, ours = "vector(768 * 1024 * 1024)", "vector(2 * 1024 * 1024 * 1024)"
    assert sum(text.count(compose) for text in texts) == 1
    files = [yaml.safe_load(text.replace(compose, ours))["groups"] for text in texts]
    assert groups == [group for file in files for group in file]
    maps = [document for document in everything if document["kind"] == "ConfigMap"]
    arrived = {name: text for one in maps for name, text in one["data"].items()}
    kept = {path.name: path.read_text() for path in (CHART / "files/dashboards").glob("*.json")}
    assert {name: orjson.loads(text) for name, text in arrived.items()} == {n: orjson.loads(t) for n, t in kept.items()}
    assert all(one["metadata"]["labels"]["grafana_dashboard"] == "1" for one in maps)
