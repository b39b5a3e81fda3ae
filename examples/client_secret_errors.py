"""Client secret errors."""

from navai import NavaiBackendClient, NavaiError

with NavaiBackendClient() as client:
    try:
        secret = client.create_client_secret()
        print("Created:", secret)
    except NavaiError as error:
        # HTTP error, invalid response, or no answer at all
        print("Failed to create secret:", error)
