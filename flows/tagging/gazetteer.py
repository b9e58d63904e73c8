"""Which places and bodies a text names: all strings that may be names, then what each means here."""

import re

from flows.tagging.mentions import Mention, Mentions
from flows.tagging.names import Body, Name, Names, Trust, spell_out
from flows.tagging.words import Found, WordFinder
from flows.taxonomy import Taxonomy

# 沭阳路 and 洪泽湖东路 are streets of a town, not what they are called after.
_STREET = re.compile(r"[东西南北中]?(?:路(?![径线子])|大道|大街|街(?![道头])|巷|桥)")
# 县 and 区 end other counties' names too: before 县科技局 stands no part of a name.
_BEFORE_A_SIGN = re.compile(
    r"[^\u4e00-\u9fff]|[由从和与及同跟在到对向是请经以为当让把被我该本省市据了并经会赴来至就将给使的各近]"
)
# 某县太平镇 is another county's, unless it is 我县 or 全市.
_IN_ANOTHER_COUNTY = re.compile(r"[^全我本该各\u3000-\u303f\uff00-\uffef\s][县市旗区]")


class Gazetteer:
    """Finds places and bodies."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.names: Names = spell_out(taxonomy)
        self._finder = WordFinder(self.names.words)

    def body(self, body_id: str) -> Body:
        """A body by its id."""
        return self.names.bodies[body_id]

    def find(self, text: str, home: str | None = None) -> Mentions:
        """What a text names. Sure names are read first: they tell what the others mean.

        `home` is the place of who published it.
        """
        found = [one for one in self._finder.find(text) if one.owners and _is_name(text, one)]
        elsewhere = tuple(one for one in found if one.owners[0].kind == "elsewhere")
        sure = [
            _mention(one, one.owners[0])
            for one in found
            if one.owners[0].trust is Trust.SURE and one.owners[0].kind != "elsewhere"
        ]
        at_home = any(mention.place for mention in sure)
        known = Mentions(tuple(sure), elsewhere, at_home or not elsewhere, home)
        unsure = [one for one in found if one.owners[0].trust is not Trust.SURE]
        read = [mention for one in unsure if (mention := _read(text, one, known))]
        ours = tuple(sorted((*sure, *read), key=lambda mention: mention.start))
        return Mentions(ours, elsewhere, known.local, home)


def _is_name(text: str, found: Found[Name]) -> bool:
    """Whether what stands behind the string doesn't make another word of it."""
    if found.owners[0].kind != "organisation":
        return not _STREET.match(text, found.end)
    # 科技部门 is no 科技部.
    return not (text[found.end - 1] == "部" and text.startswith("门", found.end))


def _mention(found: Found[Name], name: Name) -> Mention:
    place_end = found.start + name.place_length if name.place_length else None
    return Mention(name.kind, name.owner, found.start, found.end, name.place, place_end)


def _read(text: str, found: Found[Name], known: Mentions) -> Mention | None:
    """What an unsure name means in this text; None where that can't be told."""
    at_home = next((name for name in found.owners if name.trust is Trust.HOME), None)
    if at_home and known.local:
        return None if _in_another_place(text, found.start, known) else _mention(found, at_home)
    near = {name.place: name for name in found.owners if name.trust is Trust.NEAR and name.place}
    before = text[max(0, found.start - 1) : found.start]
    if not near or (text[found.start] in "县区" and before and not _BEFORE_A_SIGN.match(before)):
        return None
    place = known.nearest_place(list(near), found.start)
    return _mention(found, near[place]) if place else None


def _in_another_place(text: str, at: int, known: Mentions) -> bool:
    """Whether the name of a place that isn't ours stands right before an offset."""
    if at in known.by_end:
        return False
    before = text[max(0, at - 2) : at]
    return at in known.foreign_by_end or bool(_IN_ANOTHER_COUNTY.match(before))
