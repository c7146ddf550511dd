"""What `daybook doctor` finds: what is wrong (`examine`, `replica_findings`), and what is worth knowing (`observe`).

It reads as the owner, and changes nothing.
"""

from data.doctor.findings import Finding, Head, chain_head
from data.doctor.integrity import examine
from data.doctor.notices import observe
from data.doctor.replicas import replica_findings
from data.doctor.rolled_up import rollup_findings

__all__ = ["Finding", "Head", "chain_head", "examine", "observe", "replica_findings", "rollup_findings"]
