"""Celery: the worker's processes are forked with one client.

    NAVAI_API_URL=... CELERY_BROKER_URL=... celery --app examples.celery_tasks worker

Needs the package celery.
"""

from typing import Any

from celery import Celery, Task

from navai import APIConnectionError, NavaiBackendClient

app = Celery("examples.celery_tasks")
client = NavaiBackendClient(deadline=30)


@app.task(bind=True, max_retries=5, default_retry_delay=2)
def send_email(self: Task, to: str, subject: str) -> Any:
    try:
        return client.execute_function("send_email", {"to": to, "subject": subject})
    except APIConnectionError as error:
        if error.request_sent:  # It may have run: once more could send the e-mail twice.
            raise
        raise self.retry(exc=error) from error
