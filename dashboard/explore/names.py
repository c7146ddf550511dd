"""What people read for the members in an answer, and what tells one from another."""

from __future__ import annotations

import pandas as pd

from dashboard import format as fmt
from data.semantic.result import MEMBER, OTHERS, TOTAL
from data.semantic.types import PERIOD, Grain

OTHERS_LABEL, TOTAL_LABEL = "Others", "Total"


def kinds_of(frame: pd.DataFrame, key: str) -> pd.Series:
    """Whether a row is of a member, of the others, or a total over the key."""
    kind = f"{key}_kind"
    return frame[kind] if kind in frame else pd.Series(MEMBER, index=frame.index, dtype="str")


def names_of(frame: pd.DataFrame, key: str, grain: Grain) -> pd.Series:
    """A text for each row's member: its label, or its key where two members share a label."""
    if key == PERIOD:
        own, rest = frame[PERIOD], _only_compared(frame)
        texts = pd.Series([fmt.UNDEFINED if pd.isna(day) else fmt.bucket(day, grain) for day in own], frame.index)
        compared = ["" if pd.isna(day) else f"{fmt.bucket(day, grain)}, compared" for day in rest]
        texts = texts.where(rest.isna(), pd.Series(compared, frame.index))
    else:
        texts = frame[key].astype("str")
        if f"{key}_label" in frame:
            labels = frame[f"{key}_label"].astype("str")
            pairs = pd.DataFrame({"key": texts, "label": labels}).drop_duplicates()
            shared = set(pairs["label"][pairs["label"].duplicated()])
            texts = labels.mask(labels.isin(shared), texts) if shared else labels
    kind = kinds_of(frame, key)
    return texts.astype("str").mask(kind == OTHERS, OTHERS_LABEL).mask(kind == TOTAL, TOTAL_LABEL)


def ids_of(frame: pd.DataFrame, key: str) -> pd.Series:
    """What tells one member from another, the others and totals included."""
    ids = kinds_of(frame, key).astype("str") + " " + frame[key].astype("str").fillna("")
    return ids + " " + _only_compared(frame).astype("str").fillna("") if key == PERIOD else ids


def _only_compared(frame: pd.DataFrame) -> pd.Series:
    """The first day of a bucket that only the comparison has, being longer than the period; else nothing."""
    before = f"{PERIOD}_before"
    if before not in frame:
        return pd.Series(pd.NaT, index=frame.index, dtype="datetime64[s]")
    return frame[before].where(frame[PERIOD].isna())
