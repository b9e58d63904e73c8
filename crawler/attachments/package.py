"""Zip packages: opened only where what they unpack to is bounded; office files and OFD are some."""

import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO

from lxml import etree
from lxml.etree import _Element as Element

from crawler.attachments.text import Limits, Unreadable

_ENCRYPTED = 0x1
_UTF8 = 0x800
_SMALL = 2**20
_JUNK = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


class Package:
    """An open zip. Raises Unreadable for one that is broken, locked or a bomb."""

    def __init__(self, body: bytes, limits: Limits) -> None:
        try:
            self._zip = zipfile.ZipFile(BytesIO(body))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise Unreadable("a damaged package") from error
        self.members = [info for info in self._zip.infolist() if not info.is_dir()]
        self.names = frozenset(info.filename for info in self.members)
        _refuse_bomb(self.members, limits)

    def read(self, name: str | zipfile.ZipInfo) -> bytes:
        """A member's bytes: never more than it declares, which was looked at before."""
        try:
            return self._zip.read(name)
        except KeyError as error:
            raise Unreadable(f"a package without {name}") from error
        except RuntimeError as error:  # zipfile's word for "it wants a password"
            raise Unreadable("encrypted") from error
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError) as error:
            raise Unreadable("a damaged package") from error
        except NotImplementedError as error:
            raise Unreadable("packed in a way that is not read") from error

    def xml(self, name: str) -> Element:
        """A member as XML: entities stay unexpanded, nothing outside is looked at."""
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
        )
        try:
            return etree.fromstring(self.read(name), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable("damaged XML") from error

    def files(self) -> Iterator[tuple[str, zipfile.ZipInfo]]:
        """The members that somebody put there, by their names as they were meant."""
        for info in self.members:
            name = member_name(info)
            if not name.startswith(_JUNK) and not name.endswith(_JUNK):
                yield name, info


def _refuse_bomb(members: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(members) > limits.members:
        raise Unreadable(f"holds {len(members):,} files, more than {limits.members:,}")
    whole = sum(info.file_size for info in members)
    if whole > limits.unpacked:
        raise Unreadable(
            f"unpacks to {whole >> 20:,} MB, more than {limits.unpacked >> 20:,}: a bomb?"
        )
    for info in members:
        if info.file_size > max(_SMALL, limits.ratio * info.compress_size):
            raise Unreadable(f"a member unpacks to {info.file_size >> 20:,} MB of nothing: a bomb?")
        if info.flag_bits & _ENCRYPTED:
            raise Unreadable("encrypted")


def member_name(info: zipfile.ZipInfo) -> str:
    """A member's name. Without the flag for UTF-8 it was read as code page 437, whatever it is:
    on Chinese systems GBK, or UTF-8 all the same."""
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    return decoded_name(raw) or info.filename


def decoded_name(raw: bytes) -> str:
    """A file's name from its bytes; empty where they are in no charset that is usual here."""
    for charset in ("utf-8", "gb18030"):
        try:
            return raw.decode(charset)
        except UnicodeDecodeError:
            continue
    return ""
