"""What `daybook doctor` finds: what is wrong (`examine`), and what an operator wants to know (`observe`).

It reads as the owner, and changes nothing.
"""

from data.doctor.findings import Finding, Head, chain_head
from data.doctor.integrity import examine
from data.doctor.notices import observe

__all__ = ["Finding", "Head", "chain_head", "examine", "observe"]
