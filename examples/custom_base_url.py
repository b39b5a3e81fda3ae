"""A custom base URL: the first argument of the client. Give one to this program, too."""

import sys

from navai import NavaiBackendClient

api_base_url = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:3000"

with NavaiBackendClient(api_base_url) as client:
    # All requests go to api_base_url
    secret = client.create_client_secret()
    print(f"{client} created a secret that ends at {secret.expires_at_datetime}")
