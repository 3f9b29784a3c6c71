"""Settings of the product, one module per concern; `docs/configuration.md` explains each one."""

from ressourcefy.settings.env import load_dotenv

load_dotenv()

from ressourcefy.settings.api import *  # noqa: E402, F403
from ressourcefy.settings.base import *  # noqa: E402, F403
from ressourcefy.settings.billing import *  # noqa: E402, F403
from ressourcefy.settings.email import *  # noqa: E402, F403
from ressourcefy.settings.logging import *  # noqa: E402, F403
