#!/usr/bin/env python3
"""front.py POOLS: a load balancer as Kubernetes' services are one: it knows TCP and /readyz, nothing else.

POOLS is a JSON file {"PORT": [[port, ops port], ...]}, read again whenever it changes. A new connection goes to a
replica that was ready a moment ago, in turns; one that refuses is passed over, for nothing has been sent to it yet.
What is open stays with its replica until either side ends it. Nobody ready for ten seconds: it is closed.
"""
import asyncio
import itertools
import json
import pathlib
import sys

LOOK_S, ASK_S, NOBODY_S = 0.1, 2, 10
READY = b"HTTP/1.1 200 "


async def is_ready(ops_port):
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", ops_port), ASK_S)
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: front\r\nConnection: close\r\n\r\n")
            return (await asyncio.wait_for(reader.read(64), ASK_S)).startswith(READY)
        finally:
            writer.close()
    except (OSError, asyncio.TimeoutError):
        return False


class Pool:
    def __init__(self):
        self.replicas, self.ready, self.turn = [], [], itertools.count()
        self.open = set()  # asyncio itself holds its tasks weakly only

    async def look(self):
        said = await asyncio.gather(*(is_ready(ops) for _, ops in self.replicas))
        self.ready = [port for (port, _), yes in zip(self.replicas, said) if yes]

    async def connect(self):
        for _ in range(int(NOBODY_S / LOOK_S)):
            for _ in range(len(self.ready)):
                port = self.ready[next(self.turn) % len(self.ready)]
                try:
                    return await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    continue
            await asyncio.sleep(LOOK_S)
        raise ConnectionError("nobody is ready")

    async def serve(self, reader, writer):
        task = asyncio.current_task()
        self.open.add(task)
        task.add_done_callback(self.open.discard)
        try:
            there, back = await self.connect()
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, back), pump(there, writer))


async def pump(reader, writer):
    """One direction, to its end; the other one may go on."""
    try:
        while piece := await reader.read(65536):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


async def watch(file):
    pools, seen = {}, None
    while True:
        now = file.stat().st_mtime_ns
        if now != seen:
            seen = now
            for port, replicas in json.loads(file.read_text()).items():
                if port not in pools:
                    pools[port] = Pool()
                    await asyncio.start_server(pools[port].serve, "127.0.0.1", int(port))
                pools[port].replicas = replicas
        await asyncio.gather(*(pool.look() for pool in pools.values()))
        await asyncio.sleep(LOOK_S)


asyncio.run(watch(pathlib.Path(sys.argv[1])))
