"""How an executor (a carrier, a bank, a provider) checks commands before it obeys: copy `load_keys` and `accept`.

    python executor.py HOST:PORT actions.phone FOLDER_OF_PUBLIC_KEYS

Needs `cryptography`, and `aiokafka` for the loop. Left to you: to keep `seen` where it survives a restart, written
together with what the command did; to drop its entries once their `expires_at` is past; and to raise an alarm at what
is refused. Tell `command.outcomes` nothing of a command that is not truly signed: its id may be that of a true one.
Carry out the `action` words of your topic only: which topic a command was for is not signed.
"""

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import load_pem_public_key


def load_keys(folder):
    """The keys that are valid now, by id: every `*.pem`. During a rotation there are two."""
    keys = [load_pem_public_key(path.read_bytes()) for path in Path(folder).glob("*.pem")]
    return {hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]: key for key in keys}


def accept(record, keys, seen, now_ms):
    """The command to carry out, or None where that was done before. Raises where it must be refused."""
    headers = dict(record.headers)
    public = keys[headers["interdict_key_id"].decode()]  # KeyError: unsigned, or by a key that is not valid
    signed = b"interdict command v1\0" + len(record.key).to_bytes(4, "big") + record.key + record.value
    public.verify(headers["interdict_signature"], signed)  # InvalidSignature: forged or altered
    command = json.loads(record.value)
    if (first := seen.get(command["command_id"])) is not None and first != signed:
        raise ValueError("another command came under this id")
    if first is None and command["expires_at"] < now_ms:
        raise ValueError("expired")
    seen[command["command_id"]] = signed
    return command if first is None else None


REFUSALS = (KeyError, InvalidSignature, TypeError, ValueError)
"""What `accept` raises: TypeError where a record has no key or no value."""


async def main(bootstrap, topic, folder):
    """Print what would be carried out, and what is refused and why."""
    keys, seen = load_keys(folder), {}
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as commands:
        async for record in commands:
            try:
                command = accept(record, keys, seen, int(time.time() * 1000))
            except REFUSALS as why:
                print(f"refused partition {record.partition} offset {record.offset}: {why!r}", flush=True)
            else:
                if command is not None:
                    print(f"accepted {command['action']} {command['command_id']}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
