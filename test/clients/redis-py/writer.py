"""redis-py: writes increasing numbers and tells each acknowledgement and each failure in a line of JSON."""

import json
import signal
import sys
import time

import redis
from redis.sentinel import Sentinel

sentinels = [(host, int(port)) for host, port in (address.split(":") for address in sys.argv[1].split(","))]
name, protocol, key = sys.argv[2], int(sys.argv[3]), sys.argv[4]
ending = False


def end(_signal, _frame):
    global ending
    ending = True


def tell(**line):
    print(json.dumps(line), flush=True)


def now():
    return int(time.time() * 1000)


signal.signal(signal.SIGTERM, end)

# #region snippet
sentinel = Sentinel(
    sentinels,  # [("127.0.0.1", 26379)]
    sentinel_kwargs={"protocol": protocol},  # 2 or 3
    protocol=protocol,
    client_name=key,
)
master = sentinel.master_for(name)  # "mymaster"
# #endregion

tell(version=redis.__version__)
number = 0
while not ending:
    number += 1
    try:
        master.rpush(key, number)
        tell(acknowledged=number, at=now())
    except redis.RedisError as error:
        tell(failed=number, at=now(), error=f"{type(error).__name__}: {error}")
    time.sleep(0.02)
tell(read=int(master.lindex(key, -1)))
master.close()
