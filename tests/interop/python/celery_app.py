"""The tasks of the Celery scenario; imported by the worker process and by the scenario itself."""
import os

from celery import Celery
from celery.exceptions import Reject
from kombu import Exchange, Queue

URL = f"amqp://guest:guest@127.0.0.1:{os.environ['INTEROP_PORT']}//"
app = Celery("interop", broker=URL, backend="rpc://")
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"confirm_publish": True},
    result_expires=60,
    task_acks_late=True,
    task_default_queue="interop-celery",
    task_queues=[Queue("interop-celery", Exchange("interop-celery"), routing_key="interop-celery",
                       queue_arguments={"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "interop-celery-dead"})],
    task_default_exchange="interop-celery",
    task_default_routing_key="interop-celery",
    worker_prefetch_multiplier=2,
)


@app.task
def add(left, right):
    return left + right


@app.task(bind=True, max_retries=3, default_retry_delay=0)
def fail_twice(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return self.request.retries


@app.task(bind=True)
def reject(self):
    raise Reject("not wanted", requeue=False)
