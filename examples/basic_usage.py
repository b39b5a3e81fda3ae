"""Basic usage: create a secret, list functions, execute one. Looks for the backend in NAVAI_API_URL, else on localhost:3000."""

from navai import NavaiBackendClient

with NavaiBackendClient() as client:
    # Create client secret
    secret = client.create_client_secret()
    print(secret)  # ClientSecret(value='***', ...): it hides itself; secret.value is the key

    # List functions
    result = client.list_functions()
    for function in result.functions:
        print(f"{function.name}: {function.description}")

    # Execute function
    answer = client.execute_function("send_email", {"to": "user@example.com", "subject": "Hello", "body": "World"})
    print(answer)
