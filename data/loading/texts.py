"""Texts and yes-or-no in files."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from data.loading.checks import Checked, Reading, as_text, filled, rules

_TEXT = pa.string()
_FLAG = pa.bool_()


@dataclass(frozen=True)
class Text:
    """A text; surrounding blanks are dropped."""

    choices: tuple[str, ...] = ()
    longest: int = 200
    type: pa.DataType = _TEXT

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """Anything but a text is read as the text it prints as."""
        texts = pc.utf8_trim_whitespace(as_text(column))
        texts = pc.if_else(pc.equal(texts, ""), None, texts)
        long = filled(pc.greater(pc.utf8_length(texts), self.longest))
        broken = {f"must have at most {self.longest} characters": long}
        if self.choices:
            unknown = filled(pc.invert(pc.is_in(texts, pa.array(self.choices)))) & texts.is_valid().to_numpy(False)
            broken[f"must be one of {', '.join(self.choices)}"] = unknown
        return Checked(texts, rules(broken))


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    type: pa.DataType = _FLAG

    def check(self, column: pa.Array, reading: Reading) -> Checked:
        """true, false, yes, no, 1 and 0 are read."""
        texts = pc.utf8_lower(pc.utf8_trim_whitespace(as_text(column)))
        yes = filled(pc.is_in(texts, pa.array(["true", "yes", "1"])))
        no = filled(pc.is_in(texts, pa.array(["false", "no", "0"])))
        empty = filled(pc.equal(texts, "")) | ~texts.is_valid().to_numpy(False)
        return Checked(pa.array(yes, mask=~(yes | no)), rules({"must be true or false": ~(yes | no | empty)}))
