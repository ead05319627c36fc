"""A small site on loopback: papers, some of which reprint what others had before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from stories import article, words

STORIES = 6
#: The stories of each paper. The first had them first; each has an address of its own.
PAPERS = {"127.0.0.1": range(6), "127.0.0.2": range(4), "127.0.0.3": range(2, 5)}
PAGES = sum(map(len, PAPERS.values()))


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self._page()
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write((body or "no such page").encode())

    def _page(self) -> str | None:
        assert isinstance(self.server, ThreadingHTTPServer)
        port = self.server.server_port
        if self.path == "/":
            # The newest first, as indexes have it: reprints come before what they reprint.
            links = [
                f'<a href="http://{paper}:{port}/story/{story}">story</a>'
                for paper in reversed(PAPERS)
                for story in PAPERS[paper]
            ]
            return "\n".join(links)
        number = self.path.removeprefix("/story/")
        if not number.isdecimal():
            return None
        paper = list(PAPERS).index(str(self.server.server_address[0]))
        one = article(int(number), paper=paper * 90)
        assert one.published is not None
        return (
            f"<title>{one.title}</title><time>{one.published.isoformat()}</time>"
            f"<h1>{one.title}</h1><article>{words(int(number))}</article>"
        )

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def site() -> Iterator[str]:
    """Serves the site; yields the address of its index."""
    with ExitStack() as stack:
        port = 0
        for paper in PAPERS:
            server = ThreadingHTTPServer((paper, port), Page)
            port = server.server_port
            stack.callback(server.server_close)
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
            stack.callback(server.shutdown)
        yield f"http://127.0.0.1:{port}/"
