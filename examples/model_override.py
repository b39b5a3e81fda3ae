"""Model override: a secret for a certain model, voice and instructions."""

from navai import NavaiBackendClient

with NavaiBackendClient() as client:
    secret = client.create_client_secret(
        model="gpt-4o-realtime-preview-2024-12-17",
        voice="alloy",
        instructions="You are a helpful assistant.",
    )
    print(secret)
    print(f"It ends at {secret.expires_at_datetime}")
