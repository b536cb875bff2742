"""The official files: found in any packing, downloaded over https alone, and never used with another content."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import shutil
import ssl
import subprocess
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml

from modecollapse.datasets import bounded_read, sources
from modecollapse.errors import StudyError
from modecollapse.study import catalogue

CONTENT = b"the official bytes " * 100
OTHER = b"some other bytes.. " * 100
PACKED: dict[str, Callable[[bytes], bytes]] = {"": bytes, ".gz": gzip.compress, ".xz": lzma.compress}


def find(root: Path | None = None, cache: Path | None = None) -> dict[str, sources.Found]:
    """The files of `d` where MODECOLLAPSE_DATA names `root` and the cache is another folder than the user's."""
    with pytest.MonkeyPatch.context() as patch:
        if root:
            patch.setenv("MODECOLLAPSE_DATA", str(root))
        if cache:
            patch.setattr(sources, "cache_folder", lambda: cache)
        return sources.find("d")


def refusal(root: Path | None = None, cache: Path | None = None) -> str:
    """The one line that a user sees."""
    with pytest.raises(StudyError) as caught:
        find(root, cache)["f"].read()
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No file of the machine is found, and the list is ours: data set `d`, file `f`."""
    monkeypatch.delenv("MODECOLLAPSE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(catalogue, "SOURCES", tmp_path / "sources.yaml")
    write_list(tmp_path)


def write_list(folder: Path, parts: object = None, name: str = "f", **replaced: object) -> None:
    entry = {"size": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()} | replaced
    (folder / "sources.yaml").write_text(yaml.safe_dump({"d": {"parts": parts or {}, name: entry}, "e": {}}))


def put(folder: Path, name: str, content: bytes, age: float = 0.0) -> Path:
    """A file of data set `d` that was written so many seconds ago."""
    path = folder / "d" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (time.time() - age,) * 2)
    return path


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("place", ["root", "cache"])
def test_a_file_is_found_in_any_packing_and_place_and_the_users_goes_first(
    suffix: str, place: str, tmp_path: Path
) -> None:
    path = put(tmp_path / "où — files", f"f{suffix}", PACKED[suffix](CONTENT))
    assert find(**{place: path.parents[1]})["f"].read() == CONTENT
    put(tmp_path / "other", "f", OTHER)
    assert find(path.parents[1], tmp_path / "other")["f"].path == path


GZ, XZ = gzip.compress(CONTENT), lzma.compress(CONTENT)
HALVES = {suffix: PACKED[suffix](CONTENT[:700]) + PACKED[suffix](CONTENT[700:]) for suffix in (".gz", ".xz")}
SIZE, DIGEST = len(CONTENT), "0" * 64
# A file of the cache, and why it is refused; None: it is read, as Python's gzip and lzma decode it
CONTENTS: dict[str, tuple[str, bytes, str | None]] = {
    "two members": ("f.gz", HALVES[".gz"], None),
    "an empty last member": ("f.gz", GZ + gzip.compress(b""), None),
    "gz and zeros": ("f.gz", GZ + bytes(512), None),
    "two streams": ("f.xz", HALVES[".xz"], None),
    "an empty last stream": ("f.xz", XZ + lzma.compress(b""), None),
    "padding between": ("f.xz", lzma.compress(CONTENT[:700]) + bytes(20_000) + lzma.compress(CONTENT[700:]), None),
    "xz and zeros": ("f.xz", XZ + bytes(512), None),
    "xz and bytes that lzma ignores": ("f.xz", XZ + b"more than a header", None),
    "lzma alone": ("f.xz", lzma.compress(CONTENT, lzma.FORMAT_ALONE), None),
    "not packed, though its name says so": ("f.gz", CONTENT, None),
    "other content": ("f", OTHER, f"{SIZE} other bytes, of SHA-256 {hashlib.sha256(OTHER).hexdigest()[:16]}"),
    "other content, packed": ("f.gz", gzip.compress(OTHER), hashlib.sha256(OTHER).hexdigest()[:16]),
    "empty": ("f", b"", "holds 0 bytes"),
    "truncated": ("f", CONTENT[:-1], f"holds {SIZE - 1} bytes"),
    "extra bytes": ("f", CONTENT + b"\n", f"holds more than {SIZE} bytes"),
    "huge": ("f", bytes(bounded_read.most_packed(SIZE) + 1), "too many even unpacked"),
    "truncated gz": ("f.gz", GZ[:-9], "not a whole .gz file (its end is missing)"),
    "gz without its checksum": ("f.gz", GZ[:-4], "not a whole .gz file (its end is missing)"),
    "truncated xz": ("f.xz", XZ[:-9], "not a whole .xz file (its end is missing)"),
    "a flipped bit": ("f.gz", GZ[:40] + bytes([GZ[40] ^ 1]) + GZ[41:], "not a whole .gz file"),
    "a truncated second gz": ("f.gz", HALVES[".gz"][:-1], "not a whole .gz file (its end is missing)"),
    "a truncated second xz": ("f.xz", HALVES[".xz"][:-1], "not a whole .xz file (its end is missing)"),
    "bytes after the gz": ("f.gz", GZ + b"more", "not a whole .gz file (Not a gzipped file"),
    "the content twice, gz": ("f.gz", GZ + GZ, f"holds more than {SIZE} bytes"),
    "the content twice, xz": ("f.xz", XZ + XZ, f"holds more than {SIZE} bytes"),
    "no xz but zeros": ("f.xz", bytes(99), "holds 0 bytes"),
    "a page as gz": ("f.gz", b"<html>403 Forbidden</html>", "not a whole .gz file (Not a gzipped file"),
    "a page as xz": ("f.xz", b"<html>403 Forbidden</html>", "not a whole .xz file"),
    "gz of one byte more": ("f.gz", gzip.compress(CONTENT + b"x"), f"holds more than {SIZE} bytes"),
    "gz of one byte less": ("f.gz", gzip.compress(CONTENT[1:]), f"holds {SIZE - 1} bytes"),
}


@pytest.mark.parametrize("case", CONTENTS)
def test_a_file_of_the_cache_is_read_or_refused_and_kept_aside(case: str, tmp_path: Path) -> None:
    name, content, problem = CONTENTS[case]
    path = put(tmp_path, name, content, 3600)
    if problem is None:
        assert find(None, tmp_path)["f"].read() == CONTENT
        return
    message = refusal(None, tmp_path)
    assert message.startswith(f"{path}: ")
    assert problem in message
    assert f"allowed: {SIZE} bytes of SHA-256 {hashlib.sha256(CONTENT).hexdigest()[:16]}…" in message
    assert message.endswith(f"it is now {name}.bad")
    assert [(file.name, file.read_bytes()) for file in path.parent.iterdir()] == [(f"{name}.bad", content)]


def stays(path: Path, message: str) -> bool:
    return message.endswith("move it away, or put a good one there") and [*path.parent.iterdir()] == [path]


def test_a_bad_file_of_the_user_or_one_that_is_still_being_copied_stays(tmp_path: Path) -> None:
    path = put(tmp_path / "own", "f.gz", b"something else", 3600)
    assert stays(path, refusal(tmp_path / "own"))
    assert stays(path, refusal(tmp_path / "own", tmp_path / "own"))  # where the cache is the user's folder
    path = put(tmp_path / "cache", "f.gz", GZ[:-9])
    assert stays(path, refusal(None, tmp_path / "cache"))
    path.write_bytes(GZ)
    assert find(None, tmp_path / "cache")["f"].read() == CONTENT


def test_only_the_file_that_was_read_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process puts a good one there meanwhile."""
    path, read = put(tmp_path, "f.gz", GZ[:-9], 3600), bounded_read.read

    def slowly(path: Path, size: int) -> bytes:
        try:
            return read(path, size)
        finally:
            put(tmp_path, "f.gz", GZ, 3600)

    monkeypatch.setattr(bounded_read, "read", slowly)
    assert stays(path, refusal(None, tmp_path))
    assert path.read_bytes() == GZ


@pytest.mark.parametrize("suffix", [".gz", ".xz"])
def test_a_bomb_costs_no_more_memory_than_the_file_it_stands_for(suffix: str, tmp_path: Path) -> None:
    bomb = PACKED[suffix](bytes(1 << 26))
    size = len(bomb)  # so that the packed file itself is not too large
    write_list(tmp_path, size=size)
    put(tmp_path, f"f{suffix}", bomb)
    tracemalloc.start()
    message = refusal(tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert f"holds more than {size} bytes" in message
    assert peak < 4 * size + (16 << 20)


def test_an_xz_that_wants_gigabytes_of_dictionary_is_refused(tmp_path: Path) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 20}]
    content = bytearray(lzma.compress(CONTENT, check=lzma.CHECK_NONE, filters=filters))
    header = content.index(b"\x21\x01")  # the filter's name and the size of its properties
    content[header + 2] = 40  # 4 GiB - 1
    content[20:24] = zlib.crc32(content[12:20]).to_bytes(4, "little")
    put(tmp_path, "f.xz", bytes(content))
    assert "Memory usage limit" in refusal(tmp_path)


def test_without_file_and_address_the_message_says_where_to_put_it(tmp_path: Path) -> None:
    (tmp_path / "own" / "d" / "f").mkdir(parents=True)  # a folder of the file's name is no file
    assert refusal(tmp_path / "own") == (
        "d: f not found (nothing to download: no address is listed for them); "
        f"allowed: put them, plain, .gz or .xz, in {tmp_path}/own/d"
    )
    assert refusal().endswith("in a folder d/ below the folder that MODECOLLAPSE_DATA names")


IN_PART = {"sha256": None, "part": "p"}


@pytest.mark.parametrize(
    ("replaced", "parts", "problem"),
    [
        ({"name": "../f"}, {}, "d: '../f' is not allowed; allowed: a file's name, without folders"),
        ({"url": "http://example.org/f.gz"}, {}, "d.f.url: 'http://example.org/f.gz' is not allowed"),
        ({"url": "file:///etc/passwd"}, {}, "d.f.url: 'file:///etc/passwd' is not allowed"),
        ({"sha256": "abc"}, {}, "d.f.sha256: 'abc' is not allowed"),
        ({"size": 0}, {}, "d.f.size: 0 is not allowed"),
        ({"size": "12"}, {}, "d.f.size: '12' is not allowed"),
        ({"md5": "1"}, {}, "d.f: unknown key 'md5'; allowed: size, sha256, part, url"),
        ({"sha256": None}, {}, "d.f: neither of sha256 and part given; allowed: one of them"),
        ({"part": "p"}, {}, "d.f: both of sha256 and part given"),
        (IN_PART, {}, "d.parts: lists none; allowed: the parts of its files, p"),
        (IN_PART, {"p": "abc"}, "d.parts.p: 'abc' is not allowed; allowed: a SHA-256"),
        (IN_PART, {"p": None}, "d.parts.p: None is not allowed; allowed: text"),
        (IN_PART, {1: DIGEST}, "d.parts[1]: 1 is not allowed; allowed: text"),
        (IN_PART, ["p"], "d.parts: ['p'] is not allowed; allowed: a mapping"),
        (IN_PART, {"p": DIGEST, "q": DIGEST}, "d.parts: lists p, q; allowed: the parts of its files, p"),
    ],
)
def test_a_wrong_entry_of_the_list_is_one_line(replaced: dict, parts: object, problem: str, tmp_path: Path) -> None:
    write_list(tmp_path, parts, **replaced)
    assert problem in refusal(tmp_path)
    for name in ("e", "unknown"):
        with pytest.raises(StudyError, match=f"lists no files of '{name}'; allowed: d, e"):
            sources.find(name)


def test_of_a_file_in_a_part_only_the_size_is_checked(tmp_path: Path) -> None:
    write_list(tmp_path, {"p": DIGEST}, **IN_PART)
    put(tmp_path, "f.gz", gzip.compress(OTHER))
    assert find(tmp_path)["f"].read() == OTHER
    assert sources.listed("d")[1] == {"p": DIGEST}
    put(tmp_path, "f.gz", gzip.compress(OTHER[1:]))
    assert f"holds {SIZE - 1} bytes; allowed: {SIZE} bytes, decompressed; move it away" in refusal(tmp_path)


def test_the_repository_s_list_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    names = ("mnist", "fashion-mnist", "cifar-10")
    (mnist, _), (fashion, _), (cifar, parts) = (sources.listed(name) for name in names)
    assert [file.size for file in mnist.values()] == [16 + 60_000 * 784, 8 + 60_000, 16 + 10_000 * 784, 8 + 10_000]
    assert [(name, file.size) for name, file in fashion.items()] == [(name, file.size) for name, file in mnist.items()]
    assert [file.size for file in cifar.values()] == [30_730_000] * 6
    assert len({file.sha256 for file in (*mnist.values(), *fashion.values())} - {None}) == 8
    assert [file.part for file in cifar.values()] == ["training"] * 5 + ["test"]
    assert sorted(parts) == ["test", "training"]


class Answers(BaseHTTPRequestHandler):
    """A server with every trouble that a mirror may have."""

    busy = 0

    def do_GET(self) -> None:
        announced = {"/short.gz": len(GZ) + 5}.get(self.path)
        body = {"/long.gz": bytes(bounded_read.most_packed(SIZE) + 1), "/page.gz": b"<html></html>"}.get(self.path, GZ)
        code = {"/missing.gz": 404, "/down.gz": 503, "/to-http.gz": 302, "/to-https.gz": 302}.get(self.path, 200)
        if self.path == "/busy.gz":
            type(self).busy += 1
            code = 503 if type(self).busy < 3 else 200
        self.send_response(code)
        if code == 302:
            target = f"https://{self.headers['Host']}/f.gz" if "https" in self.path else "http://127.0.0.1/f.gz"
            self.send_header("Location", target)
        self.send_header("Content-Length", str(announced or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of this machine and its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not there to make a certificate")
    certificate = tmp_path_factory.mktemp("certificate") / "certificate.pem"
    key = certificate.with_name("key.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=h -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", certificate], check=True, capture_output=True)
    certificate.write_text(certificate.read_text() + key.read_text())
    return certificate


@pytest.fixture
def server(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server on this machine, with a certificate that is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(bounded_read, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(Answers, "busy", 0)
    running = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    running.socket = context.wrap_socket(running.socket, server_side=True)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield f"https://127.0.0.1:{running.server_port}"
    running.shutdown()
    running.server_close()


@pytest.mark.parametrize("path", ["f.gz", "busy.gz", "to-https.gz"])
def test_a_file_is_downloaded_once_and_kept(path: str, server: str, tmp_path: Path) -> None:
    write_list(tmp_path, url=f"{server}/{path}")
    cache = tmp_path / "cache"
    assert find(None, cache)["f"].read() == CONTENT
    assert [file.name for file in (cache / "d").iterdir()] == ["f.gz"]
    write_list(tmp_path, url="https://127.0.0.1:1/f.gz")
    assert find(None, cache)["f"].read() == CONTENT


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("missing.gz", "the server answers 404"),
        ("down.gz", "the server answers 503"),
        ("to-http.gz", "http://127.0.0.1/f.gz: is not an https address"),
        ("long.gz", f"answers with more than {bounded_read.most_packed(SIZE)} bytes"),
        ("short.gz", f"ends after {len(GZ)} of {len(GZ) + 5} bytes"),
    ],
)
def test_a_failed_download_leaves_nothing_and_says_what_to_do(
    path: str, reason: str, server: str, tmp_path: Path
) -> None:
    write_list(tmp_path, url=f"{server}/{path}")
    message = refusal(None, tmp_path / "cache")
    assert reason in message
    assert message.startswith("d: f not found (")
    assert message.endswith("MODECOLLAPSE_DATA names")
    assert not (tmp_path / "cache").exists()


def test_a_page_an_untrusted_server_and_no_network_are_one_line(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_list(tmp_path, url=f"{server}/page.gz")
    assert "not a whole .gz file" in refusal(None, tmp_path / "cache")
    assert [file.name for file in (tmp_path / "cache" / "d").iterdir()] == ["f.gz.bad"]
    monkeypatch.delenv("SSL_CERT_FILE")
    for url, problem in ((f"{server}/f.gz", "certificate"), ("https://127.0.0.1:1/f.gz", "refused")):
        write_list(tmp_path, url=url)
        assert problem in refusal(None, tmp_path / "cache").lower()
    with pytest.raises(bounded_read.Refused, match="is not an https address"):
        bounded_read.fetch("http://127.0.0.1/f", tmp_path / "f", 10)
