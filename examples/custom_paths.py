"""Custom paths. Run `python examples/backend.py --custom-paths` beside it, or give the base URL of such a backend."""

import sys

from navai import NavaiBackendClient

client = NavaiBackendClient(
    sys.argv[1] if len(sys.argv) > 1 else "http://localhost:3000",
    client_secret_path="/api/v1/realtime/secret",
    functions_list_path="/api/v1/functions",
    functions_execute_path="/api/v1/functions/run",
)

with client:
    print(client.create_client_secret())
    print([function.name for function in client.list_functions().functions])
    print(client.execute_function("send_email", {"to": "user@example.com"}))
