"""Environment variables: NAVAI_API_URL of a mapping of your own instead of os.environ."""

import sys

from navai import NavaiBackendClient

env = {"NAVAI_API_URL": sys.argv[1] if len(sys.argv) > 1 else "http://localhost:3000"}

with NavaiBackendClient(env=env) as client:
    # Uses env["NAVAI_API_URL"] as base URL
    print(f"{client} lists {len(client.list_functions().functions)} functions")
