"""python-diskcache with its policy least-recently-used; values as JSON text, parsed when read.

fill PATH ENTRIES fills; read PATH ENTRIES READS prints what a read took, in microseconds.
"""

import json
import sys
import time

import diskcache


def issue(place):
    return {
        "id": str(10_000 + place),
        "key": key(place),
        "self": f"https://jira.example.com/rest/api/3/issue/{10_000 + place}",
        "fields": {
            "summary": "The nightly import leaves one file behind",
            "description": "x" * 600,
            "labels": ["import", "nightly"],
            "status": {"id": "3", "name": "In Progress"},
            "assignee": {
                "accountId": "5b10ac8d82e05b22cc7d4ef5",
                "displayName": "Mia Krystof",
            },
            "updated": "2026-11-20T22:31:07.000+0000",
        },
    }


def key(place):
    return f"PROJ-{place + 1}"


def read(cache, keys, reads):
    started, cpu = time.perf_counter(), time.process_time()
    done = 0
    while done < reads:
        for name in keys:
            json.loads(cache[name])
        done += len(keys)
    return {
        "us": (time.perf_counter() - started) * 1e6 / done,
        "cpuUs": (time.process_time() - cpu) * 1e6 / done,
    }


command, path, entries = sys.argv[1], sys.argv[2], int(sys.argv[3])
with diskcache.Cache(
    path, eviction_policy="least-recently-used", size_limit=2**31
) as cache:
    if command == "fill":
        for start in range(0, entries, 1000):
            with cache.transact():
                for place in range(start, min(entries, start + 1000)):
                    cache.set(key(place), json.dumps(issue(place)), expire=86_400)
    else:
        hot = min(1000, entries)
        step = max(1, entries // 1000)
        keys = [key(place * step) for place in range(hot)]
        read(cache, keys, hot)
        print(json.dumps({"diskcache": read(cache, keys, int(sys.argv[4]))}))
