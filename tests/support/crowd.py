"""People who sign in, one after the other each, in a process of their own, so that they do not slow whoever measures.

Reads one line of JSON (where, and who), then `open` or `closed` lines; ends with its input, and says what happened.
"""

import http.client
import json
import re
import sys
import threading
from urllib.parse import urlencode, urlsplit

HIDDEN = re.compile(r'name="(csrf_token|state)" value="([^"]*)"')


class Crowd:
    """Everybody, and the gate in front of them."""

    def __init__(self, url: str, people: list[dict[str, str]]) -> None:
        self.url = url
        self.is_open = threading.Event()
        self.is_over = False
        self.statuses: dict[str, int] = {}
        self.threads = [threading.Thread(target=self._live, args=(person,), daemon=True) for person in people]

    def _live(self, person: dict[str, str]) -> None:
        while self.is_open.wait() and not self.is_over:
            status = str(self._sign_in(person))
            self.statuses[status] = self.statuses.get(status, 0) + 1

    def _sign_in(self, person: dict[str, str]) -> int:
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        try:
            connection.request("GET", f"{parts.path}?{parts.query}")
            first = connection.getresponse()
            first.read()
            cookie = (first.getheader("set-cookie") or "").partition(";")[0]
            path = urlsplit(first.getheader("location") or "/").path
            connection.request("GET", path, headers={"Cookie": cookie})
            page = connection.getresponse().read().decode()
            fields = {**dict(HIDDEN.findall(page)), **person}
            headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(fields), headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()


def main() -> None:
    told = json.loads(sys.stdin.readline())
    crowd = Crowd(told["url"], told["people"])
    for thread in crowd.threads:
        thread.start()
    for line in sys.stdin:
        (crowd.is_open.set if line.strip() == "open" else crowd.is_open.clear)()
    crowd.is_over = True
    crowd.is_open.set()
    for thread in crowd.threads:
        thread.join(60)
    print(json.dumps(crowd.statuses))


if __name__ == "__main__":
    main()
