"""Writes what the chart's `settings` may hold into its values.schema.json, from the settings themselves.

python -m deploy.tools.values_schema
"""

import json
from pathlib import Path
from typing import Any

from streams.settings import Settings

SCHEMA = Path(__file__).parents[1] / "helm" / "interdict" / "values.schema.json"
CHARTS_OWN = frozenset({
    "bootstrap", "security_protocol", "sasl_mechanism", "sasl_username", "sasl_password", "sasl_password_file",
    "ssl_ca_file", "ssl_cert_file", "ssl_key_file", "ssl_key_password", "ssl_key_password_file", "signing_key_file",
    "log_hash_key", "log_hash_key_file", "identity_secret", "identity_secret_file", "log_format",
    "metrics_host", "metrics_port",
})  # fmt: skip
"""What other values say, and what is the same in every container."""
KEPT = frozenset(
    {"type", "enum", "pattern", "minimum", "maximum", "exclusiveMinimum", "minLength", "maxLength", "description"}
)


def settings_schema() -> dict[str, Any]:
    """JSON Schema of the values under `settings`."""
    known = Settings.model_json_schema()["properties"]
    free = {name: _of(known[name]) for name in sorted(known) if name not in CHARTS_OWN}
    return {"type": "object", "additionalProperties": False, "properties": free}


def _of(field: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in field.items() if key in KEPT}


def main() -> None:
    """Write it."""
    schema = json.loads(SCHEMA.read_text())
    schema["properties"]["settings"] = settings_schema()
    SCHEMA.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
