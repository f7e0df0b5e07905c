"""What somebody has enrolled, without what proves it: enough to judge a policy by."""

from dataclasses import dataclass
from datetime import datetime

from idp.core.assurance import Property


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One credential, its material left where it is."""

    id: str
    user_id: str
    factor: str
    channel: str
    created_at: datetime
    properties: frozenset[Property]
