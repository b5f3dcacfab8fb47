"""How an executor (a carrier, a bank, a provider) checks commands before it obeys: copy `load_keys`, `accept`, `take`.

    python executor.py HOST:PORT actions.phone FOLDER_OF_PUBLIC_KEYS production

Needs `cryptography`, and `aiokafka` for the loop. Left to you: to keep `seen` where it survives a restart, written
together with what the command did; to drop its entries once their `expires_at` is past; and to raise an alarm at what
is refused. Tell `command.outcomes` nothing of a command that is not truly signed: its id may be that of a true one.
"""

import asyncio
import hashlib
import json
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import CorruptRecordException, UnsupportedCodecError
from cryptography.hazmat.primitives.serialization import load_pem_public_key

V1_UNTIL_MS = 1_811_808_000_000
"""2027-06-01. Until then signatures of version 1 are taken, which do not say for which topic and environment they are:
carry out the `action` words of your topic only. Set it to 0 once every worker signs by version 2."""
IDLE_S = 0.05


class Refused(Exception):  # noqa: N818 - a command that is refused is no error of ours
    """A command that must not be carried out."""


def load_keys(folder):
    """The keys that are valid now, by id: every `*.pem`. During a rotation there are two."""
    keys = [load_pem_public_key(path.read_bytes()) for path in Path(folder).glob("*.pem")]
    return {hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]: key for key in keys}


def accept(record, environment, keys, seen, now_ms, v1_until_ms=V1_UNTIL_MS):
    """The command to carry out, or None where that was done before. Whatever it raises, the command is refused."""
    public = keys[_only(record, "interdict_key_id").decode()]  # KeyError: by a key that is not valid
    parts = (environment.encode(), record.topic.encode(), record.key, record.value)
    whole = b"interdict command v2\0" + b"".join(map(_measured, parts))
    signed, version = whole, _named(record, "interdict_signature_version")
    if not version and now_ms < v1_until_ms:
        signed = b"interdict command v1\0" + _measured(record.key) + record.value
    elif version != [b"2"]:
        raise Refused("signed in a way that is not taken")
    public.verify(_only(record, "interdict_signature"), signed)  # InvalidSignature: forged, altered or moved
    command = json.loads(record.value)
    if type(command["command_id"]) is not str or type(command["expires_at"]) is not int:
        raise Refused("no command")
    first = seen.get(command["command_id"])
    if first is not None and first != whole:
        raise Refused("another command came under this id")
    if first is None and command["expires_at"] < now_ms:
        raise Refused("expired")
    seen[command["command_id"]] = whole
    return command if first is None else None


def _only(record, name):
    """The value of the header of this name, of which there must be one."""
    found = _named(record, name)
    if len(found) != 1 or not found[0]:
        raise Refused(f"no {name}, or more than one")
    return found[0]


def _named(record, wanted):
    return [value for name, value in record.headers if name == wanted]


def _measured(part):
    return len(part).to_bytes(4, "big") + part


async def take(consumer, partition):
    """The next record of a partition, if one is there. What the client itself cannot read, such as a header whose name
    is no text, is passed over: nothing of ours looks like that, and it would come again for ever."""
    try:
        found = await consumer.getmany(partition, timeout_ms=0, max_records=1)
        return found.get(partition, [])
    except (ValueError, AssertionError, CorruptRecordException, UnsupportedCodecError) as why:
        offset = await consumer.position(partition)
        print(f"refused partition {partition.partition} offset {offset}: {type(why).__name__}", flush=True)
        consumer.seek(partition, offset + 1)
        return []


def judge(record, environment, keys, seen):
    """What is to be told of a record, in one line that holds nothing of what a stranger may have written into it."""
    try:
        command = accept(record, environment, keys, seen, int(time.time() * 1000))
    except Exception as why:  # whatever is wrong with it, it is not carried out
        told = why if isinstance(why, Refused) else type(why).__name__
        return f"refused partition {record.partition} offset {record.offset}: {told}"
    return None if command is None else f"accepted {command.get('action')} {command['command_id']}"


async def main(bootstrap, topic, folder, environment):
    """Print what would be carried out, and what is refused and why."""
    keys, seen = load_keys(folder), {}
    async with AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest") as commands:
        while True:
            records = [record for partition in commands.assignment() for record in await take(commands, partition)]
            for record in records:
                if (told := judge(record, environment, keys, seen)) is not None:
                    print(told, flush=True)
            if not records:
                await asyncio.sleep(IDLE_S)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
