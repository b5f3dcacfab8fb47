"""Apache Kafka that lets nobody in unknown, and nobody do what was not granted: for tests of access.

    SASL_SSL  port          a user's password, SCRAM-SHA-512
    SSL       port          a certificate of the test's authority; its common name is the user (mTLS)
    CONTROLLER              certificates too

Nothing is allowed that no ACL grants. `User:admin` may do everything, and so may the broker itself.
"""

import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest
from aiokafka.protocol.api import Request

from deploy.kafka.certificates import Authority, Identity
from deploy.kafka.cluster import KafkaCluster, Server
from streams.kafka.children import LOOPBACK, free_port
from streams.kafka.clients import BrokerAbsentError, RefusedError, new_admin, reach, start
from streams.kafka.rights import CODES, Right
from streams.settings import Settings

ADMIN, BROKER = "admin", "broker"
SCRAM = "SCRAM-SHA-512"
COMMON_NAME = "RULE:^CN=([A-Za-z0-9._-]+)$/$1/,DEFAULT"
RESOURCES = {"Topic": 2, "Group": 3}
LITERAL, ALLOW = 3, 3
"""Kafka's codes of a pattern and a permission."""
ACLS, CONFIGS = "org.apache.kafka.tools.AclCommand", "kafka.admin.ConfigCommand"


class SecureCluster(KafkaCluster):
    """One broker with both doors, and files to come in with.

    Args:
        users: who has a password, beside `admin`.
        settings: broker settings that differ.

    Raises:
        BrokerError: as `KafkaCluster`.
    """

    def __init__(self, users: Iterable[str] = (), settings: dict[str, str] | None = None, port: int = 0) -> None:
        super().__init__(settings=settings, port=port)
        self._tls_port = free_port()
        self.authority = Authority(self.folder / "certificates")
        self._broker = self.authority.vouch(BROKER, (LOOPBACK,))
        self._admin = self.authority.vouch(ADMIN)
        self.passwords = {user: secrets.token_urlsafe(24) for user in (ADMIN, *users)}
        self.admin_properties = self.folder / "admin.properties"
        """An admin's client properties, for Kafka's own tools."""
        _write(self.admin_properties, {"security.protocol": "SSL", **_stores(self.authority, self._admin)})

    @property
    def tls_bootstrap(self) -> str:
        """The door for certificates, host:port."""
        return f"{LOOPBACK}:{self._tls_port}"

    def by_password(self, user: str, **more: Any) -> Settings:
        """Settings of a client that comes with a password, from a file."""
        file = self.folder / f"{user}.password"
        file.write_text(more.pop("password", self.passwords[user]) + "\n")
        said = {
            "bootstrap": self.bootstrap, "security_protocol": "SASL_SSL", "sasl_username": user,
            "sasl_password_file": file, "ssl_ca_file": self.authority.file,
        }  # fmt: skip
        return Settings(**(said | more))

    def by_certificate(self, user: str, **more: Any) -> Settings:
        """Settings of a client that comes with a certificate."""
        shown = self._admin if user == ADMIN else self.authority.vouch(user)
        said = {
            "bootstrap": self.tls_bootstrap, "security_protocol": "SSL", "ssl_ca_file": self.authority.file,
            "ssl_cert_file": shown.cert, "ssl_key_file": shown.key,
        }  # fmt: skip
        return Settings(**(said | more))

    def way_in(self, user: str) -> str:
        """How somebody at a shell becomes a user: lines that set the variables, for either door."""
        ways = {"a password": self.by_password(user), "a certificate": self.by_certificate(user)}
        return "\n".join(
            f"# {user}, by {how}\n"
            + "\n".join(f"export {name}={value}" for name, value in way.as_environment().items())
            for how, way in ways.items()
        )

    async def set_password(self, user: str, password: str) -> None:
        """Give a user another password, or a first one."""
        how = ("--bootstrap-server", self.tls_bootstrap, "--command-config", str(self.admin_properties))
        whom = ("--entity-type", "users", "--entity-name", user)
        await self.tool(CONFIGS, *how, "--alter", *whom, "--add-config", f"{SCRAM}=[password={password}]")
        self.passwords[user] = password

    async def grant(self, user: str, rights: Iterable[Right]) -> None:
        """Let a user do something. The broker does a moment later."""
        await self._change(CreateAclsRequest, user, rights)

    async def revoke(self, user: str, rights: Iterable[Right]) -> None:
        """Let a user do something no more, a moment later."""
        await self._change(DeleteAclsRequest, user, rights)

    async def _change(self, request: type[Request[Any]], user: str, rights: Iterable[Right]) -> None:
        settings = self.by_certificate(ADMIN)
        admin = new_admin(settings)
        await start(admin, settings)
        try:
            for resource, name, operation in rights:
                said = (RESOURCES[resource], name, LITERAL, f"User:{user}", "*", CODES[operation], ALLOW)
                await admin._send_to_controller(request(*said))
        finally:
            await admin.close()

    async def _answers(self, server: Server) -> bool:
        try:
            await reach(self.by_certificate(ADMIN))
        except (BrokerAbsentError, RefusedError):
            return False
        return True

    def _format_words(self) -> tuple[str, ...]:
        said = [f"{SCRAM}=[name={user},password={password}]" for user, password in self.passwords.items()]
        return tuple(word for one in said for word in ("--add-scram", one))

    def _properties(self, server: Server) -> dict[str, str]:
        doors = [f"SASL_SSL://{server.bootstrap}", f"SSL://{self.tls_bootstrap}"]
        return {
            **super()._properties(server),
            "listeners": ",".join([*doors, f"CONTROLLER://{LOOPBACK}:{server.controller_port}"]),
            "advertised.listeners": ",".join(doors),
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,SSL:SSL,CONTROLLER:SSL",
            "inter.broker.listener.name": "SSL",
            **_stores(self.authority, self._broker),
            "ssl.client.auth": "required",
            "listener.name.sasl_ssl.ssl.client.auth": "none",
            "ssl.principal.mapping.rules": COMMON_NAME,
            "sasl.enabled.mechanisms": SCRAM,
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{ADMIN};User:{BROKER}",
            **self._settings,
        }


def _stores(authority: Authority, shown: Identity) -> dict[str, str]:
    """Whom to trust and what to show, as Kafka's properties."""
    return {
        "ssl.keystore.type": "PEM", "ssl.keystore.location": str(shown.both),
        "ssl.truststore.type": "PEM", "ssl.truststore.location": str(authority.file),
    }  # fmt: skip


def _write(path: Path, properties: dict[str, str]) -> None:
    path.write_text("".join(f"{name}={value}\n" for name, value in properties.items()), encoding="utf-8")
