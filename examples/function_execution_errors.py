"""Function execution errors: what went wrong, from the most to the least particular."""

from navai import APIConnectionError, APIStatusError, FunctionExecutionError, NavaiBackendClient, NavaiError

client = NavaiBackendClient()


def execute(name: str, payload: dict[str, object]) -> None:
    try:
        print("Result:", client.execute_function(name, payload))
    except FunctionExecutionError as error:
        # The backend says `ok: false`
        print(f"{error.function_name} failed: {error} (error={error.error!r}, details={error.details!r})")
    except APIStatusError as error:
        # A status that is not 2xx; an unknown function comes with those there are
        print(f"Status {error.status_code}: {error.message}", error.available_functions or "")
    except APIConnectionError as error:
        # No answer: may the function have run?
        print(f"{error} It {'may have' if error.request_sent else 'has not'} run.")
    except NavaiError as error:
        print(f"Anything else: {error}")


with client:
    execute("send_email", {"to": "invalid"})
    execute("fails", {})
    execute("no_such_function", {})
    execute("send_email", {"to": "user@example.com"})
