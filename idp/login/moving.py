"""Whether a session is used elsewhere than where it was proved: a copied cookie is (SES-26).

Either alone is everyday life: laptops change networks, people change what their browser says. Both at once are not one
browser any more.
"""

from idp.records.sessions.model import Session
from idp.risk.observation import make_of, prefix_of
from idp.web.current import Browser


def has_moved(session: Session, browser: Browser) -> bool:
    """Tell whether a session is used from another network and in another browser than it was last proved in.

    Networks are neighbourhoods of addresses, browsers what they say they are beside versions.
    """
    is_elsewhere = prefix_of(session.address) != prefix_of(browser.address)
    return is_elsewhere and make_of(session.user_agent) != make_of(browser.user_agent)
